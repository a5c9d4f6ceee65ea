/** Plans that no machine can carry out, and plans that would leak a secret. */
import { type Diagnostic, type Outcome, success } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { isIdentityPath, parentsOf } from './path.ts'
import type { Layer, NodePlan, PlanFile, PlanUnit } from './plan.ts'
import { report } from './rules.ts'
import { manifestPath } from './seal.ts'
import { printMode, unitFolder } from './tree.ts'

interface Claim {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  readonly from: Path
}

/** The plan, where it describes a machine that can exist. */
export function verifyPlan(plan: NodePlan): Outcome<NodePlan> {
  const claims = claimsOf(plan)
  const diagnostics = [
    ...repeatedClaims(claims),
    ...claimsBelowFiles(claims),
    ...claims.flatMap(volatileClaim),
    ...plan.files.flatMap(secretMistakes),
    ...identitiesInImage(plan),
    ...plan.units.flatMap(unitMistakes),
  ]
  return diagnostics.length > 0 ? { ok: false, diagnostics } : success(plan)
}

function claimsOf(plan: NodePlan): readonly Claim[] {
  const claim =
    (kind: Claim['kind']) =>
    ({ path, from }: { readonly path: string; readonly from: Path }): Claim => ({
      path,
      kind,
      from,
    })
  return [
    // sealPlan() adds it later.
    { path: manifestPath, kind: 'file', from: [] },
    ...plan.units.map(unit => ({
      path: unitPath(unit),
      kind: 'file' as const,
      from: unit.from,
    })),
    ...plan.files.map(claim('file')),
    ...plan.directories.map(claim('directory')),
    ...plan.links.map(claim('link')),
  ]
}

function unitPath({ name }: PlanUnit): string {
  return `${unitFolder}/${name}`
}

function repeatedClaims(claims: readonly Claim[]): readonly Diagnostic[] {
  const first = new Map<string, Claim>()
  return claims.flatMap(claim => {
    const earlier = first.get(claim.path)
    if (earlier === undefined) first.set(claim.path, claim)
    return earlier === undefined ? [] : [twoOwners(claim, earlier)]
  })
}

/** Reported at the user's line: items that gen-node generates have short paths or none. */
function twoOwners(claim: Claim, earlier: Claim): Diagnostic {
  const [reported, other] =
    claim.from.length >= earlier.from.length ? [claim, earlier] : [earlier, claim]
  const generated = isGenerated(other)
  return {
    ...report('plan/two-owners', reported.from, {
      path: claim.path,
      other: generated ? 'gen-node' : 'another entry',
    }),
    also: generated ? [] : [{ path: other.from, note: 'first here' }],
  }
}

function claimsBelowFiles(claims: readonly Claim[]): readonly Diagnostic[] {
  const leaves = new Map(
    claims.filter(claim => claim.kind !== 'directory').map(claim => [claim.path, claim]),
  )
  const reportedFiles = new Set<Claim>()
  return claims.flatMap(claim => {
    const file = parentsOf(claim.path)
      .map(parent => leaves.get(parent))
      .find(leaf => leaf !== undefined)
    if (file === undefined) return []
    // Reported at the user's line, as above; a file with several items below it is one mistake.
    const reported = claim.from.length >= file.from.length ? claim : file
    if (reported === file && reportedFiles.has(file)) return []
    reportedFiles.add(file)
    const other = reported === file ? claim : file
    return [
      {
        ...report('plan/below-a-file', reported.from, { path: claim.path, file: file.path }),
        also: isGenerated(other) ? [] : [{ path: other.from, note: 'the other entry' }],
      },
    ]
  })
}

function isGenerated({ from }: Claim): boolean {
  return from.length < 2
}

// Mounted or cleaned after the configuration tools have written: operator-notes of Ignition, LP#1707222.
function volatileClaim(claim: Claim): readonly Diagnostic[] {
  return /^\/(tmp|run|var\/run|dev|proc|sys)(\/|$)/.test(claim.path)
    ? [report('plan/volatile-path', claim.from, { path: claim.path })]
    : []
}

function secretMistakes({ path, secret, mode, layer, from }: PlanFile): readonly Diagnostic[] {
  if (!secret) return []
  return [
    ...((mode & 0o007) === 0
      ? []
      : [report('plan/secret-readable', from, { path, mode: printMode(mode) })]),
    ...(layer === 'image' ? [report('plan/secret-in-image', from, { path })] : []),
  ]
}

/** Items that name one machine, or that the spec has for one node only, must not be in a shared image. */
function identitiesInImage(plan: NodePlan): readonly Diagnostic[] {
  const items: readonly (Pick<Claim, 'path' | 'from'> & { readonly layer: Layer })[] = [
    ...plan.files,
    ...plan.directories,
    ...plan.links,
    ...plan.users.map(({ name, layer, from }) => ({ path: `user ${name}`, layer, from })),
    ...plan.units.map(unit => ({ path: unitPath(unit), layer: unit.layer, from: unit.from })),
  ]
  return items
    .filter(({ layer, path, from }) => {
      return layer === 'image' && (isIdentityPath(path) || from[0] === 'nodes')
    })
    .map(({ path, from }) => report('plan/identity-in-image', from, { path }))
}

function unitMistakes(unit: PlanUnit): readonly Diagnostic[] {
  if (!/^\[[^\]\n]+\][ \t]*$/m.test(unit.content))
    return [report('plan/unit-empty', unit.from, { name: unit.name })]
  if (unit.enabled && unit.name.includes('@.') && !/^DefaultInstance=/m.test(unit.content)) {
    return [report('plan/template-enabled', unit.from, { name: unit.name })]
  }
  return unit.enabled && !/^\[Install\][ \t]*$/m.test(unit.content)
    ? [report('plan/unit-not-installable', unit.from, { name: unit.name })]
    : []
}
