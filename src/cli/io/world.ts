/**
 * The world: the only file of the command line that touches the disk, the streams, the terminal
 * and the environment. What fails here fails with a sentence, never with an exception.
 */
import * as fs from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import process from 'node:process'

export { basename, dirname, join, resolve }

/** What was read, or why it was not. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string }

/** The environment's variable, or undefined. */
export function variable(name: string): string | undefined {
  return process.env[name]
}

/** The whole environment, for a program of ours that reads its own variables. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** Whether a person looks at (or types into) the stream. */
export function isTerminal(stream: 'stdin' | 'stdout' | 'stderr'): boolean {
  // Loaded when asked for: the module brings streams and sockets with it.
  const { isatty } = process.getBuiltinModule('node:tty')
  return isatty(['stdin', 'stdout', 'stderr'].indexOf(stream))
}

/** Ends with code 130 on an interrupt, after `undo`; the answer takes that back. */
export function onInterrupt(undo: () => void): () => void {
  const interrupted = () => {
    undo()
    process.exit(130)
  }
  // First, so that what must be undone is undone before an earlier listener ends the process.
  process.prependListener('SIGINT', interrupted)
  return () => {
    process.off('SIGINT', interrupted)
  }
}

/** The words of the call. */
export function callArguments(): readonly string[] {
  return process.argv.slice(2)
}

/** Lets an interrupt come through between two stretches of work. */
export function breathe(): Promise<void> {
  return new Promise(done => setImmediate(done))
}

/** Sets the code with which the process ends when nothing is left to do. */
export function endWith(code: number): void {
  process.exitCode = code
}

/** Data for whoever reads gen-node's output. */
export function print(data: string | Uint8Array): void {
  write(1, data)
}

/** Words for whoever watches. */
export function say(text: string): void {
  write(2, text)
}

function write(stream: 1 | 2, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(stream, bytes, at)
    } catch (error) {
      // A pipe that is full and does not block: wait for its reader.
      if (codeOf(error) === 'EAGAIN') Atomics.wait(idle, 0, 0, 5)
      // Its reader has seen enough.
      else if (codeOf(error) === 'EPIPE') process.exit(brokenPipe)
      else if (stream === 2) return
      else {
        write(2, `gen-node: cannot write to stdout: ${reason(error)}\n`)
        process.exit(1)
      }
    }
  }
}

const idle = new Int32Array(new SharedArrayBuffer(4))

/** All of stdin; read without blocking, so that an interrupt ends it. */
export async function readStdin(maxBytes: number): Promise<Read<Uint8Array>> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of process.stdin) {
      chunks.push(chunk)
      length += chunk.length
      if (length > maxBytes) break
    }
  } catch (error) {
    return { ok: false, why: reason(error) }
  }
  return { ok: true, value: Buffer.concat(chunks) }
}

/** The bytes of a file, or one byte more than `maxBytes` of one that is larger. */
export function readFile(path: string, maxBytes = Number.POSITIVE_INFINITY): Read<Uint8Array> {
  try {
    const stat = fs.statSync(path)
    if (stat.isDirectory()) return { ok: false, why: 'it is a folder' }
    if (stat.size <= maxBytes) return { ok: true, value: fs.readFileSync(path) }
    const bytes = new Uint8Array(maxBytes + 1)
    const file = fs.openSync(path, 'r')
    fs.readSync(file, bytes)
    fs.closeSync(file)
    return { ok: true, value: bytes }
  } catch (error) {
    return { ok: false, why: reason(error) }
  }
}

/** Where a reference of a spec really leads: `outside` where that is not below the folder. */
export function locateBelow(
  folder: string,
  reference: string,
): Read<string> | { readonly outside: true } {
  try {
    const base = fs.realpathSync(folder)
    const wanted = resolve(base, reference)
    // Where nothing may be read, not even a file's existence may be told.
    if (!isBelow(base, wanted) && !isBelow(resolve(folder), wanted)) return { outside: true }
    const real = fs.realpathSync(wanted)
    return isBelow(base, real) ? { ok: true, value: real } : { outside: true }
  } catch (error) {
    return { ok: false, why: reason(error) }
  }
}

