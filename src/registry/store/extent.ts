import crypto from 'node:crypto'
import fs, { type Stats } from 'node:fs'
import util from 'node:util'

// Everything that is served is an extent. Indexing reads synchronously: headers and short texts
// only, where waiting costs more than reading. What may be large is streamed.

const small = 1 << 16
// Two hundred clients' buffers must fit the unit's memory, and one client must be fast.
const bufferBytes = 4 << 20
let streams = 0
const readInto = util.promisify(fs.read)

/** Whether bytes are those of a digest; undefined where they could not be read. */
type Verdict = boolean | undefined

/** A run of bytes: in a file, where they lie, or made at the start and kept. */
export interface Extent {
  readonly path: string
  /** The file as it was when the index was made; one that changed since is no longer it. */
  readonly stamp: string
  readonly at: number
  readonly size: number
  readonly held?: Buffer
  /** What is known, or being found out, of its bytes: whether they are those of its digest. */
  sound?: Verdict | Promise<Verdict>
}

/** What a container holds: clean path to bytes. */
export type Listing = ReadonlyMap<string, Extent>

/** A whole file, with what stat knows of it, so that a later look can tell whether it is the same. */
export function wholeFile(path: string): Extent {
  const found = fs.statSync(path)
  if (!found.isFile()) throw new Error(`${path} is no regular file`)
  return { path, stamp: stampOf(found), at: 0, size: found.size }
}

function stampOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}`
}

/** Opens the file that was indexed; one that was replaced, cut or written since is refused. */
export function openIndexed(extent: Extent): number {
  const { path, stamp } = extent
  // Looked at before it is opened: opening a FIFO would hold the program for ever.
  if (wholeFile(path).stamp === stamp) return fs.openSync(path, 'r')
  throw changed(extent)
}

function changed({ path }: Extent): Error {
  return new Error(`${path} has changed`)
}

/** Reads an extent, or its beginning; only for what is known to be small. */
export function readExtent(extent: Extent, most = extent.size): Buffer {
  const { held, at, size } = extent
  const length = Math.min(size, most)
  if (held) return held.subarray(at, at + length)
  const fd = openIndexed(extent)
  try {
    return readAt(fd, at, length)
  } finally {
    fs.closeSync(fd)
  }
}

/** Reads bytes of an open file; fewer where it ends. */
export function readAt(fd: number, at: number, size: number): Buffer {
  const buffer = Buffer.alloc(size)
  return buffer.subarray(0, fs.readSync(fd, buffer, 0, size, at))
}

/** Tells whether an extent begins as a tar does. */
export function isTar(extent: Extent): boolean {
  return readExtent(extent, 262).includes('ustar', 257)
}

/** Tells whether an extent begins as gzip does. */
export function isGzip(extent: Extent): boolean {
  return readExtent(extent, 2).includes('1f8b', 'hex')
}

/** Streams an extent of any size, each piece good until the next but one; what does not open throws at once. */
export function streamExtent(extent: Extent): AsyncIterable<Buffer> | Iterable<Buffer> {
  const { held, size } = extent
  return held || size <= small ? [readExtent(extent)] : piecesOf(extent, openIndexed(extent))
}

// Two halves of one buffer take turns, so that a piece is sent while the next is read, and a client
// costs no more however much it takes, however slowly.
async function* piecesOf(extent: Extent, fd: number): AsyncGenerator<Buffer> {
  const { at, size, stamp } = extent
  const half = Math.max(Math.min(bufferBytes / ++streams, 1 << 20), small) >> 1
  const buffer = Buffer.allocUnsafeSlow(half * 2)
  let from = 0
  try {
    for (let left = size; left > 0; ) {
      from = half - from
      const want = Math.min(left, half)
      const { bytesRead } = await readInto(fd, buffer, from, want, at + size - left)
      left -= bytesRead
      // The last piece of a file that was written to meanwhile is held back: no client may take it
      // for whole.
      if (!bytesRead || (!left && stampOf(fs.fstatSync(fd)) !== stamp)) throw changed(extent)
      yield buffer.subarray(from, from + bytesRead)
    }
  } finally {
    streams--
    fs.closeSync(fd)
  }
}

/** Feeds an extent to a hash or to a signature's check. */
export async function feed<T extends { update(piece: Buffer): unknown }>(
  extent: Extent,
  sum: T,
): Promise<T> {
  for await (const piece of streamExtent(extent)) sum.update(piece)
  return sum
}

/** The digest of bytes. */
export async function digestOf(extent: Extent, algorithm = 'sha256'): Promise<string> {
  const sum = await feed(extent, crypto.createHash(algorithm))
  return `${algorithm}:${sum.digest('hex')}`
}

/** A document that is made, not found. */
export function made(document: object): Extent {
  const held = Buffer.from(JSON.stringify(document))
  return { path: '', stamp: '', at: 0, size: held.length, held }
}

/** Reads an extent through, once, and tells whether its bytes are those of the digest. */
export function isSound(extent: Extent, digest: string): Verdict | Promise<Verdict> {
  extent.sound ??= digestOf(extent, digest.slice(0, 6)).then(
    own => {
      extent.sound = own === digest
      return extent.sound
    },
    // What cannot be read now may be later.
    () => {
      extent.sound = undefined
      return false
    },
  )
  return extent.sound
}
