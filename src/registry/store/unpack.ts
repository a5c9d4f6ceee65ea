import fs from 'node:fs'
import stream from 'node:stream/promises'
import zlib from 'node:zlib'
import type { ReadContext } from './bundle-reader.ts'
import {
  compressionOf,
  digestOf,
  type Extent,
  fileExtent,
  memoryExtent,
  streamExtent,
} from './extent.ts'

interface ZlibWithZstd {
  readonly createGunzip: typeof zlib.createGunzip
  readonly createZstdDecompress?: typeof zlib.createGunzip
}

const reservedBytes = 64 << 20
const maxIdleMilliseconds = 60_000

/** Unpacks a gzip file into the storage folder, or uses the copy of an earlier start. */
export async function unpack(packed: Extent, path: string, context: ReadContext): Promise<Extent> {
  const { storage, cosignKey, log } = context
  try {
    // Name of the copy: hash of path and offset, inode, size and time.
    const source = [fs.realpathSync(packed.path), packed.offset]
    const prefix = `${storage}/${await digestOf(memoryExtent(source))}`
    const target = `${prefix}-${packed.fileVersion}`
    fs.mkdirSync(storage, { recursive: true, mode: 0o700 })
    const { mode, uid } = fs.statSync(storage)
    if (cosignKey && (mode & 0o22 || uid !== process.getuid?.())) {
      throw new Error('other users can write to it: chmod go-w')
    }
    removeOldCopies(prefix, target, context)
    if (!fs.existsSync(target)) {
      log('info', `unpacking ${path}, ${packed.size} bytes, to ${storage}`)
      await makeCopy(packed, target, context)
    }
    return fileExtent(target)
  } catch (error) {
    throw new Error(`cannot be unpacked to ${storage}: ${(error as Error).message}`)
  }
}

/** Removes copies of other versions of the archive, and parts to which no process writes. */
function removeOldCopies(
  prefix: string,
  target: string,
  { storage, removeCopy }: ReadContext,
): void {
  for (const name of fs.readdirSync(storage)) {
    const path = `${storage}/${name}`
    if (!path.startsWith(prefix) || path === target) continue
    const { mtimeMs } = fs.statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0 }
    const isIdle = Date.now() - mtimeMs > maxIdleMilliseconds
    if (isIdle || !path.endsWith('.part')) removeCopy(path)
  }
}

async function makeCopy(
  packed: Extent,
  target: string,
  { storage, progress }: ReadContext,
): Promise<void> {
  // Processes in two containers may have the same id.
  const part = `${target}.${Math.random()}.part`
  const file = fs.openSync(part, 'wx')
  try {
    // Node has zstd from 22.15 on; the types are those of Node 20.
    const { createGunzip, createZstdDecompress } = zlib as ZlibWithZstd
    const create = compressionOf(packed) === 'gzip' ? createGunzip : createZstdDecompress
    if (!create) throw new Error('no zstd in Node: use zstd -d')
    const unpacker = create({ chunkSize: 1 << 18 })
    await stream.pipeline(readCopies(packed), unpacker, async chunks => {
      for await (const chunk of chunks) {
        needSpace(storage)
        fs.writeFileSync(file, chunk)
        progress(unpacker.bytesWritten)
      }
    })
    fs.fsyncSync(file)
    publishCopy(part, target)
  } finally {
    fs.rmSync(part, { force: true })
    fs.closeSync(file)
  }
}

// Another process may have made the copy meanwhile and may serve it: a link never replaces it.
function publishCopy(part: string, target: string): void {
  try {
    fs.linkSync(part, target)
  } catch {
    // The file system may have no hard links.
    if (!fs.existsSync(target)) fs.renameSync(part, target)
  }
}

// The stream of an extent overwrites a chunk before gunzip has read it.
async function* readCopies(packed: Extent): AsyncGenerator<Buffer> {
  for await (const chunk of streamExtent(packed)) yield Buffer.from(chunk)
}

function needSpace(storage: string): void {
  // Node has statfs from 18.15 on; before, writing fails when the disk is full.
  const stats = fs.statfsSync?.(storage)
  if (stats && stats.bavail * stats.bsize < reservedBytes) {
    throw new Error(`less than ${reservedBytes} bytes are free; use another --storage`)
  }
}
