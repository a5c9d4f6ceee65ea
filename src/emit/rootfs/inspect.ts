/** The tree that a tar archive of any origin creates in the root file system over which it is unpacked. */
import { parseTar, type SpecialTarEntry, type TarEntry } from '../../codec/tar.ts'
import { type TreeEntry, unitDirectory } from '../../plan/tree.ts'
import { failure, type Outcome, success } from '../../report/diagnostic.ts'
import type { InspectedTree, Unmodelled } from '../emitter.ts'
import { absolute, emptyState, toTree, unmodelledNotes } from '../foreign/machine-state.ts'
import { report } from '../rules.ts'
import { impliedComment, parseEnabled } from './comments.ts'

/** The tree of an archive; without entries that are only implied by others. */
export function inspectRootfs(bytes: Uint8Array): Outcome<InspectedTree> {
  const tar = parseTar(bytes)
  if (tar === null) {
    const args = { what: 'the archive', cause: 'bad-tar', detail: '' } as const
    return failure([report('inspect/unreadable', [], args)])
  }
  const entries = new Map<string, TreeEntry>()
  const hardLinks = new Map<string, string>()
  const unmodelled: Unmodelled[] = []
  for (const entry of tar.entries.filter(entry => !isImplied(entry))) {
    const treeEntry = treeEntryOf(entries, entry)
    if (treeEntry === null) {
      const what = `the archive entry ${entry.path}`
      unmodelled.push({ path: [], what, text: JSON.stringify(entry) })
    } else if (treeEntry.path !== '/') {
      entries.set(treeEntry.path, treeEntry)
      hardLinks.delete(treeEntry.path)
      if (entry.kind === 'hard-link') hardLinks.set(treeEntry.path, absolute(entry.target))
    }
  }
  const enabled = new Set(parseEnabled(tar.comment))
  const state = { ...emptyState, entries, hardLinks, enabled, unmodelled }
  return success(toTree(state, { format: 'rootfs', parts: [] }), unmodelledNotes(state))
}

/** A link that enables a unit; the comment of any other entry is ignored, so that nothing is hidden. */
function isImplied({ kind, path, comment }: TarEntry | SpecialTarEntry): boolean {
  return (
    comment === impliedComment && kind === 'link' && absolute(path).startsWith(`${unitDirectory}/`)
  )
}

/** The tree entry of an archive entry; a hard link is a second entry of its file. */
function treeEntryOf(
  entries: ReadonlyMap<string, TreeEntry>,
  entry: TarEntry | SpecialTarEntry,
): TreeEntry | null {
  const path = absolute(entry.path)
  const { mode } = entry
  const owner = `${nameOf(entry.user, entry.uid)}:${nameOf(entry.group, entry.gid)}`
  switch (entry.kind) {
    case 'file':
      return { kind: 'file', path, mode, owner, content: entry.content }
    case 'directory':
      return { kind: 'directory', path, mode, owner }
    case 'link':
      return { kind: 'link', path, mode: 0o777, owner, target: entry.target }
    case 'hard-link': {
      const file = entries.get(absolute(entry.target))
      return file?.kind === 'file' ? { ...file, path } : null
    }
    case 'special':
      return null
  }
}

function nameOf(name: string, id: number): string {
  if (name !== '') return name
  return id === 0 ? 'root' : String(id)
}
