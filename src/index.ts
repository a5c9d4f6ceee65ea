/**
 * The program: one spec becomes the files that machines read at their first boot. Every stage is a
 * synchronous pure function; the only door into the core, and the library's public interface.
 */
import { planNodes } from './distro/distros.ts'
import type { Artifact, Want } from './emit/emitter.ts'
import { emitPlan } from './emit/emitters.ts'
import { loadSpec } from './model/load.ts'
import type { Supplies } from './model/needs.ts'
import type { Source } from './model/source.ts'
import type { Spec } from './model/spec.ts'
import type { NodePlan } from './plan/plan.ts'
import { sealPlan } from './plan/seal.ts'
import { verifyPlan } from './plan/verify.ts'
import { andThen, type Outcome, success } from './report/diagnostic.ts'

export { parseYaml } from './codec/yaml.ts'
export { paths } from './distro/parts/os-paths.ts'
export { type Budget, measure, platforms } from './emit/budget.ts'
export type { Artifact, Format, Want } from './emit/emitter.ts'
export { emitPlan, emitters, inspect } from './emit/emitters.ts'
export { versions as ignitionVersions } from './emit/ignition/versions.ts'
export { decodeSpec, loadSpec, locate } from './model/load.ts'
export { type Need, needs, type Supplies, type TreeItem } from './model/needs.ts'
export { type SchemaNode, schema, schemaAt, starter } from './model/schema.ts'
export type { Override, Source } from './model/source.ts'
export type { Node, Spec } from './model/spec.ts'
export { nearest } from './model/suggest.ts'
export type { NodePlan } from './plan/plan.ts'
export { type Rest, type Tree, type TreeEntry, treeOf } from './plan/tree.ts'
export type { Diagnostic, Outcome, Path, Range } from './report/diagnostic.ts'
export type { Located } from './report/located.ts'
export { renderGithub, renderJson, renderSarif } from './report/machine.ts'
export { renderText } from './report/pretty.ts'
export { rules } from './report/rules.ts'

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
