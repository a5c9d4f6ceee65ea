/** Which nodes run the control plane, and which of them starts the cluster. */
import { memoizeByObject } from '../codec/memoize.ts'
import type { AnyNode } from './spec.ts'

/** Whether a node runs the control plane. */
export function isController({ role }: Pick<AnyNode, 'role'>): boolean {
  return role !== 'worker'
}

/** All nodes that run the control plane, in the spec's order. */
// Planning calls this for every node: without memoization, n nodes would take n² steps.
export const controllersOf = memoizeByObject((nodes: readonly AnyNode[]) =>
  nodes.filter(isController),
)

/** The node that starts the cluster: the controller at `bootstrap`, else the first; null without controllers. */
export function firstController(spec: {
  readonly bootstrap: string | null
  readonly nodes: readonly AnyNode[]
}): AnyNode | null {
  const controllers = controllersOf(spec.nodes)
  return (
    controllers.find(({ address }) => address !== null && address === spec.bootstrap) ??
    controllers[0] ??
    null
  )
}
