/** Installs the packages of package-lock.json where node_modules differs from it; needs only npm. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Installs the packages of the lock file if one is missing; prints failures to stderr and nothing else. */
export function install(root) {
  if (isInstalled(root)) return
  const result = npm(root, ['ci'])
  if (result.status === 0) return
  process.stderr.write(
    `gen-node: npm cannot install the packages for building gen-node\n${result.stderr ?? result.error}\n`,
  )
  process.exit(1)
}

function npm(root, args) {
  const npmScript = process.env.npm_execpath
  const [command, script] = npmScript === undefined ? ['npm', []] : [process.execPath, [npmScript]]
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return spawnSync(command, [...script, ...args, ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
}

/** Compares versions with npm's record of installed packages; file times are meaningless after a checkout. */
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
