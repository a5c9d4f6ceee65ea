/** Brings node_modules in line with package-lock.json where it is not, using nothing but npm. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Installs what the lock file says, unless it is there; only failure is told, on stderr. */
export function install(root) {
  if (isInstalled(root)) return
  const result = npm(root, ['ci'])
  if (result.status === 0) return
  process.stderr.write(
    `gen-node: npm could not install what it is built with\n${result.stderr ?? result.error}\n`,
  )
  process.exit(1)
}

function npm(root, words) {
  const self = process.env.npm_execpath
  const [command, first] = self === undefined ? ['npm', []] : [process.execPath, [self]]
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return spawnSync(command, [...first, ...words, ...quietly], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
}

/** Times say nothing after a checkout; npm's own record of what it installed does. */
function isInstalled(root) {
  const wanted = packages(join(root, 'package-lock.json'))
  const present = packages(join(root, 'node_modules/.package-lock.json'))
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      name === '' || optional || present[name]?.version === version,
  )
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return {}
  }
}
