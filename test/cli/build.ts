import { buildAll } from '../../src/tools/build.mjs'

/** The tests run what is shipped, made of the sources as they are. */
export async function setup(): Promise<void> {
  await buildAll()
}
