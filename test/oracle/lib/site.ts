/** Parts of a plan that a test runs on this machine: certs.d for containerd, and the registry. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { NodePlan } from '../../lib/stages.ts'
import { fileOf } from './machines.ts'

const certs = /^\/etc\/(?:k0s\/containerd\.d|containerd)\/certs\.d\//
const program = '/usr/local/lib/gen-node/registry.mjs'

/** Writes the certs.d of a plan into a folder, and gives its path. */
export function writeCerts(plan: NodePlan, folder: string): string {
  for (const { path, content, mode } of plan.files) {
    if (!certs.test(path)) continue
    const file = join(folder, path.replace(certs, ''))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { mode })
  }
  return folder
}

/**
 * Writes the registry program of a plan into a folder, and gives the command of its unit, with paths
 * of the node replaced by paths of this machine.
 */
export function registryCommand(
  plan: NodePlan,
  folder: string,
  replacements: Readonly<Record<string, string>>,
): readonly string[] {
  const unit = plan.units.find(({ name }) => name === 'gen-node-registry.service')
  const line = /^ExecStart=(.*)$/m.exec(unit?.content ?? '')?.[1] ?? ''
  const args = line.split(' ')
  const at = args.indexOf(program)
  if (at < 0 || /["\\]/.test(line)) throw new Error(`a command with quotes or escapes: ${line}`)
  const file = join(folder, 'registry.mjs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, fileOf(plan, program))
  return [
    process.execPath,
    file,
    ...args.slice(at + 1).map(argument => replacements[argument] ?? argument),
  ]
}
