/** Text and its bytes, without the Encoding API, which the core's world does not have. */

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let length = 0
  for (const character of text) {
    const point = wellFormed(character.codePointAt(0) as number)
    if (point < 0x80) bytes[length++] = point
    else if (point < 0x800) {
      bytes[length++] = 0xc0 | (point >> 6)
      bytes[length++] = 0x80 | (point & 0x3f)
    } else if (point < 0x10000) {
      bytes[length++] = 0xe0 | (point >> 12)
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[length++] = 0x80 | (point & 0x3f)
    } else {
      bytes[length++] = 0xf0 | (point >> 18)
      bytes[length++] = 0x80 | ((point >> 12) & 0x3f)
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[length++] = 0x80 | (point & 0x3f)
    }
  }
  return bytes.slice(0, length)
}

function wellFormed(point: number): number {
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
}

/** The text of UTF-8 bytes, or null where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  const parts: string[] = []
  let units: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] as number
    const size =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (size === 0 || at + size > bytes.length) return null
    let point = size === 1 ? lead : lead & (0xff >> (size + 1))
    for (let next = 1; next < size; next++) {
      const byte = bytes[at + next] as number
      if ((byte & 0xc0) !== 0x80) return null
      point = (point << 6) | (byte & 0x3f)
    }
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null
    if ((size === 3 && point < 0x800) || (size === 4 && point < 0x10000)) return null
    if (point < 0x10000) units.push(point)
    else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff))
    at += size
    if (units.length > 4096) {
      parts.push(String.fromCharCode(...units))
      units = []
    }
  }
  parts.push(String.fromCharCode(...units))
  return parts.join('')
}
