/** Parts of a node's plan, and the function that joins them. */
import type { NodePlan } from '../../plan/plan.ts'

/** The items of one topic: the registry, the first boot, the user's files. */
export type PlanPart = Omit<NodePlan, 'name'>

/** A part that has only these items. */
export function planPart(items: Partial<PlanPart>): PlanPart {
  return { files: [], directories: [], links: [], users: [], units: [], ...items }
}

/** All items of these parts, in their order. */
export function joinParts(parts: readonly PlanPart[]): PlanPart {
  return {
    files: parts.flatMap(part => part.files),
    directories: parts.flatMap(part => part.directories),
    links: parts.flatMap(part => part.links),
    users: parts.flatMap(part => part.users),
    units: parts.flatMap(part => part.units),
  }
}
