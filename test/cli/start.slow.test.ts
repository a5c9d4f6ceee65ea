import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../src/tools/assets.mjs'
import { cluster, folderWith, genNode, worker } from './gen-node.ts'

/** A clone with installed packages and without a build. */
function clone(): string {
  const folder = folderWith({})
  for (const name of ['package.json', 'package-lock.json', 'src', 'templates']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

it('npm start builds the program if it is missing, and prints the output of gen-node only', () => {
  const folder = clone()
  const start = (cwd: string, ...args: string[]) =>
    spawnSync('npm', ['-s', 'start', '--', ...args], { cwd, encoding: 'utf8', input: cluster })
  const first = start(folder, ...worker, '-q')
  expect(first).toMatchObject({ status: 0, stderr: '' })
  expect(first.stdout).toBe(genNode(worker).stdout)
  expect(existsSync(join(folder, 'dist/gen-node.cjs'))).toBe(true)

  // Paths are relative to the current folder; stdin and the exit code are those of gen-node.
  mkdirSync(join(folder, 'below'))
  writeFileSync(join(folder, 'below/here.yaml'), cluster)
  const below = join(folder, 'below')
  expect(start(below, 'here.yaml', '--node', 'w1').stdout).toMatch(/^#cloud-config/)
  expect(start(below, '-', '--node', 'w1').stdout).toMatch(/^#cloud-config/)
  expect(start(below, '--nonsense').status).toBe(2)
})
