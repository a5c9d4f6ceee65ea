/** Writes the tree of a config below one folder, and never outside of it. */
import { type InspectedTree, parentsOf, type TreeEntry } from '../../index.ts'
import {
  dirname,
  fileType,
  join,
  listFolder,
  makeFolder,
  makeLink,
  removeFile,
  removeFolder,
  renameFile,
  resolve,
  setMode,
  targetType,
  temporarySuffix,
  writeNewFile,
} from './files.ts'
import { onInterrupt } from './process.ts'
import { describeError, isSystemError } from './system-error.ts'

/** Writes the tree below `folder`; returns the reasons where it cannot. Owners are not set. */
export function extract(
  { entries }: InspectedTree,
  folder: string,
  force: boolean,
): readonly string[] {
  const root = resolve(folder)
  const reasons = [...unsafePaths(entries), ...conflictsIn(root, entries, force)]
  if (reasons.length > 0) return reasons
  // A new folder is renamed to its final name when it is complete.
  const isNew = targetType(root) === 'nothing'
  const destination = isNew ? `${root}.${temporarySuffix}` : root
  const undo = () => (isNew ? removeFolder(destination) : undefined)
  const removeInterruptHandler = onInterrupt(undo)
  try {
    writeEntries(destination, entries)
    if (isNew) renameFile(destination, root)
    return []
  } catch (error) {
    undo()
    if (!isSystemError(error)) throw error
    return [`cannot extract into ${folder}: ${describeError(error)}`]
  } finally {
    removeInterruptHandler()
  }
}

function writeEntries(root: string, entries: readonly TreeEntry[]): void {
  makeFolder(root)
  // Links last: no file may be written through a link of the tree.
  for (const entry of entries) if (entry.kind !== 'link') writeEntry(join(root, entry.path), entry)
  for (const entry of entries) if (entry.kind === 'link') writeEntry(join(root, entry.path), entry)
  // With owner permissions on all folders, the extracted tree can be removed again.
  for (const { kind, path, mode } of entries) {
    if (kind === 'directory') setMode(join(root, path), (mode & 0o777) | 0o700)
  }
}

/** Paths that lead outside of the folder, or below an entry that is not a folder. */
function unsafePaths(entries: readonly TreeEntry[]): readonly string[] {
  const kinds = new Map(entries.map(({ path, kind }) => [path, kind]))
  return entries.flatMap(({ path }) => {
    if (/(?:^|[/\\])\.\.?(?:[/\\]|$)|\0/.test(path))
      return [`${quoted(path)} contains . or .. or a NUL character`]
    const obstacle = parentsOf(path).find(
      parent => (kinds.get(parent) ?? 'directory') !== 'directory',
    )
    return obstacle === undefined
      ? []
      : [`${quoted(path)} lies below ${quoted(obstacle)}, which is not a folder`]
  })
}

/** Files of an existing folder that prevent the extraction. */
function conflictsIn(
  root: string,
  entries: readonly TreeEntry[],
  force: boolean,
): readonly string[] {
  const kind = targetType(root)
  if (kind === 'nothing') return []
  if (kind !== 'folder') return [`${root} is not a folder`]
  if (!force && listFolder(root).length > 0)
    return [`${root} is not empty; --force extracts into it`]
  const parents = new Set(entries.flatMap(({ path }) => parentsOf(path)))
  return [...parents]
    .filter(parent => !['folder', 'nothing'].includes(typeBelow(root, parent)))
    .map(parent => `${join(root, parent)} is not a folder`)
}

/** The type of a file; `nothing` if a parent is not a folder, because that parent is reported. */
function typeBelow(root: string, path: string): string {
  const blocked = parentsOf(path).some(parent => fileType(join(root, parent)) !== 'folder')
  return blocked ? 'nothing' : fileType(join(root, path))
}

function writeEntry(path: string, entry: TreeEntry): void {
  makeFolder(entry.kind === 'directory' ? path : dirname(path))
  if (entry.kind === 'directory') return
  if (fileType(path) !== 'folder') removeFile(path)
  if (entry.kind === 'link') makeLink(entry.target, path)
  else {
    writeNewFile(path, entry.content, 0o600, false)
    // Without setuid, setgid and sticky bits: they would take effect on this machine.
    setMode(path, entry.mode & 0o777)
  }
}

function quoted(path: string): string {
  return JSON.stringify(path)
}
