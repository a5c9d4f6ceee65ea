/** What a plan leaves, put where a test can use it: certs.d for containerd, the registry to run. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { NodePlan } from '../../lib/stages.ts'
import { fileOf } from './machines.ts'

const certs = '/etc/k0s/containerd.d/certs.d/'
const program = '/usr/local/lib/gen-node/registry.mjs'

/** Writes the certs.d of a plan below a folder, and gives its path. */
export function layCerts(plan: NodePlan, folder: string): string {
  for (const { path, content, mode } of plan.files) {
    if (!path.startsWith(certs)) continue
    const file = join(folder, path.slice(certs.length))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { mode })
  }
  return folder
}

/**
 * Writes the registry program of a plan below a folder: the command line that its unit has, with
 * places of the node exchanged for those of this machine.
 */
export function registryCommand(
  plan: NodePlan,
  folder: string,
  places: Readonly<Record<string, string>>,
): readonly string[] {
  const unit = plan.units.find(({ name }) => name === 'gen-node-registry.service')
  const line = /^ExecStart=(.*)$/m.exec(unit?.content ?? '')?.[1] ?? ''
  const words = line.split(' ')
  const at = words.indexOf(program)
  if (at < 0 || /["\\]/.test(line)) throw new Error(`not a plain command: ${line}`)
  const file = join(folder, 'registry.mjs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, fileOf(plan, program))
  return [process.execPath, file, ...words.slice(at + 1).map(word => places[word] ?? word)]
}
