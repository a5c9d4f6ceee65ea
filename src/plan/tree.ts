/** The files, units and users that a plan or a rendered config creates on a machine. */
import { sameBytes } from '../codec/bytes.ts'
import { compareText, encodeUtf8 } from '../codec/text.ts'
import type { NodePlan } from './plan.ts'

/** The files, units and users of a machine, sorted. */
export interface Tree {
  /** By path, sorted. */
  readonly entries: readonly TreeEntry[]
  /** Units that are enabled, by name, sorted. */
  readonly enabled: readonly string[]
  /** Users who may log in, by name, sorted. */
  readonly users: readonly TreeUser[]
}

/** One file, directory or link. */
export type TreeEntry =
  | (Entry & { readonly kind: 'file'; readonly content: Uint8Array })
  | (Entry & { readonly kind: 'directory' })
  | (Entry & { readonly kind: 'link'; readonly target: string })

interface Entry {
  readonly path: string
  /** Permission bits; 0o777 for links. */
  readonly mode: number
  /** `user:group`. */
  readonly owner: string
}

/** A user who may log in with keys. */
export interface TreeUser {
  readonly name: string
  readonly authorizedKeys: readonly string[]
}

/** The directory of the administrator's units. */
export const unitDirectory = '/etc/systemd/system'

/** The tree that a plan describes. */
export function treeOf(plan: NodePlan): Tree {
  return sortTree({
    entries: [
      ...plan.files.map(file => ({
        kind: 'file' as const,
        path: file.path,
        mode: file.mode,
        owner: file.owner,
        content: file.content,
      })),
      ...plan.units.map(unit => ({
        kind: 'file' as const,
        path: `${unitDirectory}/${unit.name}`,
        mode: 0o644,
        owner: 'root:root',
        content: encodeUtf8(unit.content),
      })),
      ...plan.directories.map(directory => ({
        kind: 'directory' as const,
        path: directory.path,
        mode: directory.mode,
        owner: directory.owner,
      })),
      ...plan.links.map(link => ({
        kind: 'link' as const,
        path: link.path,
        mode: 0o777,
        owner: 'root:root',
        target: link.target,
      })),
    ],
    enabled: plan.units.filter(unit => unit.enabled).map(unit => unit.name),
    users: plan.users.map(({ name, authorizedKeys }) => ({ name, authorizedKeys })),
  })
}

/** The tree sorted by paths and names, so that two trees can be compared. */
export function sortTree(tree: Tree): Tree {
  return {
    entries: [...tree.entries].sort((a, b) => compareText(a.path, b.path)),
    enabled: [...tree.enabled].sort(compareText),
    users: [...tree.users].sort((a, b) => compareText(a.name, b.name)),
  }
}

/** Permission bits as four octal digits: 0644. */
export function printMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** The first difference between two sorted trees as a sentence, or null where they are equal. */
export function differenceOf(a: Tree, b: Tree): string | null {
  const paths = new Set([...a.entries, ...b.entries].map(entry => entry.path))
  const left = new Map(a.entries.map(entry => [entry.path, entry]))
  const right = new Map(b.entries.map(entry => [entry.path, entry]))
  for (const path of paths) {
    const before = left.get(path)
    const after = right.get(path)
    if (before === undefined || after === undefined) return `${path} is on one side only`
    if (!sameEntry(before, after)) return `${path} differs`
  }
  if (a.enabled.join() !== b.enabled.join()) return 'the enabled units differ'
  if (JSON.stringify(a.users) !== JSON.stringify(b.users)) return 'the users differ'
  return null
}

function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  if (a.mode !== b.mode || a.owner !== b.owner) return false
  if (a.kind === 'file') return b.kind === 'file' && sameBytes(a.content, b.content)
  if (a.kind === 'link') return b.kind === 'link' && a.target === b.target
  return b.kind === 'directory'
}
