/**
 * The program: one spec becomes the files that machines read at their first boot. Every stage is a
 * synchronous pure function; the only door into the core, and the library's public interface.
 */
import { characterWidth } from './codec/character-width.ts'
import { checkDistro, planNodes } from './distro/distros.ts'
import type { Artifact, Want } from './emit/emitter.ts'
import { emitPlans, type Format } from './emit/emitters.ts'
import { loadSpec as loadChecked } from './model/load.ts'
import { locate as locateDiagnostics } from './model/locate.ts'
import { resolve, type Supplies } from './model/resolve.ts'
import type { Source } from './model/source.ts'
import type { Spec } from './model/spec.ts'
import type { NodePlan } from './plan/plan.ts'
import { sealPlan } from './plan/seal.ts'
import { verifyPlan } from './plan/verify.ts'
import {
  andThen,
  collectNodeOutcomes,
  type Diagnostic,
  type Outcome,
  success,
} from './report/diagnostic.ts'
import type { Located } from './report/located.ts'
import { renderSarif as printSarif } from './report/machine.ts'
import { renderText as printText } from './report/pretty.ts'
import { rules } from './rules.ts'

export { parseYaml } from './codec/yaml.ts'
export type { Distro, RequiredPiece, RunbookPart, TokenSteps } from './distro/distro.ts'
export { distros, runbookPart } from './distro/distros.ts'
export { paths } from './distro/parts/os-paths.ts'
export { type Budget, measure } from './emit/budget.ts'
export type { Artifact, InspectedTree, Unmodelled, Want } from './emit/emitter.ts'
export {
  artifactName,
  defaultFormat,
  defaultFormats,
  emitPlans,
  emitterOptions,
  type Format,
  formatOfPath,
  formats,
  inspect,
  verifyArtifact,
} from './emit/emitters.ts'
export { platformNames } from './emit/platforms.ts'
export { decodeSpec } from './model/load.ts'
export { type FetchFailure, type Need, needs, type Supplies } from './model/resolve.ts'
export { type SchemaNode, schema, schemaAt } from './model/schema.ts'
export type { Override, Source } from './model/source.ts'
export type { AnyNode, Node, Spec, TreeItem } from './model/spec.ts'
export { nearest } from './model/suggest.ts'
export type { NodePlan } from './plan/plan.ts'
export { type Tree, type TreeEntry, treeOf } from './plan/tree.ts'
export type { Diagnostic, Outcome } from './report/diagnostic.ts'
export type { Located } from './report/located.ts'
export { renderGithub, renderJson } from './report/machine.ts'
export type { Path, Range } from './report/place.ts'
export { rules } from './rules.ts'
export { renderDiff as diff } from './view/diff.ts'
export { renderExplanation as explain } from './view/explain.ts'
export { renderJsonListing, renderListing, renderUnitsAndUsers } from './view/listing.ts'

/** Reads a spec from its text and flags, with the rules of its distribution. */
export function loadSpec(source: Source): Outcome<Spec> {
  return loadChecked(source, checkDistro)
}

/** The plans of a spec's nodes, in the spec's order, checked and sealed with their manifest. */
export function plan(spec: Spec, supplies: Supplies): Outcome<readonly NodePlan[]> {
  const plans = andThen(resolve(spec, supplies), planNodes)
  return andThen(plans, all =>
    collectNodeOutcomes(
      all.map(plan => andThen(verifyPlan(plan), good => success(sealPlan(good)))),
    ),
  )
}

/** The whole way from a text to the artifacts of all its nodes. */
export function generate(
  source: Source,
  supplies: Supplies,
  format: Format,
  want: Want,
): Outcome<readonly Artifact[]> {
  return andThen(loadSpec(source), spec =>
    andThen(plan(spec, supplies), plans => emitPlans(format, plans, want)),
  )
}

/** The diagnostics with their texts and positions, in the order of the text. */
export function locate(source: Source, diagnostics: readonly Diagnostic[]): readonly Located[] {
  return locateDiagnostics(source, diagnostics, rules)
}

/** Diagnostics as text for a terminal. */
export function renderText(
  located: readonly Located[],
  options: { readonly colour: boolean },
): string {
  return printText(located, { ...options, widthOf: characterWidth })
}

/** Diagnostics as SARIF 2.1.0. */
export function renderSarif(located: readonly Located[]): string {
  return printSarif(located, rules)
}
