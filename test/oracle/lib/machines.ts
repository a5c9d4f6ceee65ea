/** The plans that real tools judge, and their artifacts. */

import { cases, plansOf } from '../../lib/cases.ts'
import { artifactOf as artifactFor, type Rendering, rendered } from '../../lib/rendered.ts'
import type { Artifact, NodePlan } from '../../lib/stages.ts'

/** A plan and its title in reports. */
export interface Machine {
  readonly title: string
  readonly plan: NodePlan
}

/** Every node of every golden case. */
export function goldenMachines(): readonly Machine[] {
  return cases().flatMap(({ name, source, folder }) =>
    plansOf(source, folder).map(plan => ({ title: `${name}/${plan.name}`, plan })),
  )
}

/** The bytes of a plan in a format; diagnostics are thrown. */
export function bytesOf(plan: NodePlan, settings: Partial<Rendering>): Uint8Array {
  return artifactFor(plan, settings).bytes
}

/** The artifact of a plan, or null if the version of the format lacks a field that the plan needs. */
export function artifactOf(plan: NodePlan, settings: Partial<Rendering>): Artifact | null {
  const outcome = rendered(plan, settings)
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
