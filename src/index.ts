/**
 * The whole program: it converts a spec into the files that machines read at their first boot. Every
 * stage is a synchronous pure function that returns an Outcome. The command line calls these functions
 * and the tables beside them, so that the stages are composed in this file only.
 */
import { characterWidth } from './codec/character-width.ts'
import { memoizeByObject } from './codec/memoize.ts'
import { decodeLossyUtf8 } from './codec/text.ts'
import { type ConvertedFile, certsFolder } from './convert/certs-folder.ts'
import { readSettings } from './convert/settings.ts'
import { mirrorsYaml } from './convert/spec-mirrors.ts'
import { readUpstreams } from './convert/upstreams.ts'
import {
  checkAllCertificates,
  checkDistro,
  planMirrors,
  planNodes,
  runbookPart,
} from './distro/distros.ts'
import { type Budget, measure } from './emit/budget.ts'
import type { Artifact, InspectedTree, Want } from './emit/emitter.ts'
import {
  artifactName,
  emitPlans,
  emitterOf,
  type Format,
  inspect as inspectBytes,
  verifyArtifact,
} from './emit/emitters.ts'
import { loadSpec } from './model/load.ts'
import { locate as locateDiagnostics } from './model/locate.ts'
import { resolve, type Supplies } from './model/resolve.ts'
import type { Source } from './model/source.ts'
import type { ResolvedSpec, Spec } from './model/spec.ts'
import type { X509 } from './model/x509.ts'
import type { NodePlan } from './plan/plan.ts'
import { sealPlan } from './plan/seal.ts'
import { verifyPlan } from './plan/verify.ts'
import {
  andThen,
  checked,
  collectNodeOutcomes,
  collectOutcomes,
  type Diagnostic,
  distinct,
  failure,
  type Outcome,
  success,
} from './report/diagnostic.ts'
import type { Located } from './report/located.ts'
import { renderSarif as printSarif } from './report/machine.ts'
import type { Path } from './report/place.ts'
import { renderText as printText } from './report/pretty.ts'
import { rules } from './rules.ts'
import { renderRunbook } from './view/runbook.ts'
import { renderSize } from './view/size.ts'

/** A spec with the plans of all its nodes, in the spec's order. */
export interface Planned {
  readonly spec: ResolvedSpec
  readonly plans: readonly NodePlan[]
}

/** The subject of a rendering: a node and a format; `node` is null for a format of the whole cluster. */
export interface RenderTarget {
  readonly format: Format
  readonly node: string | null
}

/** An artifact with its size; the budget is null where the node has no platform. */
export interface Rendered extends Artifact {
  readonly budget: Budget | null
}

/** The options of a rendering; the platform comes from the node. */
export type RenderOptions = Omit<Want, 'platform'>

/** Reads a spec and checks it, with the checks of its distribution. */
export function load(source: Source): Outcome<Spec> {
  return loadSpec(source, checkDistro)
}

/**
 * Plans all nodes of a spec; `supplies` are the files and variables that `needs` lists. Without an `x509`
 * the contents of certificates and keys are not checked.
 */
export function plan(spec: Spec, supplies: Supplies, x509: X509 | null = null): Outcome<Planned> {
  return andThen(resolve(spec, supplies), resolved => {
    const plans = andThen(planNodes(resolved), plans =>
      collectNodeOutcomes(
        plans.map(plan => andThen(verifyPlan(plan), valid => success(sealPlan(valid)))),
      ),
    )
    const certificates = x509 === null ? [] : checkAllCertificates(resolved, x509)
    const diagnostics = distinct([...plans.diagnostics, ...certificates])
    return plans.ok
      ? checked({ spec: resolved, plans: plans.value }, diagnostics)
      : failure(diagnostics)
  })
}

/**
 * Renders one node, or the cluster, in one format. A size over the limit of the node's platform is
 * a diagnostic of rule `size/over-budget`. Throws for a node that the spec does not have.
 */
export function render(
  { spec, plans }: Planned,
  { format, node: name }: RenderTarget,
  options: RenderOptions,
): Outcome<readonly Rendered[]> {
  const index = name === null ? null : indexOfNode(plans, name)
  const node = index === null ? null : (spec.nodes[index] ?? null)
  const want = { ...options, platform: node?.platform ?? null }
  const selected = index === null ? plans : plans.slice(index, index + 1)
  const from = [...(node?.from ?? []), 'platform']
  const given = emitterOf(format).selects === 'mirrors' ? planMirrors(spec) : success(selected)
  return andThen(given, selectedPlans =>
    andThen(emitPlans(format, selectedPlans, want), artifacts =>
      collectOutcomes(artifacts.map(artifact => withBudget(format, artifact, want, from))),
    ),
  )
}

function withBudget(format: Format, artifact: Artifact, want: Want, from: Path): Outcome<Rendered> {
  if (want.platform === null) return success({ ...artifact, budget: null })
  const { budget, diagnostics } = measure(format, artifact, want, from)
  return success({ ...artifact, budget }, diagnostics)
}

