/**
 * Those who write plans. A Spec enters, one plan for every node leaves; no word of an output format
 * is known here.
 */

import type { Supplies } from '../model/needs.ts'
import type { DistroName, Node, Spec } from '../model/spec.ts'
import type { NodePlan } from '../plan/plan.ts'
import { type Outcome, success } from '../report/diagnostic.ts'
import { planK0s } from './k0s/plan.ts'
import { type Desk, deskOf } from './supply.ts'

/** Plans one node of a spec; what is wrong goes to the desk. */
export type Planner = (spec: Spec, node: Node, supplies: Supplies, desk: Desk) => NodePlan

const distros: Readonly<Record<DistroName, Planner>> = { k0s: planK0s }

/** The plans of all nodes, in the spec's order. */
export function planNodes(spec: Spec, supplies: Supplies): Outcome<readonly NodePlan[]> {
  const desk = deskOf(supplies)
  const plans = spec.nodes.map(node => distros[spec.distro.name](spec, node, supplies, desk))
  const diagnostics = desk.complaints()
  return diagnostics.some(one => one.severity === 'error')
    ? { ok: false, diagnostics }
    : success(plans, diagnostics)
}
