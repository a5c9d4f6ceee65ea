/** Gzip that gives the same bytes on every machine, and its inverse that cannot be made to explode. */
import { gzip as deflate, Inflate } from 'pako'

/** The gzip of bytes: level 9, without a time stamp, "made on Unix". */
export function gzip(bytes: Uint8Array): Uint8Array {
  // Smaller blocks, each with codes of its own, suit texts of several kinds: 1 % less than by the default.
  return deflate(bytes, { level: 9, memLevel: 6 })
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** What was gzipped, or null where it is broken or longer than allowed. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  if (!isGzip(bytes)) return null
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = new Inflate({ chunkSize: 1 << 16 })
  reader.onData = chunk => {
    length += chunk.length
    if (length > maxBytes) throw new Error('longer than allowed')
    chunks.push(chunk)
  }
  try {
    reader.push(bytes, true)
  } catch {
    return null
  }
  return reader.err === 0 && reader.ended ? concat(chunks, length) : null
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
