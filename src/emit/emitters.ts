/**
 * Those who read plans. A plan enters, the bytes that a machine's configuration tool reads leave;
 * every emitter has its inverse. This room knows no distro and no spec beyond the paths in plans.
 */

import { ordered } from '../plan/order.ts'
import type { NodePlan } from '../plan/plan.ts'
import { differenceOf, type Tree, treeOf } from '../plan/tree.ts'
import { andThen, type Outcome } from '../report/diagnostic.ts'
import { emitCloudInit } from './cloud-init/emit.ts'
import { inspectCloudInit } from './cloud-init/inspect.ts'
import type { Artifact, Emitter, Format, Want } from './emitter.ts'
import { emitIgnition } from './ignition/emit.ts'
import { inspectIgnition } from './ignition/inspect.ts'
import { looksLikeIgnition } from './recognise.ts'
import { unpacked } from './unpack.ts'

/** The formats by name. */
export const emitters: Readonly<Record<Format, Emitter>> = {
  'cloud-init': { emit: emitCloudInit, inspect: inspectCloudInit },
  ignition: { emit: emitIgnition, inspect: inspectIgnition },
}

/** Writes a plan in the wanted format, and reads it back before anybody else does. */
export function emitPlan(plan: NodePlan, want: Want): Outcome<Artifact> {
  const one = ordered(plan)
  const emitter = emitters[want.format]
  return andThen(emitter.emit(one, want), artifact => {
    const read = emitter.inspect(artifact.bytes)
    const trouble = read.ok ? differenceOf(treeOf(one), read.value) : 'it cannot be read'
    const said = read.diagnostics.map(({ rule, path }) => `${rule} at ${path.join('.')}`)
    if (trouble !== null || said.length > 0) {
      throw new Error(`${want.format} says something else than the plan: ${trouble ?? ''} ${said}`)
    }
    return { ok: true, value: artifact, diagnostics: [] }
  })
}

/** The tree inside any user-data or Ignition config, whoever wrote it. */
export function inspect(bytes: Uint8Array): Outcome<Tree> {
  return andThen(unpacked(bytes), plain =>
    emitters[looksLikeIgnition(plain) ? 'ignition' : 'cloud-init'].inspect(plain),
  )
}
