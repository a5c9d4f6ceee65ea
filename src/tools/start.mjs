/**
 * `npm -s start -- ARGS` runs `gen-node ARGS` from a clone: it installs and builds silently where needed,
 * then starts gen-node. It imports no packages, and only gen-node writes to stdout.
 */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const program = join(root, 'dist/gen-node.cjs')

install(root)
if (modifiedTime(program) < newest(['src', 'templates', 'package.json', 'package-lock.json'])) {
  const { buildAll } = await import('./build.mjs')
  await buildAll()
}

const child = spawn(process.execPath, [program, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
})
// The terminal sends SIGINT to both processes; the child handles it.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal]
})

function newest(names) {
  return Math.max(...names.map(name => newestTime(join(root, name))))
}

/** Times of folders count too: they change when a file is deleted. */
function newestTime(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const times = readdirSync(path).map(name => newestTime(join(path, name)))
  return Math.max(stat.mtimeMs, ...times)
}

function modifiedTime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
