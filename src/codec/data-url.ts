/** Data URLs as Ignition reads them: the shortest way to write bytes into a URL, and back. */
import { parseBase64, printBase64 } from './base64.ts'
import { gzip } from './gzip.ts'
import { memoizeByBytes } from './memoize.ts'

/** A URL and how its data is compressed. */
export interface DataUrl {
  readonly url: string
  readonly compression: '' | 'gzip'
}

/** The shortest data URL of bytes; compression is told beside it, which costs a few letters. */
export const printDataUrl = memoizeByBytes(shortest, 64)

function shortest(bytes: Uint8Array): DataUrl {
  const escaped = printPlainDataUrl(bytes)
  const base64 = `data:;base64,${printBase64(bytes)}`
  const plain = escaped.length <= base64.length ? escaped : base64
  if (plain.length < smallestGzip) return { url: plain, compression: '' }
  const packed = `data:;base64,${printBase64(gzip(bytes))}`
  return packed.length + 'gzip'.length < plain.length
    ? { url: packed, compression: 'gzip' }
    : { url: plain, compression: '' }
}

// Twenty bytes of gzip in Base64, and the word `gzip`.
const smallestGzip = 45

// Taken as they are by github.com/vincent-petithory/dataurl (Ignition's reader), tried with
// ignition-validate 2.14; `+` stays a plus sign.
const raw = /[A-Za-z0-9\-_.~'+=&?,;$!()*@/:]/

/** The data URL in which text stays legible, for configs that are compressed as a whole. */
export function printPlainDataUrl(bytes: Uint8Array): string {
  const parts: string[] = []
  for (const byte of bytes) parts.push(escapes[byte] as string)
  return `data:,${parts.join('')}`
}

const escapes = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte)
  return raw.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** The bytes that a data URL holds, or null where it is none or is one that Ignition refuses. */
export function parseDataUrl(url: string): Uint8Array | null {
  const comma = url.indexOf(',')
  if (!url.startsWith('data:') || comma < 0) return null
  const data = url.slice(comma + 1)
  return url.slice(0, comma).endsWith(';base64') ? parseBase64(data) : unescaped(data)
}

function unescaped(data: string): Uint8Array | null {
  const bytes = new Uint8Array(data.length)
  let length = 0
  for (let at = 0; at < data.length; at++) {
    const letter = data.charAt(at)
    if (letter === '%') {
      const digits = data.slice(at + 1, at + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null
      bytes[length++] = Number.parseInt(digits, 16)
      at += 2
    } else if (raw.test(letter)) bytes[length++] = letter.charCodeAt(0)
    else return null
  }
  return bytes.slice(0, length)
}
