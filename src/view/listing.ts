/** A tree as a list of its entries: for people and for programs. */
import { sha256 } from '../codec/hash.ts'
import type { InspectedTree } from '../emit/emitter.ts'
import { printMode, type TreeEntry } from '../plan/tree.ts'
import { printableName } from './printable.ts'

/**
 * A JSON array, the output of `inspect --json`: one object per entry, sorted by path, then one per enabled
 * unit and one per user, which have a name and no path.
 */
export function renderJsonListing({ entries, enabled, users, hardLinks }: InspectedTree): string {
  const records = [
    ...entries.map(entry => recordOf(entry, hardLinks)),
    ...enabled.map(name => ({ kind: 'unit', name, enabled: true })),
    ...users.map(({ name, authorizedKeys }) => ({ kind: 'user', name, authorizedKeys })),
  ]
  return `${JSON.stringify(records, null, 2)}\n`
}

/**
 * One line per entry: mode, owner, size in bytes, SHA-256 digest, path; then the enabled units and the
 * users. A terminal gets fewer digits of a digest, so that paths begin on its first 80 columns.
 */
export function renderListing(
  { entries, enabled, users, hardLinks }: InspectedTree,
  digits: number,
): string {
  const rows = renderTable(entries.map(entry => rowOf(entry, hardLinks, digits)))
  const names = users.map(
    ({ name, authorizedKeys: { length } }) =>
      `${name} (${length} ${length === 1 ? 'key' : 'keys'})`,
  )
  return [
    rows,
    enabled.length === 0 ? '' : `enabled: ${printableName(enabled.join(' '))}\n`,
    names.length === 0 ? '' : `users: ${printableName(names.join(', '))}\n`,
  ].join('')
}

/** The digits of a SHA-256 digest in a listing for a pipe, and for a terminal. */
export const digestDigits = { pipe: 64, terminal: 12 } as const

type HardLinks = InspectedTree['hardLinks']

/** The target of a hard link is a file of the tree; its kind is that of the file. */
function recordOf(entry: TreeEntry, hardLinks: HardLinks) {
  const isFile = entry.kind === 'file'
  return {
    path: entry.path,
    kind: entry.kind,
    mode: printMode(entry.mode),
    owner: entry.owner,
    size: isFile ? entry.content.length : null,
    sha256: isFile ? sha256(entry.content) : null,
    target: hardLinks.get(entry.path) ?? (entry.kind === 'link' ? entry.target : null),
  }
}

function rowOf(entry: TreeEntry, hardLinks: HardLinks, digits: number): readonly string[] {
  const { mode, owner, size, sha256: digest } = recordOf(entry, hardLinks)
  const name = printableName(`${entry.path}${suffixOf(entry)}`)
  const hardLink = hardLinks.get(entry.path)
  const path = hardLink === undefined ? name : `${name} (hard link to ${printableName(hardLink)})`
  const shownDigest = digest?.slice(0, digits) ?? '-'.padEnd(digits)
  return [mode, printableName(owner), String(size ?? '-'), shownDigest, path]
}

function suffixOf(entry: TreeEntry): string {
  if (entry.kind === 'link') return ` -> ${entry.target}`
  return entry.kind === 'directory' ? '/' : ''
}

/** Columns; a longer owner moves only its own row. */
const maxOwnerWidth = 21

function renderTable(rows: readonly (readonly string[])[]): string {
  const widthOf = (column: number) => Math.max(0, ...rows.map(row => row[column]?.length ?? 0))
  const [ownerWidth, sizeWidth] = [Math.min(widthOf(1), maxOwnerWidth), widthOf(2)]
  return rows
    .map(
      ([mode, owner = '', size = '', digest, path]) =>
        `${mode} ${owner.padEnd(ownerWidth)} ${size.padStart(sizeWidth)} ${digest} ${path}\n`,
    )
    .join('')
}
