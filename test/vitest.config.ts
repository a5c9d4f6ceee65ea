import { writeFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import type { Reporter, TestModule } from 'vitest/node'
import { root, viteAssets } from '../src/tools/assets.mjs'

/** Prints the reasons of skipped tests, and writes the counts for the last line of `npm test`. */
const summary: Reporter = {
  onTestRunEnd(modules, unhandled) {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const count = (state: string) => tests.filter(test => test.result().state === state).length
    const broken = modules.filter(isBroken).length + unhandled.length
    const skips = new Map<string, number>()
    for (const test of tests) {
      const result = test.result()
      if (result.state !== 'skipped') continue
      const reason = result.note ?? `no reason in ${test.module.moduleId}`
      skips.set(reason, (skips.get(reason) ?? 0) + 1)
    }
    for (const [reason, times] of skips) console.log(`skipped ${times}: ${reason}`)
    const counts = {
      passed: count('passed'),
      failed: count('failed') + broken,
      skipped: count('skipped'),
    }
    const file = process.env.GEN_NODE_TEST_COUNTS
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts))
  },
}

/** The file failed although no test in it failed: it does not load, or a hook threw an error. */
function isBroken(module: TestModule): boolean {
  const tests = [...module.children.allTests()]
  return !module.ok() && !tests.some(test => test.result().state === 'failed')
}

/**
 * The folder and name of a test determine its project. `fast`: all tests without another project,
 * below 10 s in total. `oracle`: tests with real tools, and tests that start programs or take long
 * (`*.slow.test.ts`). `e2e`: machines that boot systemd. `browser`: Chromium. Laws (`*.law.test.ts`)
 * run with few cases in `fast` and with all cases in `oracle`. Only `oracle` and `browser` build `dist`.
 */
const globalSetup = ['test/cli/build.ts']
const projects = [
  {
    name: 'fast',
    include: ['test/**/*.test.ts'],
    exclude: ['test/{oracle,e2e,browser}/**', 'test/**/*.slow.test.ts'],
    env: { GEN_NODE_FAST: '1' },
    // The files share one load of the sources; a top-level hook of a file in lib runs for one test file only.
    isolate: false,
    sequence: { groupOrder: 0 },
  },
  {
    name: 'oracle',
    include: ['test/oracle/**/*.test.ts', 'test/**/*.{slow,law}.test.ts'],
    globalSetup,
    sequence: { groupOrder: 1 },
  },
  { name: 'e2e', include: ['test/e2e/**/*.test.ts'], sequence: { groupOrder: 1 } },
  {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    globalSetup,
    sequence: { groupOrder: 1 },
  },
]

export default defineConfig({
  root,
  plugins: [viteAssets],
  test: {
    testTimeout: 60_000,
    hookTimeout: 180_000,
    setupFiles: ['test/lib/random-cases.ts'],
    reporters: ['default', summary],
    projects: projects.map(test => ({ extends: true, test })),
  },
})
