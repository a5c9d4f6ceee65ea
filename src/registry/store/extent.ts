import crypto from 'node:crypto'
import fs, { type Stats } from 'node:fs'
import util from 'node:util'

// All served content is an extent. Indexing reads synchronously, because it reads only headers and short
// documents, for which asynchronous reads are slower. Large content is streamed.

const smallBytes = 1 << 16
// Shared by all streams: the buffers of 200 clients must fit the unit's memory limit.
const bufferBytes = 4 << 20
const maxChunkPairBytes = 1 << 20
let openStreams = 0
const readFile = util.promisify(fs.read)

/** Bytes in a file, or a generated document in memory. */
export interface Extent {
  readonly path: string
  /** Inode, size and time of the file when it was indexed; a file that changed since is not read. */
  readonly fileVersion: string
  readonly offset: number
  readonly size: number
  /** The content of a document in memory. */
  readonly bytes: Buffer | undefined
  /** Whether the bytes have their digest; undefined if unknown, a promise while it is computed. */
  digestMatches: boolean | Promise<boolean> | undefined
}

/** The files of a directory or archive by clean path. */
export type Listing = ReadonlyMap<string, Extent>

/** A whole file. */
export function fileExtent(path: string): Extent {
  const stats = fs.statSync(path)
  if (!stats.isFile()) throw new Error(`${path} is not a regular file`)
  const { size } = stats
  const fileVersion = fileVersionOf(stats)
  return { path, fileVersion, offset: 0, size, bytes: undefined, digestMatches: undefined }
}

/** A JSON document in memory. */
export function memoryExtent(document: object): Extent {
  const bytes = Buffer.from(JSON.stringify(document))
  const { length: size } = bytes
  return { path: '', fileVersion: '', offset: 0, size, bytes, digestMatches: undefined }
}

/** A part of an extent; the offset counts from the start of the extent. */
export function partOf(extent: Extent, offset: number, size: number): Extent {
  return { ...extent, offset: extent.offset + offset, size, digestMatches: undefined }
}

function fileVersionOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}`
}

/** Opens the file of an extent; throws if it changed since it was indexed. */
export function openIndexed(extent: Extent): number {
  const { path, fileVersion } = extent
  // Checked before opening: opening a FIFO would block the program.
  if (fileExtent(path).fileVersion !== fileVersion) throw changed(extent)
  return fs.openSync(path, 'r')
}

function changed({ path }: Extent): Error {
  return new Error(`${path} has changed since it was indexed; reload with SIGHUP`)
}

/** Reads an extent or its first bytes; only for small sizes. */
export function readExtent(extent: Extent, maxBytes = extent.size): Buffer {
  const { bytes, offset, size } = extent
  const length = Math.min(size, maxBytes)
  if (bytes) return bytes.subarray(offset, offset + length)
  const fd = openIndexed(extent)
  try {
    return readAt(fd, offset, length)
  } finally {
    fs.closeSync(fd)
  }
}

/** Reads bytes of an open file; fewer at its end. */
export function readAt(fd: number, offset: number, size: number): Buffer {
  const buffer = Buffer.alloc(size)
  return buffer.subarray(0, fs.readSync(fd, buffer, 0, size, offset))
}

/** Whether an extent starts like a tar archive. */
export function isTar(extent: Extent): boolean {
  return readExtent(extent, 262).includes('ustar', 257)
}

/** Whether an extent starts like gzip. */
export function isGzip(extent: Extent): boolean {
  return readExtent(extent, 2).includes('1f8b', 'hex')
}

/**
 * Streams an extent of any size; throws at once if the file does not open. Each chunk is
 * overwritten after two more reads (double buffer).
 */
export function streamExtent(extent: Extent): AsyncIterable<Buffer> | Iterable<Buffer> {
  const isSmall = extent.bytes !== undefined || extent.size <= smallBytes
  return isSmall ? [readExtent(extent)] : readChunks(extent, openIndexed(extent))
}

// A chunk is sent from one half of the buffer while the next chunk is read into the other half, so
// that a slow client needs no more memory than a fast one.
async function* readChunks(extent: Extent, fd: number): AsyncGenerator<Buffer> {
  const { offset, size, fileVersion } = extent
  openStreams++
  const pairBytes = Math.min(bufferBytes / openStreams, maxChunkPairBytes)
  const chunkBytes = Math.max(pairBytes, smallBytes) >> 1
  const buffer = Buffer.allocUnsafeSlow(chunkBytes * 2)
  let position = 0
  try {
    for (let remaining = size; remaining > 0; ) {
      position = chunkBytes - position
      const length = Math.min(remaining, chunkBytes)
      const { bytesRead } = await readFile(fd, buffer, position, length, offset + size - remaining)
      remaining -= bytesRead
      // The last chunk of a file that changed meanwhile is not sent, so that the client sees
      // incomplete content.
      const isLast = remaining === 0
      if (bytesRead === 0 || (isLast && fileVersionOf(fs.fstatSync(fd)) !== fileVersion)) {
        throw changed(extent)
      }
      yield buffer.subarray(position, position + bytesRead)
    }
  } finally {
    openStreams--
    fs.closeSync(fd)
  }
}

/** Passes the bytes of an extent to a hash or to the check of a signature. */
export async function feed<T extends { update(chunk: Buffer): unknown }>(
  extent: Extent,
  hash: T,
): Promise<T> {
  for await (const chunk of streamExtent(extent)) hash.update(chunk)
  return hash
}

/** Computes the digest of an extent. */
export async function digestOf(extent: Extent, algorithm = 'sha256'): Promise<string> {
  const hash = await feed(extent, crypto.createHash(algorithm))
  return `${algorithm}:${hash.digest('hex')}`
}

/** Whether the bytes have the digest: computed once and kept in the extent. */
export function matchesDigest(extent: Extent, digest: string): boolean | Promise<boolean> {
  const [algorithm] = digest.split(':')
  extent.digestMatches ??= digestOf(extent, algorithm).then(
    actual => {
      extent.digestMatches = actual === digest
      return extent.digestMatches
    },
    () => {
      // A file that cannot be read now may be readable later.
      extent.digestMatches = undefined
      return false
    },
  )
  return extent.digestMatches
}
