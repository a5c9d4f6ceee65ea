/** A tree onto the disk, below one folder and never outside of it, whatever the tree says. */
import type { Tree, TreeEntry } from '../../index.ts'
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

/** Writes the tree below `folder`, or says why not; owners are not set, only shown by `inspect`. */
export function extract({ entries }: Tree, folder: string, force: boolean): readonly string[] {
  const root = resolve(folder)
  const wrong = [...misplaced(entries), ...occupied(root, entries, force)]
  if (wrong.length > 0) return wrong
  // A new folder has its name when all is in it.
  const isNew = targetType(root) === 'nothing'
  const into = isNew ? `${root}.${temporarySuffix}` : root
  const undo = () => (isNew ? removeFolder(into) : undefined)
  const calm = onInterrupt(undo)
  try {
    putAll(into, entries)
    if (isNew) renameFile(into, root)
    return []
  } catch (error) {
    undo()
    if (!isSystemError(error)) throw error
    return [`cannot extract into ${folder}: ${describeError(error)}`]
  } finally {
    calm()
  }
}

function putAll(root: string, entries: readonly TreeEntry[]): void {
  makeFolder(root)
  // Links come last: nothing is ever written through one of the tree's own.
  for (const entry of entries) if (entry.kind !== 'link') put(join(root, entry.path), entry)
  for (const entry of entries) if (entry.kind === 'link') put(join(root, entry.path), entry)
  // The owner keeps all rights to folders, or nobody could remove what was extracted.
  for (const { kind, path, mode } of entries) {
    if (kind === 'directory') setMode(join(root, path), (mode & 0o777) | 0o700)
  }
}

/** Paths that lead outside, or through something that is no folder. */
function misplaced(entries: readonly TreeEntry[]): readonly string[] {
  const kinds = new Map(entries.map(({ path, kind }) => [path, kind]))
  return entries.flatMap(({ path }) => {
    if (/(?:^|[/\\])\.\.?(?:[/\\]|$)|\0/.test(path)) return [`${shown(path)} is no plain path`]
    const through = parentsOf(path).find(
      parent => (kinds.get(parent) ?? 'directory') !== 'directory',
    )
    return through === undefined
      ? []
      : [`${shown(path)} lies below ${shown(through)}, which is no folder`]
  })
}

function parentsOf(path: string): readonly string[] {
  const steps = path.split('/')
  return steps.slice(1).map((_, at) => steps.slice(0, at + 1).join('/'))
}

/** What stands in the way in a folder that is there already. */
function occupied(root: string, entries: readonly TreeEntry[], force: boolean): readonly string[] {
  const kind = targetType(root)
  if (kind === 'nothing') return []
  if (kind !== 'folder') return [`${root} is no folder`]
  if (!force && listFolder(root).length > 0)
    return [`${root} is not empty; --force extracts into it`]
  const parents = new Set(entries.flatMap(({ path }) => parentsOf(path)))
  return [...parents]
    .filter(parent => parent !== '' && !['folder', 'nothing'].includes(kindUnder(root, parent)))
    .map(parent => `${join(root, parent)} is no folder`)
}

/** What stands there; nothing below something that is no folder, which is told by itself. */
function kindUnder(root: string, path: string): string {
  const blocked = parentsOf(path).some(
    parent => parent !== '' && fileType(join(root, parent)) !== 'folder',
  )
  return blocked ? 'nothing' : fileType(join(root, path))
}

function put(path: string, entry: TreeEntry): void {
  makeFolder(entry.kind === 'directory' ? path : dirname(path))
  if (entry.kind === 'directory') return
  if (fileType(path) !== 'folder') removeFile(path)
  if (entry.kind === 'link') makeLink(entry.target, path)
  else {
    writeNewFile(path, entry.content, 0o600, false)
    // Without the bits that would make it run as somebody else here.
    setMode(path, entry.mode & 0o777)
  }
}

function shown(path: string): string {
  return JSON.stringify(path)
}
