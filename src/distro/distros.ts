/** The table of distributions, and functions for any of them. */
import type { RunbookPart } from '../model/runbook-part.ts'
import type { SourceAt } from '../model/schema-errors.ts'
import type { AnySpec, ResolvedSpec, Spec } from '../model/spec.ts'
import { nearest } from '../model/suggest.ts'
import type { X509 } from '../model/x509.ts'
import type { NodePlan } from '../plan/plan.ts'
import {
  andThen,
  collectNodeOutcomes,
  collectOutcomes,
  type Diagnostic,
  type Outcome,
  success,
} from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { containerd } from './containerd/containerd.ts'
import type { Distro } from './distro.ts'
import { k0s } from './k0s/k0s.ts'
import { k3s } from './k3s/k3s.ts'
import { joinUses, registryCertificates } from './parts/certificate-uses.ts'
import { checkCertificates } from './parts/check-certificates.ts'
import { planPart } from './parts/plan-part.ts'
import { report, reportKey } from './rules.ts'

/** All distributions; the schema's list has the same names in the same order. */
export const distros: readonly Distro[] = [k0s, k3s, containerd]

/** The distribution of a spec. */
export function distroOf(spec: Pick<AnySpec, 'distro'>): Distro {
  const { name } = spec.distro
  const distro = distros.find(row => row.name === name)
  if (distro === undefined) throw new Error(`the schema has a distribution without a row: ${name}`)
  return distro
}

/** Checks a spec by the rules of its distribution. */
export function checkDistro(spec: Spec, sourceAt: SourceAt): readonly Diagnostic[] {
  const distro = distroOf(spec)
  return [
    ...checkVersion(distro, spec),
    ...checkAddons(distro, spec),
    ...checkFields(distro, spec),
    ...distro.check(spec, sourceAt),
  ]
}

/** The plans of all nodes, in the spec's order. */
export function planNodes(spec: ResolvedSpec): Outcome<readonly NodePlan[]> {
  const distro = distroOf(spec)
  return collectNodeOutcomes(spec.nodes.map(node => distro.plan(spec, node)))
}

/** The plans of all nodes with the files of their mirrors only. */
export function planMirrors(spec: ResolvedSpec): Outcome<readonly NodePlan[]> {
  const distro = distroOf(spec)
  return collectOutcomes(
    spec.nodes.map(node =>
      andThen(distro.mirrors(spec, node), files =>
        success({ name: node.name, ...planPart({ files }) }),
      ),
    ),
  )
}

/** The findings about all certificates and keys of a spec. */
export function checkAllCertificates(spec: ResolvedSpec, x509: X509): readonly Diagnostic[] {
  const uses = [registryCertificates(spec), distroOf(spec).certificates(spec)]
  return checkCertificates(joinUses(uses), x509)
}

/** The run book's data for a spec. */
export function runbookPart(spec: AnySpec): RunbookPart {
  return distroOf(spec).runbook(spec)
}

function checkVersion(distro: Distro, spec: Spec): readonly Diagnostic[] {
  const { version } = spec.distro
  if (version === null || distro.version.parse(version) !== null) return []
  const args = {
    found: JSON.stringify(version),
    expected: `a version such as ${JSON.stringify(distro.version.example)}`,
  }
  return [report('spec/malformed', ['distro', 'version'], args)]
}

function checkAddons(distro: Distro, spec: Spec): readonly Diagnostic[] {
  const names = distro.addons.map(({ name }) => name)
  return spec.addons
    .filter(({ name }) => !names.includes(name))
    .map(({ name, from }) =>
      reportKey('spec/unknown-key', from, { key: name, nearest: nearest(name, names) }),
    )
}

/** Reports fields that the distribution does not read. */
function checkFields(
  { name, reads }: Distro,
  { registries, mirrors }: Spec,
): readonly Diagnostic[] {
  const rewriting = mirrors.filter(({ rewrites }) => rewrites.length > 0)
  const fields = [
    ...(registries === null ? [] : [{ field: 'registries', path: ['registries'] } as const]),
    ...rewriting.map(({ from }) => ({ field: 'rewrite', path: [...from, 'rewrite'] }) as const),
  ]
  return fields
    .filter(({ field }) => !reads.includes(field))
    .map(({ field, path }) => reportKey('spec/field-unused', path, { field, distro: name }))
}

/** A flag of the command line that sets the version of a distribution or of an addon. */
export interface VersionFlag {
  /** `--NAME-version`. */
  readonly flag: string
  readonly path: Path
  /** The distribution that the flag selects; null for an addon. */
  readonly distro: string | null
  readonly description: string
}

/** The version flags of all distributions and addons. */
export const versionFlags: readonly VersionFlag[] = distros.flatMap(({ name, version, addons }) => [
  {
    flag: `--${name}-version`,
    path: ['distro', 'version'],
    distro: name,
    description: `version of ${name} on the nodes, such as ${version.example}`,
  },
  ...addons.map(addon => ({
    flag: `--${addon.name}-version`,
    path: ['addons', addon.name, 'version'],
    distro: null,
    description: `install this version of ${addon.name}, such as ${addon.example}`,
  })),
])

/** The names of all distributions; the first one is the default. */
export const distroNames: readonly string[] = distros.map(({ name }) => name)

/** The starter spec of a distribution, or null where there is no distribution of that name. */
export function starterOf(name: string): string | null {
  return distros.find(distro => distro.name === name)?.starter ?? null
}
