import { buildAll } from '../../src/build/build.mjs'

/** The tests run what is shipped, made of the sources as they are. */
export async function setup(): Promise<void> {
  await buildAll()
}
