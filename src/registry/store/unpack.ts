import fs from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extent, readExtent, streamExtent, sumFor, wholeFile } from './extent.ts'
import type { Reading } from './found.ts'

const reserve = 64 << 20
const progress = 256 << 20

/** Unpacks a gzip once into the storage folder; what a former start unpacked whole is found again. */
export async function unpack(
  packed: Extent,
  path: string,
  { storage, say }: Reading,
): Promise<Extent> {
  const { file, at, size } = packed
  const identity = JSON.stringify(packed)
  const key = sumFor('sha256').update(identity).digest('hex')
  const target = `${storage}/${key}.unpacked`
  const part = `${target}.${process.pid}.part`
  fs.mkdirSync(storage, { recursive: true, mode: 0o700 })
  for (const name of fs.readdirSync(storage)) {
    if (name === `${key}.unpacked`) return wholeFile(target)
    const [, pid] = /\.(\d+)\.part$/.exec(name) ?? []
    if (pid && !isAlive(Number(pid))) fs.rmSync(`${storage}/${name}`)
  }
  // gzip notes its length cut to 32 bits: the first such number that is not below the packed size
  // is what images, which do not shrink, come to.
  const noted = readExtent({ file, at: at + size - 4, size: 4 }).readUInt32LE()
  const expected = size + ((noted - size) >>> 0)
  const needSpace = async (bytes: number) => {
    // Node has it from 18.15 on; before, a full disk is found when it is full.
    const found = await fs.promises.statfs?.(storage)
    if (found && found.bavail * found.bsize < bytes + reserve) {
      throw new Error(`${storage} has too little space for ${bytes} bytes more`)
    }
  }
  let done = 0
  async function* source() {
    for await (const piece of streamExtent(packed)) {
      await needSpace(0)
      // It is read later, when the piece has become the next one.
      yield Buffer.from(piece)
      done += piece.length
      if (done % progress < piece.length) say(`unpacking ${path}: ${done} of ${size} bytes`, 'info')
    }
  }
  try {
    await needSpace(expected)
    // Opened at once: a stream that fails early would make the file after it was removed.
    const unpacked = fs.createWriteStream('', { fd: fs.openSync(part, 'w') })
    await pipeline(source, createGunzip({ chunkSize: 1 << 18 }), unpacked)
    const handle = await fs.promises.open(part)
    await handle.sync()
    await handle.close()
    fs.renameSync(part, target)
    return wholeFile(target)
  } catch (error) {
    fs.rmSync(part, { force: true })
    throw new Error(`${path} cannot be unpacked: ${(error as Error).message}`)
  }
}

// A part whose process is gone is what a crash left; after a restart it may have our own id.
function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch {
    return false
  }
}
