/** The machines that real tools judge, and the bytes that they are given. */
import { type Artifact, emitPlan, type NodePlan, type Want } from '../../../src/index.ts'
import { cases, plansOf } from '../../lib/cases.ts'

/** A plan and what it is called in a report. */
export interface Machine {
  readonly title: string
  readonly plan: NodePlan
}

/** Every node of every golden case. */
export function goldenMachines(): readonly Machine[] {
  return cases().flatMap(one =>
    plansOf(one.source, one.folder).map(plan => ({ title: `${one.name}/${plan.name}`, plan })),
  )
}

/** How a plan is written where nothing else is wanted. */
export const usual: Want = {
  format: 'cloud-init',
  gzip: 'never',
  ignitionVersion: '3.3.0',
  platform: null,
}

/** The bytes of a plan in a format; a refusal is thrown. */
export function bytesOf(plan: NodePlan, want: Partial<Want>): Uint8Array {
  const outcome = emitPlan(plan, { ...usual, ...want })
  if (outcome.ok) return outcome.value.bytes
  throw new Error(`${plan.name}: ${JSON.stringify(outcome.diagnostics)}`)
}

/** The artifact of a plan, or null where the format's version cannot say what the plan says. */
export function artifactOf(plan: NodePlan, want: Partial<Want>): Artifact | null {
  const outcome = emitPlan(plan, { ...usual, ...want })
  if (outcome.ok) return outcome.value
  const others = outcome.diagnostics.filter(({ rule }) => rule !== 'emit/version-lacks')
  if (others.length === 0) return null
  throw new Error(`${plan.name}: ${JSON.stringify(others)}`)
}

/** A file of a plan by its path. */
export function fileOf(plan: NodePlan, path: string): Uint8Array {
  const found = plan.files.find(file => file.path === path)
  if (found === undefined) throw new Error(`${plan.name} has no ${path}`)
  return found.content
}
