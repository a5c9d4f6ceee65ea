/** A plan in two halves: what a shared image may contain, and what belongs to one machine. */
import type { Layer, NodePlan } from './plan.ts'

/** The items of one layer. Seal afterwards: the manifest lists the files that are left. */
export function selectLayer(plan: NodePlan, layer: Layer): NodePlan {
  const inLayer = (item: { readonly layer: Layer }) => item.layer === layer
  return {
    name: plan.name,
    files: plan.files.filter(inLayer),
    directories: plan.directories.filter(inLayer),
    links: plan.links.filter(inLayer),
    users: plan.users.filter(inLayer),
    units: plan.units.filter(inLayer),
  }
}
