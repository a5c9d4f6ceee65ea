import fs from 'node:fs'
import stream from 'node:stream/promises'
import zlib from 'node:zlib'
import type { ReadContext } from './bundle-reader.ts'
import {
  digestOf,
  type Extent,
  fileExtent,
  memoryExtent,
  partOf,
  readExtent,
  streamExtent,
} from './extent.ts'

const reservedBytes = 64 << 20

/** Unpacks a gzip file into the storage folder, or uses the copy of an earlier start. */
export async function unpack(
  packed: Extent,
  path: string,
  { storage, log, progress, removeCopy }: ReadContext,
): Promise<Extent> {
  // Name of the copy: hash of path and offset, inode, size and time.
  const sourceHash = await digestOf(memoryExtent([fs.realpathSync(packed.path), packed.offset]))
  const name = `${sourceHash}-${packed.fileVersion}`
  const target = `${storage}/${name}`
  fs.mkdirSync(storage, { recursive: true, mode: 0o700 })
  removeOldCopies(storage, sourceHash, name, removeCopy)
  if (fs.existsSync(target)) return fileExtent(target)
  log('info', `unpacking ${path}, ${packed.size} bytes, to ${storage}`)
  const part = `${target}.${process.pid}.part`
  const file = fs.openSync(part, 'w')
  try {
    needSpace(storage, unpackedSize(packed))
    const gunzip = zlib.createGunzip({ chunkSize: 1 << 18 })
    const source = readPacked(packed, storage, doneBytes => progress(path, doneBytes, packed.size))
    await stream.pipeline(source, gunzip, async chunks => {
      for await (const chunk of chunks) fs.writeFileSync(file, chunk)
    })
    fs.fsyncSync(file)
    publishCopy(part, target)
    return fileExtent(target)
  } catch (error) {
    throw new Error(`${path} cannot be unpacked: ${(error as Error).message}`)
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

/** Removes copies of other versions of the archive, and incomplete copies after a crash. */
function removeOldCopies(
  storage: string,
  sourceHash: string,
  current: string,
  removeCopy: (path: string) => void,
): void {
  for (const name of fs.readdirSync(storage)) {
    if (!name.startsWith(sourceHash) || name === current) continue
    const [, pid] = /\.(\d+)\.part$/.exec(name) ?? []
    if (pid === undefined) removeCopy(`${storage}/${name}`)
    // The process that wrote the part has ended; its id may be that of this process now.
    else if (pid === `${process.pid}` || !fs.existsSync(`/proc/${pid}`)) {
      fs.rmSync(`${storage}/${name}`, { force: true })
    }
  }
}

async function* readPacked(
  packed: Extent,
  storage: string,
  progress: (doneBytes: number) => void,
): AsyncGenerator<Buffer> {
  let doneBytes = 0
  for await (const chunk of streamExtent(packed)) {
    needSpace(storage, 0)
    // A copy: the stream overwrites the chunk before gunzip has read it.
    yield Buffer.from(chunk)
    doneBytes += chunk.length
    progress(doneBytes)
  }
}

// ISIZE is the size modulo 2^32; take the value nearest to the packed size, because layers, which
// are packed already, hardly compress.
function unpackedSize(packed: Extent): number {
  const isize = readExtent(partOf(packed, packed.size - 4, 4)).readUInt32LE()
  return packed.size + ((isize - packed.size) | 0)
}

function needSpace(storage: string, bytes: number): void {
  // Node has statfs from 18.15 on; before, writing fails when the disk is full.
  const stats = fs.statfsSync?.(storage)
  const free = stats && stats.bavail * stats.bsize
  if (free !== undefined && free < bytes + reservedBytes) {
    throw new Error(
      `${storage} has ${free} bytes free, and ${bytes} + ${reservedBytes} (reserve) are needed; use another --storage`,
    )
  }
}
