/** The stages of the program one by one, for tests of intermediate results. */
import {
  type Outcome,
  plan as planAll,
  type Spec,
  type Supplies,
  type X509,
} from '../../src/index.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { success } from '../../src/report/diagnostic.ts'

export { distros } from '../../src/distro/distros.ts'
export { paths } from '../../src/distro/parts/os-paths.ts'
export { measure } from '../../src/emit/budget.ts'
export type { Want } from '../../src/emit/emitter.ts'
export { emitPlans, verifyArtifact } from '../../src/emit/emitters.ts'
export * from '../../src/index.ts'
export { load as loadSpec } from '../../src/index.ts'
export { schemaAt } from '../../src/model/schema.ts'
export type { Node } from '../../src/model/spec.ts'
export type { NodePlan } from '../../src/plan/plan.ts'
export { type Tree, treeOf } from '../../src/plan/tree.ts'

/** The plans of all nodes; without an `x509` the contents of certificates are not checked. */
export function plan(
  spec: Spec,
  supplies: Supplies,
  x509: X509 | null = null,
): Outcome<readonly NodePlan[]> {
  const outcome = planAll(spec, supplies, x509)
  return outcome.ok ? success(outcome.value.plans, outcome.diagnostics) : outcome
}
