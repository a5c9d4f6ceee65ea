import { buildAll } from '../../src/tools/build.mjs'

// Several projects ask for it, in one process.
const run = globalThis as { genNodeBuild?: Promise<unknown> }

/** The tests run what is shipped, made of the sources as they are. */
export async function setup(): Promise<void> {
  run.genNodeBuild ??= buildAll()
  await run.genNodeBuild
}
