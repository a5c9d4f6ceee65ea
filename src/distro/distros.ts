/** The table of distributions. */

import type { DistroName, ResolvedSpec } from '../model/spec.ts'
import type { NodePlan } from '../plan/plan.ts'
import { collectOutcomes, type Outcome } from '../report/diagnostic.ts'
import { planK0s } from './k0s/plan.ts'

type Planner = (spec: ResolvedSpec, node: ResolvedSpec['nodes'][number]) => Outcome<NodePlan>

const distros: Readonly<Record<DistroName, Planner>> = { k0s: planK0s }

/** The plans of all nodes, in the spec's order. */
export function planNodes(spec: ResolvedSpec): Outcome<readonly NodePlan[]> {
  return collectOutcomes(spec.nodes.map(node => distros[spec.distro.name](spec, node)))
}
