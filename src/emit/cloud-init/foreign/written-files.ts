/** The files that write_files has written so far: cloudinit/util.py write_file and chownbyname. */
import { concatBytes } from '../../../codec/bytes.ts'
import { isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { parentsOf } from '../../../plan/path.ts'
import { printMode, type TreeEntry } from '../../../plan/tree.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Unmodelled } from '../../emitter.ts'
import { detailOf } from '../../foreign/detail-texts.ts'
import { type Cause, report } from '../../rules.ts'
import { type FileEntry, type Problem, problem } from './file-entry.ts'
import { everywhere, filesEverywhere, isOfKernel } from './file-system.ts'
import { isUnknown, plainValue, unknownCause } from './unknown.ts'

/** The files and folders, which the functions of this file change. */
export interface Disk {
  readonly files: Map<string, WrittenFile>
  readonly directories: Set<string>
  /** Entries and files whose content is not known: by path, or by the number of the entry. */
  readonly unknown: Map<string, Unmodelled>
  /** Files with a mode that later versions of cloud-init keep, and the diagnostic about it. */
  readonly modes: Map<TreeEntry, Diagnostic>
}

/** A file of the tree. */
export type WrittenFile = Extract<TreeEntry, { kind: 'file' }>

/** An entry of write_files, as it is written and decoded. */
export interface Item {
  readonly entry: FileEntry
  readonly written: Yaml11Map
  readonly index: number
}

/** The disk of a new machine. */
export function emptyDisk(): Disk {
  return {
    files: new Map(),
    directories: new Set(everywhere),
    unknown: new Map(),
    modes: new Map(),
  }
}

/** The files whose content is known. */
export function knownFiles({ files, unknown }: Disk): readonly WrittenFile[] {
  return [...files.values()].filter(({ path }) => !unknown.has(path))
}

/** The reason why a file cannot be written at a path. */
export function obstacleAt({ files, directories }: Disk, path: string): Problem | null {
  if (directories.has(path)) return problem('path-is-directory')
  const file = parentsOf(path).find(parent => files.has(parent) || filesEverywhere.has(parent))
  return file === undefined ? null : problem('below-file', file)
}

/** Writes the content of a file and its mode. */
export function writeFile(disk: Disk, item: Item): readonly Diagnostic[] {
  const { path, mode, content, appends } = item.entry
  const before = disk.files.get(path)
  const cause = unknownContentCause(disk, item)
  const isKnown = before !== undefined && !disk.unknown.has(path)
  disk.files.set(path, {
    kind: 'file',
    path,
    // util.chmod does nothing for mode 0.
    mode: mode === 0 || mode === null ? (before?.mode ?? 0o644) : mode & 0o7777,
    owner: before?.owner ?? 'root:root',
    content: appends && isKnown ? concatBytes([before.content, content]) : content,
  })
  for (const parent of parentsOf(path)) disk.directories.add(parent)
  if (cause === null) {
    disk.unknown.delete(path)
    return []
  }
  leaveOut(disk, item)
  const args = { path, cause, detail: '' }
  return [report('inspect/unknown-content', ['write_files', item.index], args)]
}

function unknownContentCause(disk: Disk, { entry, written }: Item): Cause | null {
  if (isUnknown(written)) return unknownCause(written)
  if (isOfKernel(entry.path)) return 'of-kernel'
  if (entry.isFetched) return 'fetched-since-24.3'
  const isKnown = disk.files.has(entry.path) && !disk.unknown.has(entry.path)
  return entry.appends && !isKnown ? 'appended-to-existing' : null
}

/** Leaves a file out of the tree. */
export function leaveOut({ unknown }: Disk, { entry, written, index }: Item): void {
  const { path, appends, mode } = entry
  const before = appends ? (unknown.get(path)?.text ?? '') : ''
  const what = `the ${((mode ?? 0) & 0o004) === 0 ? 'secret ' : ''}file ${path}`
  unknown.set(path, { path: ['write_files', index], what, text: before + textOf(written) })
}

/** Leaves an entry, or the whole list, out of the tree. */
export function addUnknown(disk: Disk, value: Yaml11, index: number | null): Diagnostic {
  const path = index === null ? ['write_files'] : ['write_files', index]
  const what = index === null ? 'what write_files writes' : `write_files[${index}]`
  disk.unknown.set(what, { path, what, text: textOf(value) })
  return report('inspect/unknown', path, { what, cause: unknownCause(value), detail: '' })
}

function textOf(value: Yaml11): string {
  return detailOf('', plainValue(value))[0]?.text ?? ''
}

/** Changes the owner. Since 25.3 cloud-init then sets the mode again, which chown may have changed. */
export function chown(disk: Disk, { path, user, group, mode }: FileEntry): void {
  const file = disk.files.get(path)
  if (file === undefined || (user === null && group === null)) return
  const [oldUser, oldGroup] = file.owner.split(':')
  const cleared = modeAfterChown(file.mode)
  const changed = { ...file, mode: cleared, owner: `${user ?? oldUser}:${group ?? oldGroup}` }
  disk.files.set(path, changed)
  if (mode === 0 || cleared === file.mode) return
  const args = { before: printMode(cleared), after: printMode(file.mode), since: '25.3' }
  const what = `the mode of ${path}`
  disk.modes.set(changed, report('inspect/version-dependent', [], { what, ...args }))
}

/** The mode of a file after its owner was changed: Linux fs/open.c chown_common. */
export function modeAfterChown(mode: number): number {
  return mode & ~((mode & 0o010) !== 0 ? 0o6000 : 0o4000)
}

/** A mapping without the key `content`. */
export function withoutContent(value: Yaml11): Yaml11 {
  return isMapping(value) ? new Map([...value].filter(([key]) => key !== 'content')) : value
}
