import { buildAll } from '../../src/tools/build.mjs'

// Several projects call setup() in the same process.
const run = globalThis as { genNodeBuild?: Promise<unknown> }

/** Builds `dist` from the current sources, because the tests run the built program. */
export async function setup(): Promise<void> {
  run.genNodeBuild ??= buildAll()
  await run.genNodeBuild
}
