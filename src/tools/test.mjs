/**
 * `npm test`: types, lint and all tests; the last line counts them. Arguments go to vitest; with
 * `--project NAME`, as in `npm run test:fast`, these tests are all that runs.
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
const everything = !process.argv.some(argument => argument.startsWith('--project'))
const checks = (everything ? ['types', 'lint'] : []).map(name =>
  run(name, 'npm', ['run', '--silent', name]),
)
const passed = run('tests', bin('vitest'), [
  ...['run', '--config', 'test/vitest.config.ts'],
  ...process.argv.slice(2),
])
const counts = readCounts()
const bad = checks.filter(good => !good).length
const total = {
  passed: counts.passed + checks.length - bad,
  failed: counts.failed + bad || (passed ? 0 : 1),
  skipped: counts.skipped,
}
rmSync(folder, { recursive: true })
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0

function run(what, command, args) {
  const env = { ...process.env, GEN_NODE_TEST_COUNTS: countsFile }
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) console.error(`${what}: failed`)
  return status === 0
}

/** Nothing was counted where vitest itself did not start. */
function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}
