/**
 * `npm -s start -- ARGS` is `gen-node ARGS` from a clone: installs and builds what is missing,
 * silently, then hands over the terminal. Uses nothing but Node, and stdout belongs to gen-node.
 */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const program = join(root, 'dist/gen-node.mjs')

install(root)
if (age(program) < newest(['src', 'templates', 'package.json', 'package-lock.json'])) {
  const { buildAll } = await import('./build.mjs')
  await buildAll()
}

const child = spawn(process.execPath, [program, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
})
// The terminal sends an interrupt to both; the child decides what it means.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal]
})

function newest(names) {
  return Math.max(...names.map(name => newestBelow(join(root, name))))
}

/** A folder counts too: its time is the only trace of a file that was deleted. */
function newestBelow(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const below = readdirSync(path).map(name => newestBelow(join(path, name)))
  return Math.max(stat.mtimeMs, ...below)
}

function age(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
