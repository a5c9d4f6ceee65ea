/**
 * `npm test`: types, lint and all tests; the last line counts them. Arguments are passed to vitest; with
 * `--project NAME`, as in `npm run test:fast`, only the tests of the project run.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const bin = name => join(root, 'node_modules/.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'gen-node-test-'))
const countsFile = join(folder, 'counts.json')

install(root)
const runsAll = !process.argv.some(argument => argument.startsWith('--project'))
const checks = (runsAll ? ['types', 'lint'] : []).map(name =>
  run(name, 'npm', ['run', '--silent', name]),
)
const testsPassed = run('tests', bin('vitest'), [
  ...['run', '--config', 'test/vitest.config.ts'],
  ...process.argv.slice(2),
])
const counts = readCounts()
const failedChecks = checks.filter(isPassed => !isPassed).length
const total = {
  passed: counts.passed + checks.length - failedChecks,
  failed: counts.failed + failedChecks || (testsPassed ? 0 : 1),
  skipped: counts.skipped,
}
rmSync(folder, { recursive: true })
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0

function run(title, command, args) {
  const env = { ...process.env, GEN_NODE_TEST_COUNTS: countsFile }
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) console.error(`${title}: failed`)
  return status === 0
}

/** The counts of vitest, or zeros where vitest did not start. */
function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}
