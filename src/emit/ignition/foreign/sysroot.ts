/**
 * The file system of the machine while Ignition writes into it: github.com/coreos/ignition
 * internal/exec/util/{util,file}.go.
 */
import { encodeUtf8 } from '../../../codec/text.ts'
import { parentsOf } from '../../../plan/path.ts'
import type { TreeEntry } from '../../../plan/tree.ts'
import { absolute } from '../../foreign/machine-state.ts'
import type { RefusalCause } from '../../refusal-texts.ts'

/** The entries that are written, by path. */
export interface Sysroot {
  readonly entries: Map<string, TreeEntry>
  /** Directories that exist because of entries below them. */
  readonly parents: Set<string>
  /** The target of each path that is a hard link. */
  readonly hardLinks: Map<string, string>
}

/** Why an entry cannot be written. */
export interface Obstacle {
  readonly cause: RefusalCause
  readonly detail: string
}

/** A file system without entries. */
export function emptySysroot(): Sysroot {
  return { entries: new Map(), parents: new Set(['/']), hardLinks: new Map() }
}

/**
 * Writes an entry with the directories above it; an earlier file or link at its path is replaced.
 * `entryIn` gives the entry in a directory whose entries take its group; null for other directories.
 */
export function writeEntry(
  sysroot: Sysroot,
  path: string,
  entryIn: (group: string | null) => TreeEntry,
): Obstacle | null {
  const obstacle = obstacleAt(sysroot, path)
  if (obstacle !== null) return obstacle
  for (const parent of parentsOf(path)) createParent(sysroot, parent)
  const entry = entryIn(inheritedGroup(sysroot, path))
  if (isDirectory(sysroot, path) && entry.kind !== 'directory') {
    return { cause: 'path-is-directory', detail: path }
  }
  sysroot.entries.set(path, entry)
  return null
}

/** A directory in one with setgid has setgid and its group; any other is plain and no entry. */
function createParent(sysroot: Sysroot, path: string): void {
  const { entries, parents } = sysroot
  const group = inheritedGroup(sysroot, path)
  if (group !== null && !isDirectory(sysroot, path)) {
    entries.set(path, { kind: 'directory', path, mode: 0o755 | setgid, owner: `root:${group}` })
  }
  parents.add(path)
}

/** The mode bit of directories whose new entries take their group. */
export const setgid = 0o2000

/** The group that a new entry takes from its directory, or null. */
function inheritedGroup({ entries }: Sysroot, path: string): string | null {
  const directory = entries.get(path.slice(0, path.lastIndexOf('/')))
  const isInherited = directory?.kind === 'directory' && (directory.mode & setgid) !== 0
  return isInherited ? (directory.owner.split(':')[1] ?? null) : null
}

// Linux: PATH_MAX without the final NUL, and NAME_MAX, in bytes.
const maxPathLength = 4095
const maxNameLength = 255

/** Why nothing can be written at a path, or null. */
export function obstacleAt({ entries }: Sysroot, path: string): Obstacle | null {
  const isTooLong =
    encodeUtf8(path).length > maxPathLength ||
    path.split('/').some(name => encodeUtf8(name).length > maxNameLength)
  if (path.includes('\0') || isTooLong) return { cause: 'path-not-creatable', detail: path }
  const file = parentsOf(path).find(parent => entries.get(parent)?.kind === 'file')
  return file === undefined ? null : { cause: 'below-file', detail: file }
}

/** Removes an entry with everything below it. */
export function removeAll({ entries, parents, hardLinks }: Sysroot, path: string): void {
  const isRemoved = (other: string) => other === path || other.startsWith(`${path}/`)
  for (const set of [entries, parents, hardLinks]) {
    for (const other of [...set.keys()].filter(isRemoved)) set.delete(other)
  }
}

/** Where Ignition writes a path: there, nowhere because of an obstacle, or on a way that is not modelled. */
export type Resolved =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'obstacle'; readonly obstacle: Obstacle }
  | { readonly kind: 'unknown' }

/**
 * Resolves a path as Ignition does: each directory that is a link becomes the target of the link, once,
 * and the last name stays. A link that remains is resolved by the kernel.
 */
export function resolvePath(sysroot: Sysroot, path: string): Resolved {
  const names = path.split('/').filter(name => name !== '')
  const last = names.pop() ?? ''
  let directory = '/'
  for (const name of names) {
    const joined = absolute(`${directory}/${name}`)
    const obstacle = obstacleAt(sysroot, joined)
    if (obstacle !== null) return { kind: 'obstacle', obstacle }
    const entry = sysroot.entries.get(joined)
    directory = entry?.kind === 'link' ? linkTarget(directory, entry.target) : joined
  }
  const real = realPath(sysroot, directory)
  if (real === null || (real !== directory && !isDirectory(sysroot, real))) {
    return { kind: 'unknown' }
  }
  return { kind: 'path', path: absolute(`${real}/${last}`) }
}

function isDirectory({ entries, parents }: Sysroot, path: string): boolean {
  return parents.has(path) || entries.get(path)?.kind === 'directory'
}

/** The absolute path of a link's target; `parent` is the directory of the link. */
function linkTarget(parent: string, target: string): string {
  return target.startsWith('/') ? absolute(target) : absolute(`${parent}/${target}`)
}

// Linux: the number of links after which a path is refused.
const maxLinks = 40

/** The path without links, or null where one leads out of the file system, or to itself. */
export function realPath({ entries }: Sysroot, path: string): string | null {
  let links = 0
  const names = path.split('/').reverse()
  let real = '/'
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    // The kernel resolves on the root of the initramfs, where the file system is at /sysroot.
    if (name === '..' && real === '/') return null
    const joined = absolute(`${real}/${name}`)
    const entry = entries.get(joined)
    if (entry?.kind !== 'link') real = joined
    else if (entry.target.startsWith('/') || ++links > maxLinks) return null
    else names.push(...entry.target.split('/').reverse())
  }
  return real
}
