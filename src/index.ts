/**
 * The program: one spec becomes the files that machines read at their first boot. Every stage is a
 * synchronous pure function; the only door into the core, and the library's public interface.
 */
import { planNodes } from './distro/distros.ts'
import type { Artifact, Want } from './emit/contract.ts'
import { emitPlan } from './emit/emitters.ts'
import type { NodePlan } from './plan/plan.ts'
import { sealPlan } from './plan/seal.ts'
import { verifyPlan } from './plan/verify.ts'
import { andThen, type Outcome, success } from './report/diagnostic.ts'
import { loadSpec } from './spec/load.ts'
import type { Supplies } from './spec/needs.ts'
import type { Source } from './spec/source.ts'
import type { Spec } from './spec/spec.ts'

export { parseYaml } from './codec/yaml.ts'
export { paths } from './distro/paths.ts'
export { type Budget, measure, platforms } from './emit/budget.ts'
export type { Artifact, Format, Want } from './emit/contract.ts'
export { emitPlan, emitters, inspect } from './emit/emitters.ts'
export { versions as ignitionVersions } from './emit/ignition/versions.ts'
export type { NodePlan } from './plan/plan.ts'
export { type Rest, type Tree, type TreeEntry, treeOf } from './plan/tree.ts'
export type { Diagnostic, Outcome, Path, Range } from './report/diagnostic.ts'
export type { Located } from './report/located.ts'
export { renderGithub, renderJson, renderSarif } from './report/machine.ts'
export { renderText } from './report/pretty.ts'
export { rules } from './report/rules.ts'
export { decodeSpec, loadSpec, locate } from './spec/load.ts'
export { type Need, needs, type Supplies, type TreeItem } from './spec/needs.ts'
export { type SchemaNode, schema, schemaAt, starter } from './spec/schema.ts'
export type { Override, Source } from './spec/source.ts'
export type { Node, Spec } from './spec/spec.ts'
export { nearest } from './spec/suggest.ts'

/** The plans of a spec's nodes, in the spec's order, checked and sealed with their manifest. */
export function plan(spec: Spec, supplies: Supplies): Outcome<readonly NodePlan[]> {
  return andThen(planNodes(spec, supplies), plans => {
    const outcomes = plans.map(one => andThen(verifyPlan(one), good => success(sealPlan(good))))
    return collect(outcomes)
  })
}

/** The whole way from a text to the artifacts of all its nodes. */
export function generate(
  source: Source,
  supplies: Supplies,
  want: Want,
): Outcome<readonly Artifact[]> {
  return andThen(loadSpec(source), spec =>
    andThen(plan(spec, supplies), plans => collect(plans.map(one => emitPlan(one, want)))),
  )
}

/** All values, or all that prevents them; the same trouble of several nodes is told once. */
function collect<T>(outcomes: readonly Outcome<T>[]): Outcome<readonly T[]> {
  const seen = new Set<string>()
  const diagnostics = outcomes
    .flatMap(outcome => outcome.diagnostics)
    .filter(one => {
      const key = JSON.stringify(one)
      return !seen.has(key) && seen.add(key)
    })
  const values = outcomes.flatMap(outcome => (outcome.ok ? [outcome.value] : []))
  return values.length === outcomes.length
    ? success(values, diagnostics)
    : { ok: false, diagnostics }
}
