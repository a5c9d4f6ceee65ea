/** Text and its bytes: UTF-8, Latin-1, and one order of texts for every machine. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes, or null where they are not UTF-8; a byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** The text of UTF-8 bytes; each byte that belongs to no valid sequence becomes U+FFFD, as in Go. */
export function decodeLossyUtf8(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes)
  if (text !== null) return text
  return decodeLatin1(bytes).replace(nonAsciiSequence, sequence => {
    return decodeUtf8(Uint8Array.from(sequence, byte => byte.charCodeAt(0))) ?? '\ufffd'
  })
}

// The Unicode standard, table 3-7: well-formed sequences, otherwise one byte.
const nonAsciiSequence =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

// Not TextDecoder('latin1'), which is windows-1252: https://encoding.spec.whatwg.org/#names-and-labels.
/** The text whose character codes are the bytes (ISO 8859-1). */
export function decodeLatin1(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    const chunk = bytes.subarray(offset, offset + chunkBytes)
    // apply() with a typed array is several times faster than a spread, which iterates.
    parts.push(String.fromCharCode.apply(null, chunk as unknown as number[]))
  }
  return parts.join('')
}

const chunkBytes = 8192

/** Compares by UTF-16 units, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
