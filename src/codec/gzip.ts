/** Gzip that gives the same bytes on every machine, and its inverse that cannot be made to explode. */
import { Gunzip, gzipSync } from 'fflate'

/** The gzip of bytes: level 9, without a time stamp, "made on Unix". */
export function gzip(bytes: Uint8Array): Uint8Array {
  const packed = gzipSync(bytes, { level: 9, mtime: 0 })
  packed[9] = 3
  return packed
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** What was gzipped, or null where it is broken or longer than allowed. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  if (!isGzip(bytes)) return null
  const members = inflate(bytes, maxBytes)
  const whole = members?.map(one => concat(one.chunks)) ?? []
  const sound = whole.every((content, at) => {
    const trailer = (members?.[at + 1]?.start ?? bytes.length) - 8
    return word(bytes, trailer) === crc32(content) && word(bytes, trailer + 4) === content.length
  })
  return whole.length > 0 && sound ? concat(whole) : null
}

interface Member {
  readonly start: number
  readonly chunks: Uint8Array[]
}

/** The members of a gzip file; fflate inflates but checks no sum. */
function inflate(bytes: Uint8Array, maxBytes: number): readonly Member[] | null {
  const members: Member[] = [{ start: 0, chunks: [] }]
  let seen = 0
  let ended = false
  const reader = new Gunzip((chunk, final) => {
    members.at(-1)?.chunks.push(chunk)
    seen += chunk.length
    ended = final
    if (seen > maxBytes) throw new Error('too long')
  })
  reader.onmember = start => members.push({ start, chunks: [] })
  try {
    for (let at = 0; at < bytes.length; at += step) {
      reader.push(bytes.subarray(at, at + step), at + step >= bytes.length)
    }
  } catch {
    return null // fflate throws on broken data; that is its answer.
  }
  return ended ? members : null
}

// Small bites, since one push inflates all that it was given.
const step = 4096

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function word(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(Math.max(at, 0), at + 4)
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}

const crcTable = Int32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}
