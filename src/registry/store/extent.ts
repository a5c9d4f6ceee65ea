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

/** A file, or a generated document in memory. */
interface Source {
  readonly path: string
  /** Inode, size and time of the file when it was indexed; a file that changed since is not read. */
  readonly fileVersion: string
  /** The content of a document in memory. */
  readonly bytes: Buffer | undefined
}

/** Bytes of a file or of a document in memory. */
export interface Extent extends Source {
  readonly offset: number
  readonly size: number
  /** The digest of the bytes; undefined if it was not computed. */
  digest: Promise<string> | undefined
}

/** The files of a directory or archive by clean path. */
export type Listing = ReadonlyMap<string, Extent>

/** A whole file. */
export function fileExtent(path: string): Extent {
  const stats = fs.statSync(path)
  if (!stats.isFile()) throw new Error('not a regular file')
  return extentOf({ path, fileVersion: fileVersionOf(stats), bytes: undefined }, 0, stats.size)
}

/** A JSON document in memory. */
export function memoryExtent(document: object): Extent {
  const bytes = Buffer.from(JSON.stringify(document))
  return extentOf({ path: '', fileVersion: '', bytes }, 0, bytes.length)
}

/** A part of an extent; the offset counts from the start of the extent. */
export function partOf(extent: Extent, offset: number, size: number): Extent {
  return extentOf(extent, extent.offset + offset, size)
}

function extentOf(source: Source, offset: number, size: number): Extent {
  return { ...source, offset, size, digest: undefined }
}

function fileVersionOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}`
}

/** Throws an error if the file of an extent changed since it was indexed. */
function checkVersion({ path, fileVersion, bytes }: Extent): void {
  if (!bytes && fileExtent(path).fileVersion !== fileVersion) throw changed()
}

function changed(): Error {
  return new Error('changed since it was indexed: reload the registry (SIGHUP)')
}

function openIndexed(extent: Extent): number {
  // Checked before opening: opening a FIFO would block the program.
  checkVersion(extent)
  return fs.openSync(extent.path, 'r')
}

/** Reads bytes; the offset counts from the start of the extent. At the end of the file there are fewer. */
export type ReadBytes = (offset: number, size: number) => Buffer

/** Opens the file of an extent, calls `use` and closes the file. */
export function withFile<T>(extent: Extent, use: (read: ReadBytes) => T): T {
  const fd = openIndexed(extent)
  try {
    return use((offset, size) => {
      const buffer = Buffer.alloc(size)
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, size, extent.offset + offset))
    })
  } finally {
    fs.closeSync(fd)
  }
}

/** Reads an extent or its first bytes; only for small sizes. */
export function readExtent(extent: Extent, maxBytes = extent.size): Buffer {
  const { bytes, offset, size } = extent
  const length = Math.min(size, maxBytes)
  if (bytes) return bytes.subarray(offset, offset + length)
  return withFile(extent, read => read(0, length))
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
        throw changed()
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

/** The first copy that has the digest; throws the problem of the last copy. A digest is computed once. */
export async function findIntact(copies: readonly Extent[], digest: string): Promise<Extent> {
  let problem = 'not in the bundle'
  for (const copy of copies) {
    try {
      copy.digest ??= digestOf(copy, digest.split(':')[0])
      const actual = await copy.digest
      // A file that was replaced after its digest was computed is not damaged.
      checkVersion(copy)
      if (actual === digest) return copy
      problem = `${copy.path}: damaged`
    } catch (error) {
      // A file that cannot be read now may be readable later.
      copy.digest = undefined
      problem = `${copy.path}: ${(error as Error).message}`
    }
  }
  throw new Error(problem)
}
