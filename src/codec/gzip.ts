/** Gzip: the same bytes on every machine, and decompression with a size limit. */
import { gzip as deflate, Inflate } from 'pako'
import { concatBytes } from './bytes.ts'

/** The gzip of bytes: level 9, without a time stamp, operating system Unix. */
export function gzip(bytes: Uint8Array): Uint8Array {
  // Smaller blocks, each with its own Huffman codes, are 1 % smaller for a config of different texts.
  return deflate(bytes, { level: 9, memLevel: 6 })
}

/** Whether bytes start with the magic number of gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** The decompressed bytes, or null where the gzip is invalid or expands to more than `maxBytes`. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  if (!isGzip(bytes)) return null
  const chunks: Uint8Array[] = []
  let length = 0
  const inflate = new Inflate({ chunkSize: 1 << 16 })
  inflate.onData = chunk => {
    length += chunk.length
    // The only way to stop pako; caught below.
    if (length > maxBytes) throw new Error('more than maxBytes')
    chunks.push(chunk)
  }
  try {
    inflate.push(bytes, true)
  } catch {
    return null
  }
  return inflate.err === 0 && inflate.ended ? concatBytes(chunks) : null
}
