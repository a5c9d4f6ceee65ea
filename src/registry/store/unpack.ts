import fs from 'node:fs'
import stream from 'node:stream/promises'
import zlib from 'node:zlib'
import type { Reading } from './bundle-reader.ts'
import { digestOf, type Extent, made, readExtent, streamExtent, wholeFile } from './extent.ts'

const reserve = 64 << 20
const progress = 256 << 20

/** Unpacks a gzip once into the storage folder; what a former start unpacked whole is found again. */
export async function unpack(
  packed: Extent,
  path: string,
  { storage, say, drop }: Reading,
): Promise<Extent> {
  const { at, size } = packed
  // Named by where it is, and as of when.
  const place = await digestOf(made([fs.realpathSync(packed.path), at]))
  const own = `${place}-${packed.stamp}`
  const target = `${storage}/${own}`
  const part = `${target}.${process.pid}.part`
  fs.mkdirSync(storage, { recursive: true, mode: 0o700 })
  for (const name of fs.readdirSync(storage)) {
    if (!name.startsWith(place) || name === own) continue
    const [, pid] = /\.(\d+)\.part$/.exec(name) ?? []
    if (!pid) drop(`${storage}/${name}`)
    // A part whose process is gone is what a crash left; after a restart it may have our own id.
    else if (pid === `${process.pid}` || !fs.existsSync(`/proc/${pid}`)) {
      fs.rmSync(`${storage}/${name}`)
    }
  }
  if (fs.existsSync(target)) return wholeFile(target)
  // gzip notes its length cut to 32 bits: the nearest such number to the packed size is what
  // images, which do not shrink, come to.
  const noted = readExtent({ ...packed, at: at + size - 4, size: 4 }).readUInt32LE()
  const expected = size + ((noted - size) | 0)
  const needSpace = (bytes: number) => {
    // Node has it from 18.15 on; before, a full disk is found when it is full.
    const found = fs.statfsSync?.(storage)
    if (found && found.bavail * found.bsize < bytes + reserve) {
      throw new Error(`${storage} has no space for ${bytes} bytes more`)
    }
  }
  let done = 0
  async function* source() {
    for await (const piece of streamExtent(packed)) {
      needSpace(0)
      // It is read later, when the piece has become the next one.
      yield Buffer.from(piece)
      done += piece.length
      if (done % progress < piece.length) say(`unpacking ${path}: ${done} of ${size} bytes`, 'info')
    }
  }
  const unpacked = fs.openSync(part, 'w')
  try {
    needSpace(expected)
    const gunzip = zlib.createGunzip({ chunkSize: 1 << 18 })
    await stream.pipeline(source, gunzip, async pieces => {
      for await (const piece of pieces) fs.writeFileSync(unpacked, piece)
    })
    fs.fsyncSync(unpacked)
    // Another process may serve its copy already.
    if (!fs.existsSync(target)) fs.renameSync(part, target)
    return wholeFile(target)
  } catch (error) {
    throw new Error(`${path} cannot be unpacked: ${(error as Error).message}`)
  } finally {
    fs.rmSync(part, { force: true })
    fs.closeSync(unpacked)
  }
}
