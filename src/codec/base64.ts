/** Base64: one way to write it, and the two ways in which machines read it. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Map([...alphabet].map((letter, value) => [letter.charCodeAt(0), value]))
const padding = 0x3d

/** The Base64 of bytes, padded, on one line. */
export function printBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    parts.push(
      letterOf(group >> 18) +
        letterOf(group >> 12) +
        (left > 1 ? letterOf(group >> 6) : '=') +
        (left > 2 ? letterOf(group) : '='),
    )
  }
  return parts.join('')
}

function letterOf(value: number): string {
  return alphabet.charAt(value & 63)
}

/** How long the Base64 of so many bytes is. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

/** The bytes of padded Base64 in the standard alphabet, or null: as Go reads it, for Ignition. */
export function parseBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  return parseLooseBase64(text)
}

/**
 * The bytes of Base64 among other characters, which are skipped, or null where padding is missing:
 * as Python's b64decode reads it without `validate`, for cloud-init.
 */
export function parseLooseBase64(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4) + 3)
  let length = 0
  let place = 0
  let pads = 0
  let left = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // https://github.com/python/cpython/blob/3.11/Modules/binascii.c: padding ends the data early.
    if (code === padding && place >= 2 && place + ++pads >= 4) return bytes.slice(0, length)
    const value = values.get(code)
    if (value === undefined) {
      if (code > 0x7f) return null
      continue
    }
    pads = 0
    if (place > 0) bytes[length++] = ((left << 6) | value) >> (6 - 2 * place)
    left = value
    place = (place + 1) % 4
  }
  return place === 0 ? bytes.slice(0, length) : null
}
