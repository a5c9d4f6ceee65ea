/** Files and folders. A function that fails returns a reason or throws the error of the system. */
import * as fs from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import process from 'node:process'
import { describeError, errorCode } from './system-error.ts'

export { basename, dirname, join, resolve }

/** A value that was read, or the reason why it could not be read. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

/** The SHA-256 digest of bytes in hex. */
export function sha256(bytes: Uint8Array): string {
  // Loaded on demand: most calls write to stdout and need no digest.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(bytes).digest('hex')
}

/** The bytes of a file; of a larger file the first `maxBytes` + 1 bytes. */
export function readFile(path: string, maxBytes = Number.POSITIVE_INFINITY): Read<Uint8Array> {
  try {
    const stat = fs.statSync(path)
    if (stat.isDirectory()) return { ok: false, reason: 'it is a folder' }
    if (stat.size <= maxBytes) return { ok: true, value: fs.readFileSync(path) }
    const bytes = new Uint8Array(maxBytes + 1)
    const file = fs.openSync(path, 'r')
    fs.readSync(file, bytes)
    fs.closeSync(file)
    return { ok: true, value: bytes }
  } catch (error) {
    return { ok: false, reason: describeError(error) }
  }
}

/** The real path of a file that a spec refers to; `outside` where it is not below the folder. */
export function locateBelow(
  folder: string,
  reference: string,
): Read<string> | { readonly outside: true } {
  try {
    const base = fs.realpathSync(folder)
    const path = resolve(base, reference)
    // Checked before the file is looked up: a path outside must not reveal whether a file exists.
    if (!isBelow(base, path) && !isBelow(resolve(folder), path)) return { outside: true }
    const real = fs.realpathSync(path)
    return isBelow(base, real) ? { ok: true, value: real } : { outside: true }
  } catch (error) {
    return { ok: false, reason: describeError(error) }
  }
}

function isBelow(base: string, path: string): boolean {
  return path === base || path.startsWith(base.endsWith(sep) ? base : base + sep)
}

/** The type of a file, without following a symbolic link. */
export type FileType = 'file' | 'folder' | 'link' | 'other' | 'nothing'

/** The type of the file at a path; a symbolic link is not followed. */
export function fileType(path: string): FileType {
  const stat = statOf(fs.lstatSync, path)
  if (stat === undefined) return 'nothing'
  if (stat.isSymbolicLink()) return 'link'
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
}

/** The status of a file, or undefined where the path has no file. */
function statOf(stat: (path: string) => fs.Stats, path: string): fs.Stats | undefined {
  try {
    return stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error))) return undefined
    throw error
  }
}

/** The type of the file at a path; a symbolic link is followed unless its target is missing. */
export function targetType(path: string): FileType {
  const stat = statOf(fs.statSync, path)
  if (stat === undefined) return fileType(path)
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
}

/** The target of a symbolic link to a file, or the path itself. */
export function resolveSymlink(path: string): string {
  return fileType(path) === 'link' && targetType(path) === 'file' ? fs.realpathSync(path) : path
}

/** The names in a folder, sorted; an empty list where there is no folder. */
export function listFolder(folder: string): readonly string[] {
  return targetType(folder) === 'folder' ? fs.readdirSync(folder).sort() : []
}

/** Whether the file has an execute bit. */
export function isExecutable(path: string): boolean {
  return (fs.statSync(path).mode & 0o111) !== 0
}

/** The target of a symbolic link, as written. */
export function linkTarget(path: string): string {
  return fs.readlinkSync(path)
}

/** Makes a folder and its parents; returns the folders that it made, the deepest last. */
export function makeFolder(path: string): readonly string[] {
  if (targetType(path) === 'folder') return []
  // One by one: Node's `recursive` option loops where mkdir fails with ENOENT, as in /proc.
  const parents = dirname(path) === path ? [] : makeFolder(dirname(path))
  fs.mkdirSync(path)
  return [...parents, path]
}

/** Removes the folders that are empty, the last first. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    if (fileType(folder) === 'folder' && listFolder(folder).length === 0) fs.rmdirSync(folder)
  }
}

/** Writes a new file; throws EEXIST where the path exists. `flush` calls fsync. */
export function writeNewFile(path: string, bytes: Uint8Array, mode: number, flush: boolean): void {
  const file = fs.openSync(path, 'wx', mode)
  try {
    for (let offset = 0; offset < bytes.length; ) offset += fs.writeSync(file, bytes, offset)
    if (flush) fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Writes to a pipe or a device. */
export function writeDevice(path: string, bytes: Uint8Array): void {
  fs.writeFileSync(path, bytes)
}

/** Renames a file; an existing target is replaced. */
export function renameFile(from: string, to: string): void {
  fs.renameSync(from, to)
}

/** Sets permission bits; the umask does not apply. */
export function setMode(path: string, mode: number): void {
  fs.chmodSync(path, mode)
}

/** Makes a symbolic link at `path`. */
export function makeLink(target: string, path: string): void {
  fs.symlinkSync(target, path)
}

/** Removes a file or a symbolic link, where it exists. */
export function removeFile(path: string): void {
  fs.rmSync(path, { force: true })
}

/** Removes a folder with its content, where it exists. */
export function removeFolder(path: string): void {
  fs.rmSync(path, { recursive: true, force: true })
}

/** Suffix of temporary files: no other running gen-node uses it. */
export const temporarySuffix = `gen-node-${process.pid}`
