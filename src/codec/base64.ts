/** Base64: one form is printed, the forms that Go and Python accept are parsed. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const noValue = 64
/** The value of each ASCII character. */
const values = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code))
  return value < 0 ? noValue : value
})
const paddingCode = 0x3d

/** The Base64 of bytes, padded, on one line. */
export function printBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let offset = 0; offset < bytes.length; offset += 3) {
    const remaining = bytes.length - offset
    const group =
      ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0)
    parts.push(
      characterOf(group >> 18) +
        characterOf(group >> 12) +
        (remaining > 1 ? characterOf(group >> 6) : '=') +
        (remaining > 2 ? characterOf(group) : '='),
    )
  }
  return parts.join('')
}

function characterOf(value: number): string {
  return alphabet.charAt(value & 63)
}

/** The length of the Base64 of `bytes` bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

/** The bytes of padded Base64 in the standard alphabet, or null: the rules of Go, for Ignition. */
export function parseBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  return parseLooseBase64(text)
}

/**
 * The bytes of Base64, or null where padding is missing; other ASCII characters are skipped. These are
 * the rules of Python's b64decode without `validate`, for cloud-init.
 */
export function parseLooseBase64(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4) + 3)
  let length = 0
  /** Position in the current group of four characters. */
  let position = 0
  let paddings = 0
  let previous = 0
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset)
    // https://github.com/python/cpython/blob/3.11/Modules/binascii.c: complete padding ends the data.
    if (code === paddingCode && position >= 2 && position + ++paddings >= 4) {
      return bytes.slice(0, length)
    }
    const value = values[code]
    if (value === undefined) return null
    if (value === noValue) continue
    paddings = 0
    if (position > 0) bytes[length++] = ((previous << 6) | value) >> (6 - 2 * position)
    previous = value
    position = (position + 1) % 4
  }
  return position === 0 ? bytes.slice(0, length) : null
}
