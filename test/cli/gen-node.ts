import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { root } from '../../src/tools/assets.mjs'

/** The built program. */
export const program = join(root, 'dist/gen-node.cjs')

/** The result of a call. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Setting {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Runs gen-node to its end, with an environment without settings of colour. */
export function genNode(args: readonly string[], { cwd, input = '', env = {} }: Setting = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: cwd ?? tmpdir(),
    input,
    env: { PATH: process.env.PATH ?? '', ...env },
    maxBuffer: 1 << 28,
  })
  return { code: status, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** Starts gen-node and does not wait for its end. */
export function startGenNode(args: readonly string[], cwd: string) {
  return spawn(process.execPath, [program, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
}

const parent = mkdtempSync(join(tmpdir(), 'gen-node-cli-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

/** A folder with these files, removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(parent, 'with-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

/** A cluster of a controller and a worker. */
export const cluster = `apiVersion: gen-node/v1
name: edge
distro: {name: k0s, version: 1.33.4}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: w1, role: worker, address: 192.168.1.11}
`

/** The flags for a worker. */
export const worker = ['--role', 'worker', '--bootstrap-ip', '192.168.1.10']
