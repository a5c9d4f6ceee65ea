/** Splits a plan into the items that a shared image may contain and those of one machine. */
import type { Layer, NodePlan } from './plan.ts'
import { manifestPath, sealPlan } from './seal.ts'

/** The items of one layer. Call sealPlan() afterwards: the manifest lists the selected files only. */
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

/** The items of one layer of a sealed plan, with a manifest of these files only. */
export function sealLayer(plan: NodePlan, layer: Layer): NodePlan {
  const files = plan.files.filter(({ path }) => path !== manifestPath)
  return sealPlan(selectLayer({ ...plan, files }, layer))
}
