/** What no machine may have, whoever asked for it. */
import { type Diagnostic, type Outcome, type Path, report, success } from '../report/diagnostic.ts'
import type { NodePlan } from './plan.ts'
import { unitFolder } from './tree.ts'

interface Claim {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  readonly from: Path
}

/** The plan, where it describes a machine that can exist. */
export function verifyPlan(plan: NodePlan): Outcome<NodePlan> {
  const claims = claimsOf(plan)
  const diagnostics = [
    ...doubleClaims(claims),
    ...belowFiles(claims),
    ...claims.flatMap(volatile),
    ...plan.files.flatMap(file =>
      file.secret && (file.mode & 0o007) !== 0
        ? [report('plan/secret-readable', file.from, { path: file.path, mode: octal(file.mode) })]
        : [],
    ),
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
    ...plan.units.map(unit => ({
      path: `${unitFolder}/${unit.name}`,
      kind: 'file' as const,
      from: unit.from,
    })),
    ...plan.files.map(claim('file')),
    ...plan.directories.map(claim('directory')),
    ...plan.links.map(claim('link')),
  ]
}

function doubleClaims(claims: readonly Claim[]): readonly Diagnostic[] {
  const first = new Map<string, Claim>()
  return claims.flatMap(claim => {
    const earlier = first.get(claim.path)
    if (earlier === undefined) first.set(claim.path, claim)
    return earlier === undefined ? [] : [twoOwners(claim, earlier)]
  })
}

/** Told at the user's own line: gen-node's parts have short paths, or none. */
function twoOwners(claim: Claim, earlier: Claim): Diagnostic {
  const [theirs, other] =
    claim.from.length >= earlier.from.length ? [claim, earlier] : [earlier, claim]
  const own = other.from.length < 2
  return {
    ...report('plan/two-owners', theirs.from, {
      path: claim.path,
      other: own ? 'gen-node' : 'another entry',
    }),
    also: own ? [] : [{ path: other.from, note: 'first here' }],
  }
}

function belowFiles(claims: readonly Claim[]): readonly Diagnostic[] {
  const leaves = new Map(
    claims.filter(claim => claim.kind !== 'directory').map(claim => [claim.path, claim]),
  )
  return claims.flatMap(claim => {
    const parents = claim.path
      .split('/')
      .slice(1, -1)
      .map((_, at, steps) => `/${steps.slice(0, at + 1).join('/')}`)
    const file = parents.find(parent => leaves.has(parent))
    return file === undefined
      ? []
      : [report('plan/below-a-file', claim.from, { path: claim.path, file })]
  })
}

// Mounted or cleaned after the configuration tools have written: operator-notes of Ignition, LP#1707222.
function volatile(claim: Claim): readonly Diagnostic[] {
  return /^\/(tmp|run|var\/run|dev|proc|sys)(\/|$)/.test(claim.path)
    ? [report('plan/volatile-path', claim.from, { path: claim.path })]
    : []
}

function unitMistakes(unit: NodePlan['units'][number]): readonly Diagnostic[] {
  if (!/^\[[^\]\n]+\][ \t]*$/m.test(unit.content))
    return [report('plan/unit-empty', unit.from, { name: unit.name })]
  return unit.enabled && !/^\[Install\][ \t]*$/m.test(unit.content)
    ? [report('plan/unit-not-installable', unit.from, { name: unit.name })]
    : []
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