function isBelow(base: string, path: string): boolean {
  return path === base || path.startsWith(base.endsWith(sep) ? base : base + sep)
}

/** What a name stands for on the disk, without following a link. */
export type Kind = 'file' | 'folder' | 'link' | 'other' | 'nothing'

/** What stands at a path. */
export function kindOf(path: string): Kind {
  const stat = statOf(fs.lstatSync, path)
  if (stat === undefined) return 'nothing'
  if (stat.isSymbolicLink()) return 'link'
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
}

/** Below a file, or in a circle of links, there is nothing. */
function statOf(stat: (path: string) => fs.Stats, path: string): fs.Stats | undefined {
  try {
    return stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) return undefined
    throw error
  }
}

/** What stands at a path or behind the link there. */
export function kindBehind(path: string): Kind {
  const stat = statOf(fs.statSync, path)
  if (stat === undefined) return kindOf(path)
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
}

/** The file behind a link, or the path itself. */
export function follow(path: string): string {
  return kindOf(path) === 'link' && kindBehind(path) === 'file' ? fs.realpathSync(path) : path
}

/** The names in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): readonly string[] {
  return kindBehind(folder) === 'folder' ? fs.readdirSync(folder).sort() : []
}

/** Whether somebody may execute the file. */
export function isExecutable(path: string): boolean {
  return (fs.statSync(path).mode & 0o111) !== 0
}

/** The text of a link. */
export function targetOf(path: string): string {
  return fs.readlinkSync(path)
}

/** The digest by which files are recognised. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(bytes).digest('hex')
}

/** Makes a folder and those above it, and gives those that were not there, the deepest last. */
export function makeFolder(path: string): readonly string[] {
  if (kindBehind(path) === 'folder') return []
  // One by one: Node's `recursive` never ends where the system says "no such file" to a mkdir, as
  // /proc does.
  const above = dirname(path) === path ? [] : makeFolder(dirname(path))
  fs.mkdirSync(path)
  return [...above, path]
}

/** Removes folders, the last first, that nothing is in. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    if (kindOf(folder) === 'folder' && namesIn(folder).length === 0) fs.rmdirSync(folder)
  }
}

/** Writes a new file, flushed to the disk on demand; fails where the name is taken. */
export function writeNew(path: string, bytes: Uint8Array, mode: number, flush: boolean): void {
  const file = fs.openSync(path, 'wx', mode)
  try {
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at)
    if (flush) fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Writes into what is there already: a pipe, a device. */
export function writeInto(path: string, bytes: Uint8Array): void {
  fs.writeFileSync(path, bytes)
}

/** Gives a file its final name, in the place of what had it. */
export function rename(from: string, to: string): void {
  fs.renameSync(from, to)
}

/** Sets permission bits, whatever the umask. */
export function setMode(path: string, mode: number): void {
  fs.chmodSync(path, mode)
}

/** Makes a symbolic link. */
export function makeLink(target: string, path: string): void {
  fs.symlinkSync(target, path)
}

/** Removes a file or a link; what is not there is fine. */
export function remove(path: string): void {
  fs.rmSync(path, { force: true })
}

/** Removes a folder of ours with all that is in it, or nothing. */
export function removeAll(path: string): void {
  fs.rmSync(path, { recursive: true, force: true })
}

/** A part of a file's name that no other running gen-node uses. */
export const ownSuffix = `gen-node-${process.pid}`

/** What the operating system holds against it, in words. */
export function reason(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EEXIST: 'it exists already',
    EISDIR: 'it is a folder',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'its name is too long',
    ENOENT: 'there is no such file',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of its path is no folder',
    EPERM: 'that is not permitted',
    EROFS: 'the file system is read-only',
  }
  const code = codeOf(error)
  return words[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Whether the operating system refused, as opposed to a mistake of ours. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

// What a shell says of a program that SIGPIPE ended: a reader that had enough is no success.
const brokenPipe = 141

/** Ends quietly where a program that writes to stdout by itself has lost its reader. */
export function endWithReader(): void {
  process.stdout.on('error', error => {
    if (codeOf(error) === 'EPIPE') process.exit(brokenPipe)
    write(2, `gen-node: cannot write to stdout: ${reason(error)}\n`)
    process.exit(1)
  })
}
