import { writeFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import type { Reporter, TestModule } from 'vitest/node'
import { root, viteAssets } from '../src/tools/assets.mjs'

/** Says why tests were skipped, and leaves the counts for the last line of `npm test`. */
const summary: Reporter = {
  onTestRunEnd(modules, unhandled) {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const count = (state: string) => tests.filter(test => test.result().state === state).length
    const broken = modules.filter(isBroken).length + unhandled.length
    const skips = new Map<string, number>()
    for (const test of tests) {
      const result = test.result()
      if (result.state !== 'skipped') continue
      const reason = result.note ?? `no reason given by ${test.module.moduleId}`
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

/** A file that failed without one of its tests failing: it does not load, or a hook threw. */
function isBroken(module: TestModule): boolean {
  const tests = [...module.children.allTests()]
  return !module.ok() && !tests.some(test => test.result().state === 'failed')
}

/**
 * A test's place and name say its project. `fast`: every other test, below 10 s in total. `oracle`:
 * real tools, and what starts programs or takes long (`*.slow.test.ts`). `e2e`: machines that boot
 * systemd. `browser`: Chromium. Laws (`*.law.test.ts`) are tried with few cases in `fast` and with
 * all cases in `oracle`. Only `oracle` and `browser` build `dist` first.
 */
const globalSetup = ['test/cli/build.ts']
const projects = [
  {
    name: 'fast',
    include: ['test/**/*.test.ts'],
    exclude: ['test/{oracle,e2e,browser}/**', 'test/**/*.slow.test.ts'],
    env: { GEN_NODE_FAST: '1' },
    // One load of the sources for all files; a helper's hooks at its top level run for one file only.
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
    setupFiles: ['test/lib/seed.ts'],
    reporters: ['default', summary],
    projects: projects.map(test => ({ extends: true, test })),
  },
})
