/** A tree as a list of its entries: for people and for programs. */
import { sha256 } from '../codec/hash.ts'
import type { InspectedTree } from '../emit/emitter.ts'
import { printMode, type Tree, type TreeEntry } from '../plan/tree.ts'
import { printableName } from './printable.ts'

/** A JSON array with one object per entry, sorted by path: the output of `inspect --json`. */
export function renderJsonListing({ entries, hardLinks }: InspectedTree): string {
  const records = entries.map(entry => recordOf(entry, hardLinks))
  return `${JSON.stringify(records, null, 2)}\n`
}

/** One line per entry: mode, owner, size in bytes, SHA-256 digest, path. */
export function renderListing({ entries, hardLinks }: InspectedTree): string {
  return renderTable(entries.map(entry => rowOf(entry, hardLinks)))
}

/** Enabled units and users, which have no line among the files. */
export function renderUnitsAndUsers({ enabled, users }: Tree): string {
  const units = enabled.length === 0 ? '' : `enabled: ${printableName(enabled.join(' '))}\n`
  const names = users.map(user => `${user.name} (${user.authorizedKeys.length} keys)`)
  return names.length === 0 ? units : `${units}users: ${printableName(names.join(', '))}\n`
}

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

function rowOf(entry: TreeEntry, hardLinks: HardLinks): readonly string[] {
  const { mode, owner, size, sha256: digest } = recordOf(entry, hardLinks)
  const name = printableName(`${entry.path}${suffixOf(entry)}`)
  const hardLink = hardLinks.get(entry.path)
  const path = hardLink === undefined ? name : `${name} (hard link to ${printableName(hardLink)})`
  return [mode, owner, String(size ?? '-'), digest ?? '-'.padEnd(64), path]
}

function suffixOf(entry: TreeEntry): string {
  if (entry.kind === 'link') return ` -> ${entry.target}`
  return entry.kind === 'directory' ? '/' : ''
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widthOf = (column: number) => Math.max(0, ...rows.map(row => row[column]?.length ?? 0))
  const [ownerWidth, sizeWidth] = [widthOf(1), widthOf(2)]
  return rows
    .map(
      ([mode, owner = '', size = '', digest, path]) =>
        `${mode} ${owner.padEnd(ownerWidth)} ${size.padStart(sizeWidth)} ${digest} ${path}\n`,
    )
    .join('')
}
