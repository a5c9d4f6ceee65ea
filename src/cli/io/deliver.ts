/**
 * Files on their way to the disk: all or none, each under its name only when it is complete, and
 * none over what somebody else wrote. What gen-node wrote it remembers in `.gen-node` beside its
 * output, in the form that `sha256sum -c .gen-node` reads: a file whose digest is no longer there
 * was edited, and one that never was there is not ours. The record travels with the files.
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

/** Nothing, or why not a single file was written: one sentence each. */
export type Delivered = readonly string[]

const record = '.gen-node'

/** Flushing each of thousands of files takes longer than making them all again. */
const maxFlushed = 64

/** Writes the files into `folder`. */
export async function deliver(
  folder: string,
  deliveries: readonly Delivery[],
  force: boolean,
): Promise<Delivered> {
  try {
    const known = readRecord(folder)
    const digests = new Map(known)
    const conflicts: string[] = []
    const pending: Delivery[] = []
    for (const one of deliveries) {
      const path = join(folder, one.path)
      const state = await stateOf(path, one.bytes, known.get(one.path))
      if (state !== 'same') pending.push(one)
      else if (one.secret) setMode(path, 0o600)
      if (state === 'folder' || (!force && state in sentences)) {
        conflicts.push(`${path} ${sentences[state as keyof typeof sentences]}`)
      }
      digests.set(one.path, sha256(one.bytes))
    }
    if (conflicts.length > 0) return conflicts
    await writeAll(folder, [...pending, recordOf(digests)])
    return []
  } catch (error) {
    if (!isSystemError(error)) throw error
    return [`cannot write into ${folder}: ${describeError(error)}`]
  }
}

/** What earlier runs wrote into the folder and is still there, by its path in it. */
export function writtenInto(folder: string): readonly string[] {
  return [...readRecord(folder).keys()].filter(path => fileType(join(folder, path)) === 'file')
}

/** Writes into a device or a pipe, which has neither an owner nor a half. */
export function deliverInto(path: string, bytes: Uint8Array): Delivered {
  try {
    writeDevice(path, bytes)
    return []
  } catch (error) {
    if (!isSystemError(error)) throw error
    return [`cannot write to ${path}: ${describeError(error)}`]
  }
}

const sentences = {
  folder: 'is a folder',
  foreign: 'was not written by gen-node',
  edited: 'was edited since gen-node wrote it',
} as const

type State = 'new' | 'same' | 'ours' | keyof typeof sentences

async function stateOf(path: string, bytes: Uint8Array, known: string | undefined): Promise<State> {
  const kind = fileType(path)
  if (kind === 'nothing') return 'new'
  if (kind !== 'file') return kind === 'folder' ? 'folder' : 'foreign'
  const read = readFile(path)
  if (!read.ok) return 'foreign'
  if (Buffer.compare(read.value, bytes) === 0) return 'same'
  if (known === undefined) return 'foreign'
  return sha256(read.value) === known ? 'ours' : 'edited'
}

function readRecord(folder: string): ReadonlyMap<string, string> {
  const read = readFile(join(folder, record))
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
  return { path: record, bytes: Buffer.from(text), secret: false }
}

/** Everything under temporary names first; the names change when all is there. */
async function writeAll(folder: string, deliveries: readonly Delivery[]): Promise<void> {
  const temporary: { readonly from: string; readonly to: string }[] = []
  const folders: string[] = []
  const undo = () => {
    for (const { from } of temporary) removeFile(from)
    removeEmptyFolders(folders)
  }
  const calm = onInterrupt(undo)
  try {
    const made = new Set<string>()
    for (const [at, { path, bytes, secret }] of deliveries.entries()) {
      const to = join(folder, path)
      const parent = dirname(to)
      if (!made.has(parent)) folders.push(...makeFolder(parent))
      made.add(parent)
      const from = join(parent, `.${basename(to)}.${temporarySuffix}`)
      temporary.push({ from, to })
      writeNewFile(from, bytes, secret ? 0o600 : 0o666, deliveries.length <= maxFlushed)
      if (at % 64 === 63) await yieldToEventLoop()
    }
    for (const { from, to } of temporary) renameFile(from, to)
  } catch (error) {
    undo()
    throw error
  } finally {
    calm()
  }
}