function indexOfNode(plans: readonly NodePlan[], name: string): number {
  const index = indexesByName(plans).get(name)
  if (index === undefined) throw new Error(`there is no node "${name}"`)
  return index
}

// Every node is looked up for every format: a search in the list would cost n² steps.
const indexesByName = memoizeByObject(
  (plans: readonly NodePlan[]) => new Map(plans.map((plan, index) => [plan.name, index])),
)

/**
 * Throws where an artifact of a node, read back, differs from the node's plan: a bug in gen-node.
 * This is not part of `render`, because a preview does not need it.
 */
export function verifyRendered(
  { plans }: Planned,
  { format, node }: RenderTarget,
  artifacts: readonly Artifact[],
): void {
  const plan = node === null ? undefined : plans[indexOfNode(plans, node)]
  if (plan === undefined) return
  for (const artifact of artifacts) verifyArtifact(format, plan, artifact)
}

/** The line about the size of an artifact and its share of the platform's limit. */
export function sizeLine(
  { format }: RenderTarget,
  rendered: Rendered,
  options: RenderOptions,
): string {
  const { budget } = rendered
  return renderSize(budget ?? measure(format, rendered, { ...options, platform: null }, []).budget)
}

/** The tree inside any user-data or Ignition config, of gen-node or of another origin. */
export function inspect(bytes: Uint8Array): Outcome<InspectedTree> {
  return inspectBytes(bytes)
}

/** The run book of the nodes whose artifacts are written, as Markdown. */
export function runbook(
  { spec }: Planned,
  formats: readonly Format[],
  artifacts: readonly Artifact[],
): string {
  return renderRunbook(spec, runbookPart(spec), {
    artifacts: artifacts.map(artifact => ({ path: artifactName(artifact), artifact })),
    usage: formats.map(format => emitterOf(format).usage),
  })
}

/** The names of all nodes, in the spec's order. */
export function nodeNames({ plans }: Planned): readonly string[] {
  return plans.map(plan => plan.name)
}

/** Whether a format has one artifact for the whole cluster. */
export function isClusterFormat(format: Format): boolean {
  return emitterOf(format).scope === 'cluster'
}

/** The diagnostics with their texts and positions, in the order of the text. */
export function locate(source: Source, diagnostics: readonly Diagnostic[]): readonly Located[] {
  return locateDiagnostics(source, diagnostics, rules)
}

/** Diagnostics as text for people: message, line, caret, help. */
export function renderText(located: readonly Located[], options: { readonly colour: boolean }) {
  return printText(located, { ...options, widthOf: characterWidth })
}

/** Diagnostics as SARIF 2.1.0. */
export function renderSarif(located: readonly Located[]): string {
  return printSarif(located, rules)
}

export { parseYaml } from './codec/yaml.ts'
export type { ConvertedFile } from './convert/certs-folder.ts'
export { distroNames, starterOf, versionFlags } from './distro/distros.ts'
export type { Artifact, InspectedTree } from './emit/emitter.ts'
export {
  artifactName,
  defaultFormat,
  defaultFormats,
  emitterOptions,
  type Format,
  formatOfPath,
  formats,
} from './emit/emitters.ts'
export { decodeSpec } from './model/load.ts'
export { type FetchFailure, type Need, needs, type Supplies } from './model/resolve.ts'
export { type SchemaNode, schema } from './model/schema.ts'
export type { Decrypted, SopsFailure, SopsFeature } from './model/sops-texts.ts'
export type { Override, Source } from './model/source.ts'
export type { Spec, TreeItem } from './model/spec.ts'
export { nearest } from './model/suggest.ts'
export type { Certificate, Instant, KeyAlgorithm, X509 } from './model/x509.ts'
export { parentsOf } from './plan/path.ts'
export type { TreeEntry } from './plan/tree.ts'
export { andThen, type Diagnostic, distinct, type Outcome } from './report/diagnostic.ts'
export type { Located } from './report/located.ts'
export { renderGithub, renderJson } from './report/machine.ts'
export type { Path, Range } from './report/place.ts'
export { rules } from './rules.ts'
export { renderDiff as diff } from './view/diff.ts'
export { renderExplanation as explain } from './view/explain.ts'
export { digestDigits, renderJsonListing, renderListing } from './view/listing.ts'
export { renderContent } from './view/printable.ts'

/** The `mirrors` of a spec as YAML for a config.toml of containerd or a registries.yaml. */
export function convertToMirrors(file: Uint8Array): Outcome<string> {
  return andThen(readSettings(decodeLossyUtf8(file)), settings => {
    const { upstreams, diagnostics } = readUpstreams(settings)
    const mirrors = mirrorsYaml(upstreams)
    return success(mirrors.text, [...diagnostics, ...mirrors.diagnostics])
  })
}

/** The files of a certs.d folder for a config.toml of containerd or a registries.yaml. */
export function convertToCerts(file: Uint8Array): Outcome<readonly ConvertedFile[]> {
  return andThen(readSettings(decodeLossyUtf8(file)), settings => {
    const { upstreams, diagnostics } = readUpstreams(settings)
    return success(certsFolder(upstreams), diagnostics)
  })
}
