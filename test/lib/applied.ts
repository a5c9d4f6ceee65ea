/** The result of a real configuration tool as a Tree, so that it can be compared with a plan. */
import { compareText } from '../../src/codec/text.ts'
import { sortTree, type Tree, type TreeEntry, type TreeUser } from '../../src/plan/tree.ts'
import type { Account, BoxResult, FoundEntry } from './box.ts'

/** A root file system after a configuration tool has run. */
export interface Applied {
  /** New or changed entries, by path; without the tool's own files. */
  readonly entries: readonly FoundEntry[]
  /** Directories that existed before and did not change. */
  readonly unchangedDirectories: readonly FoundEntry[]
  /** Units that the tool enabled, sorted. */
  readonly enabled: readonly string[]
  /** Accounts that are new, or that got keys, by name. */
  readonly users: readonly TreeUser[]
}

/**
 * The tree to compare with the wanted one. A parent directory that is not wanted is left out if it is
 * plain (0755 root:root) and has entries; a wanted directory that existed before is included.
 */
export function appliedTree(applied: Applied, wanted: Tree): Tree {
  const wantedPaths = new Set(wanted.entries.map(entry => entry.path))
  const entries = applied.entries.filter(
    entry => wantedPaths.has(entry.path) || !isPlainParent(entry, applied.entries),
  )
  const unchanged = applied.unchangedDirectories.filter(entry => wantedPaths.has(entry.path))
  return sortTree({
    entries: [...entries, ...unchanged].map(treeEntryOf),
    enabled: applied.enabled,
    users: applied.users.map(user => withKeyOrder(user, wanted.users)),
  })
}

/** Equal keys take the wanted order: cloud-init has them in a set. */
function withKeyOrder(user: TreeUser, wanted: readonly TreeUser[]): TreeUser {
  const keys = wanted.find(({ name }) => name === user.name)?.authorizedKeys ?? []
  const same = JSON.stringify([...keys].sort()) === JSON.stringify([...user.authorizedKeys].sort())
  return same ? { ...user, authorizedKeys: keys } : user
}

function isPlainParent(entry: FoundEntry, all: readonly FoundEntry[]): boolean {
  return (
    entry.kind === 'directory' &&
    entry.mode === 0o755 &&
    entry.owner === 'root:root' &&
    all.some(other => other.path.startsWith(`${entry.path}/`))
  )
}

function treeEntryOf(found: FoundEntry): TreeEntry {
  const { path, mode, owner } = found
  if (found.kind === 'file') return { kind: 'file', path, mode, owner, content: found.content }
  if (found.kind === 'link') return { kind: 'link', path, mode, owner, target: found.target }
  if (found.kind === 'directory') return { kind: 'directory', path, mode, owner }
  throw new Error(`${path} is neither a file nor a directory nor a link`)
}

/** The entries whose path matches none of the patterns. */
export function without(
  entries: readonly FoundEntry[],
  patterns: readonly RegExp[],
): readonly FoundEntry[] {
  return entries.filter(entry => !patterns.some(pattern => pattern.test(entry.path)))
}

/** The lines of an authorized_keys file, without comments. */
export function keysOf(content: Uint8Array): readonly string[] {
  return Buffer.from(content)
    .toString()
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
}

/** Accounts with keys, and accounts that are new in the box's passwd. */
export function usersOf(
  result: BoxResult,
  known: readonly string[],
  keysAt: (account: Account) => readonly string[],
): readonly TreeUser[] {
  return result.accounts
    .map(account => ({
      name: account.name,
      authorizedKeys: result.entries.flatMap(entry =>
        entry.kind === 'file' && keysAt(account).includes(entry.path) ? keysOf(entry.content) : [],
      ),
    }))
    .filter(user => user.authorizedKeys.length > 0 || !known.includes(user.name))
    .sort((a, b) => compareText(a.name, b.name))
}
