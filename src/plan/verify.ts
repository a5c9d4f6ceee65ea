/** What no machine may have, whoever asked for it. */
import { type Diagnostic, type Outcome, success } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { NodePlan } from './plan.ts'
import { report } from './rules.ts'
import { manifestPath } from './seal.ts'
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
    // sealPlan() adds it when all else is known.
    { path: manifestPath, kind: 'file', from: [] },
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
  const told = new Set<Claim>()
  return claims.flatMap(claim => {
    const file = parentsOf(claim.path)
      .map(parent => leaves.get(parent))
      .find(leaf => leaf !== undefined)
    if (file === undefined) return []
    // Told at the user's own line, as of two owners; all that lies below one file is one mistake.
    const theirs = claim.from.length >= file.from.length ? claim : file
    if (theirs === file && told.has(file)) return []
    told.add(file)
    const other = theirs === file ? claim : file
    return [
      {
        ...report('plan/below-a-file', theirs.from, { path: claim.path, file: file.path }),
        also: other.from.length < 2 ? [] : [{ path: other.from, note: 'the other is here' }],
      },
    ]
  })
}

function parentsOf(path: string): readonly string[] {
  const steps = path.split('/').slice(1, -1)
  return steps.map((_, at) => `/${steps.slice(0, at + 1).join('/')}`)
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
  if (unit.enabled && unit.name.includes('@.') && !/^DefaultInstance=/m.test(unit.content)) {
    return [report('plan/template-enabled', unit.from, { name: unit.name })]
  }
  return unit.enabled && !/^\[Install\][ \t]*$/m.test(unit.content)
    ? [report('plan/unit-not-installable', unit.from, { name: unit.name })]
    : []
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
