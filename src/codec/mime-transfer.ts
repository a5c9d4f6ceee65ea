/**
 * The transfer encodings of MIME parts by the rules of Python:
 * https://github.com/python/cpython/blob/3.11/Lib/email/message.py get_payload.
 */
import { parseLooseBase64 } from './base64.ts'
import { decodeLatin1 } from './text.ts'

/** The content of a part; a part with an unknown encoding is not decoded. */
export function decodeTransfer(body: string, encoding: string): Uint8Array {
  const bytes = rawUnicode(body)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(decodeLatin1(bytes))
  if (encoding === 'base64') return decodeBase64(decodeLatin1(bytes))
  return /^(?:x-)?(?:uuencode|uue)$/.test(encoding)
    ? (decodeUu(decodeLatin1(bytes)) ?? bytes)
    : bytes
}

/** Decodes base64; padding may be missing, and characters outside the alphabet are skipped. */
function decodeBase64(body: string): Uint8Array {
  const text = body.replaceAll(/[\r\n]+/g, '')
  const padding = '='.repeat((4 - (text.length % 4)) % 4)
  const padded = /^[A-Za-z0-9+/]*={0,2}$/.test(text + padding) ? text + padding : ''
  const ascii = text.replaceAll(/[^\0-\x7f]/g, '')
  const forms = padded === '' ? [ascii, `${ascii}==`] : [padded, ascii, `${ascii}==`]
  return forms.map(parseLooseBase64).find(bytes => bytes !== null) ?? bytesOf(text)
}

/** https://github.com/python/cpython/blob/3.11/Modules/binascii.c a2b_qp. */
function decodeQuotedPrintable(body: string): Uint8Array {
  const text = body.replaceAll(
    /=(?:\n|\r[^\n]*(?:\n|$)|=|([0-9A-Fa-f]{2})|$)/g,
    (sequence, digits) => {
      if (typeof digits === 'string') return String.fromCharCode(Number.parseInt(digits, 16))
      return sequence === '==' ? '=' : ''
    },
  )
  return bytesOf(text)
}

/** The lines after `begin`, or null without one. */
function decodeUu(body: string): Uint8Array | null {
  const lines = body.replace(/(?:\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/)
  const begin = lines.findIndex(line => /^begin [0-7]+(?: |$)/.test(line))
  if (begin < 0) return null
  const decoded: string[] = []
  for (const line of lines.slice(begin + 1)) {
    if (line === '') return null
    if (line.trim() === 'end') break
    // Python also tries a line without the characters that some programs add.
    const length = (line.charCodeAt(0) - 32) & 63
    const bytes =
      decodeUuLine(line) ?? decodeUuLine(line.slice(0, Math.floor((length * 4 + 5) / 3)))
    if (bytes === null) return null
    decoded.push(bytes)
  }
  return bytesOf(decoded.join(''))
}

/**
 * The first character of a line is the number of its bytes; six bits follow in each character. Null where
 * https://github.com/python/cpython/blob/3.11/Modules/binascii.c a2b_uu refuses the line.
 */
function decodeUuLine(line: string): string | null {
  const length = (line.charCodeAt(0) - 32) & 63
  const end = 1 + Math.ceil((length * 8) / 6)
  if (!/^[ -`]*$/.test(line.slice(1, end)) || !/^[ `]*$/.test(line.slice(end))) return null
  const bits = [...line.slice(1, end)].map(character => (character.charCodeAt(0) - 32) & 63)
  return Array.from({ length }, (_, index) => {
    const first = Math.floor((index * 8) / 6)
    const pair = ((bits[first] ?? 0) << 6) | (bits[first + 1] ?? 0)
    return String.fromCharCode((pair >> (4 - 2 * (index % 3))) & 255)
  }).join('')
}

/**
 * The bytes of a body without transfer encoding. Python returns `raw-unicode-escape`: one byte for a
 * character below U+0100 and an escape for others, for any charset (tried with 3.11).
 */
export function rawUnicode(body: string): Uint8Array {
  if (/^[\0-\xff]*$/.test(body)) return bytesOf(body)
  const escaped = [...body].map(character => {
    const codePoint = character.codePointAt(0) as number
    if (codePoint < 0x100) return character
    const digits = codePoint.toString(16)
    return codePoint > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`
  })
  return bytesOf(escaped.join(''))
}

function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, character => character.charCodeAt(0))
}
