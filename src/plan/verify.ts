/** Checks plans: conflicts between items, and secrets that other users or machines could read. */
import { type Diagnostic, type Outcome, success } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { markerPath } from './marker.ts'
import { isIdentityPath, parentsOf } from './path.ts'
import type { Layer, NodePlan, PlanFile, PlanUnit } from './plan.ts'
import { report } from './rules.ts'
import { manifestPath } from './seal.ts'
import { printMode, unitDirectory } from './tree.ts'

/** A path of the plan and the field that it comes from. */
interface Item {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  readonly from: Path
}

/** The plan, or the errors in it. */
export function verifyPlan(plan: NodePlan): Outcome<NodePlan> {
  const items = itemsOf(plan)
  const diagnostics = [
    ...repeatedPaths(items),
    ...itemsBelowFiles(items),
    ...items.flatMap(checkVolatilePath),
    ...items.flatMap(checkAccountFile),
    ...plan.files.flatMap(checkSecret),
    ...identitiesInImage(plan),
    ...plan.units.flatMap(checkUnit),
  ]
  return diagnostics.length > 0 ? { ok: false, diagnostics } : success(plan)
}

function itemsOf(plan: NodePlan): readonly Item[] {
  const item =
    (kind: Item['kind']) =>
    ({ path, from }: { readonly path: string; readonly from: Path }): Item => ({
      path,
      kind,
      from,
    })
  return [
    // sealPlan() adds the manifest later, the first boot the marker.
    { path: manifestPath, kind: 'file', from: [] },
    { path: markerPath, kind: 'file', from: [] },
    ...plan.units.map(unit => ({
      path: unitPath(unit),
      kind: 'file' as const,
      from: unit.from,
    })),
    ...plan.files.map(item('file')),
    ...plan.directories.map(item('directory')),
    ...plan.links.map(item('link')),
  ]
}

function unitPath({ name }: PlanUnit): string {
  return `${unitDirectory}/${name}`
}

function repeatedPaths(items: readonly Item[]): readonly Diagnostic[] {
  const firstItems = new Map<string, Item>()
  return items.flatMap(item => {
    const earlier = firstItems.get(item.path)
    if (earlier === undefined) firstItems.set(item.path, item)
    return earlier === undefined ? [] : [twoOwners(item, earlier)]
  })
}

/** Reported at the user's line: items that gen-node generates have short paths or none. */
function twoOwners(item: Item, earlier: Item): Diagnostic {
  const [reported, other] =
    item.from.length >= earlier.from.length ? [item, earlier] : [earlier, item]
  const generated = isGenerated(other)
  return {
    ...report('plan/two-owners', reported.from, {
      path: item.path,
      other: generated ? 'gen-node' : 'another entry',
    }),
    also: generated ? [] : [{ path: other.from, note: 'first here' }],
  }
}

function itemsBelowFiles(items: readonly Item[]): readonly Diagnostic[] {
  const nonDirectories = new Map(
    items.filter(item => item.kind !== 'directory').map(item => [item.path, item]),
  )
  const reportedFiles = new Set<Item>()
  return items.flatMap(item => {
    const file = parentsOf(item.path)
      .map(parent => nonDirectories.get(parent))
      .find(parent => parent !== undefined)
    if (file === undefined) return []
    // Reported at the user's line, as above, and once for a file with several items below it.
    const reported = item.from.length >= file.from.length ? item : file
    if (reported === file && reportedFiles.has(file)) return []
    reportedFiles.add(file)
    const other = reported === file ? item : file
    return [
      {
        ...report('plan/below-a-file', reported.from, { path: item.path, file: file.path }),
        also: isGenerated(other) ? [] : [{ path: other.from, note: 'the other entry' }],
      },
    ]
  })
}

function isGenerated({ from }: Item): boolean {
  return from.length < 2
}

// Mounted or cleaned after the configuration tool has written: Ignition's operator notes, LP#1707222.
function checkVolatilePath(item: Item): readonly Diagnostic[] {
  return /^\/(tmp|run|var\/run|dev|proc|sys)(\/|$)/.test(item.path)
    ? [report('plan/volatile-path', item.from, { path: item.path })]
    : []
}

function checkAccountFile({ path, from }: Item): readonly Diagnostic[] {
  return /^\/etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)$/.test(path)
    ? [report('plan/account-file', from, { path })]
    : []
}

function checkSecret({ path, secret, mode, layer, from }: PlanFile): readonly Diagnostic[] {
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
  const items: readonly (Pick<Item, 'path' | 'from'> & { readonly layer: Layer })[] = [
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

function checkUnit(unit: PlanUnit): readonly Diagnostic[] {
  if (!/^\[[^\]\n]+\][ \t]*$/m.test(unit.content))
    return [report('plan/unit-empty', unit.from, { name: unit.name })]
  if (unit.enabled && unit.name.includes('@.') && !/^DefaultInstance=/m.test(unit.content)) {
    return [report('plan/template-enabled', unit.from, { name: unit.name })]
  }
  return unit.enabled && !/^\[Install\][ \t]*$/m.test(unit.content)
    ? [report('plan/unit-not-installable', unit.from, { name: unit.name })]
    : []
}
