/** What a real configuration tool left on a root, in the words of a Tree, so that both can be compared. */
import { compareText } from '../../src/codec/text.ts'
import { sortTree, type Tree, type TreeEntry, type TreeUser } from '../../src/plan/tree.ts'
import type { Account, BoxResult, Left } from './box.ts'

/** A root after a configuration tool was there. */
export interface Applied {
  /** New or changed, by path; without what the tool leaves of its own. */
  readonly entries: readonly Left[]
  /** Directories that were there before and are as they were. */
  readonly kept: readonly Left[]
  /** Units that were asked to be enabled, sorted. */
  readonly enabled: readonly string[]
  /** Accounts that are new, or that got keys, by name. */
  readonly users: readonly TreeUser[]
}

/**
 * The tree to compare with a wanted one: parent directories that nobody asked for are left out where
 * they are plain (0755 root:root) and something is below them; a wanted directory that was there before counts.
 */
export function treeLeft(applied: Applied, wanted: Tree): Tree {
  const asked = new Set(wanted.entries.map(entry => entry.path))
  const entries = applied.entries.filter(
    entry => asked.has(entry.path) || !isPlainParent(entry, applied.entries),
  )
  const kept = applied.kept.filter(entry => asked.has(entry.path))
  return sortTree({
    entries: [...entries, ...kept].map(treeEntryOf),
    enabled: applied.enabled,
    users: applied.users.map(user => inOrderOf(user, wanted.users)),
  })
}

/** Keys in the wanted order where they are the wanted ones: cloud-init keeps them in a set. */
function inOrderOf(user: TreeUser, wanted: readonly TreeUser[]): TreeUser {
  const keys = wanted.find(({ name }) => name === user.name)?.authorizedKeys ?? []
  const same = JSON.stringify([...keys].sort()) === JSON.stringify([...user.authorizedKeys].sort())
  return same ? { ...user, authorizedKeys: keys } : user
}

function isPlainParent(entry: Left, all: readonly Left[]): boolean {
  return (
    entry.kind === 'directory' &&
    entry.mode === 0o755 &&
    entry.owner === 'root:root' &&
    all.some(other => other.path.startsWith(`${entry.path}/`))
  )
}

function treeEntryOf(left: Left): TreeEntry {
  const { path, mode, owner } = left
  if (left.kind === 'file') return { kind: 'file', path, mode, owner, content: left.content }
  if (left.kind === 'link') return { kind: 'link', path, mode, owner, target: left.target }
  if (left.kind === 'directory') return { kind: 'directory', path, mode, owner }
  throw new Error(`${path} is neither a file nor a directory nor a link`)
}

/** Entries without those whose path matches one of the patterns. */
export function without(entries: readonly Left[], patterns: readonly RegExp[]): readonly Left[] {
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

/** People with keys, and accounts that are not in the box's own passwd. */
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
