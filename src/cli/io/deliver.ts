/**
 * Writes files: all or none, each through a temporary name, and never over a file that gen-node did
 * not write. The record `.gen-node` in the output folder lists the digests of the written files, in
 * the format of `sha256sum -c`: a file with another digest was edited, a file that is not listed was
 * written by another program.
 */
import {
  basename,
  dirname,
  fileType,
  join,
  makeFolder,
  readFile,
  removeEmptyFolders,
  removeFile,
  renameFile,
  setMode,
  sha256,
  temporarySuffix,
  writeDevice,
  writeNewFile,
} from './files.ts'
import { onInterrupt, yieldToEventLoop } from './process.ts'
import { describeError, isSystemError } from './system-error.ts'

/** One file to write; `path` is relative to the folder that is written into. */
export interface Delivery {
  readonly path: string
  readonly bytes: Uint8Array
  readonly secret: boolean
}

/** The reasons why no file was written, one sentence each; empty after success. */
export type Refusals = readonly string[]

const recordName = '.gen-node'

/** For more files, fsync would take longer than rendering all of them again. */
const maxFlushed = 64

/** Writes the files into `folder`. */
export async function deliver(
  folder: string,
  deliveries: readonly Delivery[],
  force: boolean,
): Promise<Refusals> {
  try {
    const known = readRecord(folder)
    const digests = new Map(known)
    const conflicts: string[] = []
    const pending: Delivery[] = []
    for (const delivery of deliveries) {
      const path = join(folder, delivery.path)
      const state = stateOf(path, delivery.bytes, known.get(delivery.path))
      if (state !== 'same') pending.push(delivery)
      else if (delivery.secret) setMode(path, 0o600)
      if (state === 'folder' || (!force && state in conflictTexts)) {
        conflicts.push(`${path} ${conflictTexts[state as keyof typeof conflictTexts]}`)
      }
      digests.set(delivery.path, sha256(delivery.bytes))
    }
    if (conflicts.length > 0) return conflicts
    await writeAll(folder, [...pending, recordOf(digests)])
    return []
  } catch (error) {
    if (!isSystemError(error)) throw error
    return [`cannot write into ${folder}: ${describeError(error)}`]
  }
}

/** The files that earlier runs wrote into the folder and that still exist, relative to it. */
export function previouslyWritten(folder: string): readonly string[] {
  return [...readRecord(folder).keys()].filter(path => fileType(join(folder, path)) === 'file')
}

/** Writes to a device or a pipe: without a record and without a rename. */
export function deliverToDevice(path: string, bytes: Uint8Array): Refusals {
  try {
    writeDevice(path, bytes)
    return []
  } catch (error) {
    if (!isSystemError(error)) throw error
    return [`cannot write to ${path}: ${describeError(error)}`]
  }
}

const conflictTexts = {
  folder: 'is a folder',
  foreign: 'was not written by gen-node',
  edited: 'was edited since gen-node wrote it',
} as const

type State = 'new' | 'same' | 'unchanged' | keyof typeof conflictTexts

function stateOf(path: string, bytes: Uint8Array, known: string | undefined): State {
  const kind = fileType(path)
  if (kind === 'nothing') return 'new'
  if (kind !== 'file') return kind === 'folder' ? 'folder' : 'foreign'
  const read = readFile(path)
  if (!read.ok) return 'foreign'
  if (Buffer.compare(read.value, bytes) === 0) return 'same'
  if (known === undefined) return 'foreign'
  return sha256(read.value) === known ? 'unchanged' : 'edited'
}

function readRecord(folder: string): ReadonlyMap<string, string> {
  const read = readFile(join(folder, recordName))
  const lines = read.ok ? Buffer.from(read.value).toString('utf8').split('\n') : []
  return new Map(
    lines.flatMap(line => {
      const [, digest, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
      return digest === undefined || path === undefined ? [] : [[path, digest] as const]
    }),
  )
}

function recordOf(digests: ReadonlyMap<string, string>): Delivery {
  const lines = [...digests].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = lines.map(([path, digest]) => `${digest}  ${path}\n`).join('')
  // Other users could find a password by trying passwords against the digest of the file that contains it.
  return { path: recordName, bytes: Buffer.from(text), secret: true }
}

/** Writes all files under temporary names, then renames them. */
async function writeAll(folder: string, deliveries: readonly Delivery[]): Promise<void> {
  const renames: { readonly from: string; readonly to: string }[] = []
  const madeFolders: string[] = []
  const undo = () => {
    for (const { from } of renames) removeFile(from)
    removeEmptyFolders(madeFolders)
  }
  const removeInterruptHandler = onInterrupt(undo)
  try {
    const parents = new Set<string>()
    for (const [index, { path, bytes, secret }] of deliveries.entries()) {
      const to = join(folder, path)
      const parent = dirname(to)
      if (!parents.has(parent)) madeFolders.push(...makeFolder(parent))
      parents.add(parent)
      const from = join(parent, `.${basename(to)}.${temporarySuffix}`)
      renames.push({ from, to })
      writeNewFile(from, bytes, secret ? 0o600 : 0o666, deliveries.length <= maxFlushed)
      if (index % 64 === 63) await yieldToEventLoop()
    }
    for (const { from, to } of renames) renameFile(from, to)
  } catch (error) {
    undo()
    throw error
  } finally {
    removeInterruptHandler()
  }
}
