import crypto from 'node:crypto'
import fs, { type Stats } from 'node:fs'
import util from 'node:util'

// All served content is an extent. Indexing reads synchronously, because it reads only headers and short
// documents, for which asynchronous reads are slower. Large content is streamed.

const smallBytes = 1 << 16
// Shared by all streams: the buffers of 200 clients must fit the unit's memory limit.
const bufferBytes = 4 << 20
const maxChunkPairBytes = 1 << 20
// Larger content is sent while its digest is computed, because a slow disk needs longer for it than a
// client waits for the first byte. Shorter content is checked first: after a 404, a client asks its next
// host for all of it, but after a broken response containerd adds the rest from its next host to the
// damaged start, and fails until it has removed that start (1.6.20 and 2.3.7; 2.3.7 failed 20 times).
const maxBytesCheckedFirst = 256 << 20
let openStreams = 0
const readFile = util.promisify(fs.read)

/** Bytes of a file or of a document in memory. */
export interface Extent {
  /** Empty for a generated document. */
  readonly path: string
  /** Inode, size and times of the file when it was indexed; a file that changed since is not read. */
  readonly fileVersion: string
  readonly offset: number
  readonly size: number
  /** The content, if it is in memory. */
  bytes: Buffer | undefined
}

/** The files of a directory or archive by clean path. */
export type Listing = ReadonlyMap<string, Extent>

// By file and version, so that a reload computes no digest again.
const digests = new Map<string, Promise<string>>()

/** A whole file. */
export function fileExtent(path: string): Extent {
  const stats = fs.statSync(path)
  if (!stats.isFile()) throw new Error('not a regular file')
  return { path, fileVersion: versionOf(stats), offset: 0, size: stats.size, bytes: undefined }
}

/** A JSON document in memory. */
export function memoryExtent(document: object): Extent {
  const fileVersion = JSON.stringify(document)
  const bytes = Buffer.from(fileVersion)
  return { path: '', fileVersion, offset: 0, size: bytes.length, bytes }
}

/** A part of an extent; the offset counts from the start of the extent. */
export function partOf(extent: Extent, offset: number, size: number): Extent {
  const bytes = extent.bytes?.subarray(offset, offset + size)
  return { ...extent, offset: extent.offset + offset, size, bytes }
}

function versionOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}-${ctimeMs}`
}

/** Throws an error if these are not the properties of the file when it was indexed. */
function checkVersion({ fileVersion }: Extent, stats: Stats): void {
  if (versionOf(stats) === fileVersion) return
  throw new Error('changed since it was indexed: reload the registry (SIGHUP)')
}

function openFile({ path }: Extent): number {
  // Opening a FIFO would block the program.
  return fs.openSync(path, fs.constants.O_NONBLOCK)
}

/** Reads bytes; the offset counts from the start of the extent. At the end of the file there are fewer. */
export type ReadBytes = (offset: number, size: number) => Buffer

/** Opens the file of an extent, calls `use` and closes the file. */
export function withFile<T>(extent: Extent, use: (read: ReadBytes) => T): T {
  const fd = openFile(extent)
  try {
    const result = use((offset, size) => {
      const buffer = Buffer.alloc(size)
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, size, extent.offset + offset))
    })
    // After the reading: the file may be written to at any moment.
    checkVersion(extent, fs.fstatSync(fd))
    return result
  } finally {
    fs.closeSync(fd)
  }
}

/** Reads an extent or its first bytes; only for small sizes. */
export function readExtent(extent: Extent, maxBytes = extent.size): Buffer {
  const length = Math.min(extent.size, maxBytes)
  return extent.bytes?.subarray(0, length) ?? withFile(extent, read => read(0, length))
}

/** Whether an extent starts like a tar archive. */
export function isTar(extent: Extent): boolean {
  return readExtent(extent, 262).includes('ustar', 257)
}

/** The compression of an extent, by its first bytes. */
export function compressionOf(extent: Extent): '' | 'gzip' | 'zstd' {
  const start = readExtent(extent, 4).toString('hex')
  if (start === '28b52ffd') return 'zstd'
  return start.startsWith('1f8b') ? 'gzip' : ''
}

/** Streams an extent of any size. Each chunk is overwritten after two more reads (double buffer). */
export function streamExtent(extent: Extent): AsyncIterable<Buffer> | Iterable<Buffer> {
  const isSmall = extent.bytes || extent.size <= smallBytes
  return isSmall ? [readExtent(extent)] : readChunks(extent)
}

// A chunk is sent from one half of the buffer while the next chunk is read into the other half, so
// that a slow client needs no more memory than a fast one.
async function* readChunks(extent: Extent): AsyncGenerator<Buffer> {
  const { offset, size } = extent
  const fd = openFile(extent)
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
      // A chunk of a file that changed meanwhile is not sent, so that the client sees incomplete content.
      checkVersion(extent, fs.fstatSync(fd))
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

/** Computes the digest of an extent, once for each version of its file. */
export function digestOf(extent: Extent, algorithm = 'sha256'): Promise<string> {
  const { path, fileVersion, offset, size } = extent
  const key = [path, fileVersion, offset, size, algorithm].join()
  const known = digests.get(key)
  if (known) return known
  const digest = feed(extent, crypto.createHash(algorithm)).then(
    hash => `${algorithm}:${hash.digest('hex')}`,
  )
  digests.set(key, digest)
  // A file that cannot be read now may be readable later.
  digest.catch(() => digests.delete(key))
  return digest
}

/**
 * The first copy that has the digest; throws the problem of the last copy. To be sent, a copy is also
 * unchanged, and a large copy is returned before its digest is computed.
 */
export async function findIntact(
  copies: readonly Extent[],
  digest: string,
  isSent = false,
): Promise<Extent> {
  let problem = new Error('not in the bundle')
  for (const copy of copies) {
    try {
      // A file that was replaced after its digest was computed is not damaged.
      if (isSent && copy.path) checkVersion(copy, fs.statSync(copy.path))
      const computed = digestOf(copy, digest.split(':')[0])
      const isLarge = isSent && copy.size > maxBytesCheckedFirst
      const actual = isLarge ? await Promise.race([computed, digest]) : await computed
      if (actual !== digest) throw new Error('damaged')
      return copy
    } catch (error) {
      problem = new Error(`${copy.path}: ${(error as Error).message}`)
    }
  }
  throw problem
}
