/** Data URLs by the rules of Ignition. */
import { parseBase64, printBase64 } from './base64.ts'
import { gzip } from './gzip.ts'
import { memoizeByBytes } from './memoize.ts'

/** A data URL and the compression of its data, which an Ignition config has in a separate field. */
export interface DataUrl {
  readonly url: string
  readonly compression: '' | 'gzip'
}

/** The shortest data URL of bytes: escaped text, Base64 or gzip in Base64. */
export const printDataUrl = memoizeByBytes(shortestDataUrl, 64)

function shortestDataUrl(bytes: Uint8Array): DataUrl {
  const text = printPlainDataUrl(bytes)
  const base64 = `data:;base64,${printBase64(bytes)}`
  const uncompressed = text.length <= base64.length ? text : base64
  if (uncompressed.length < minGzipLength) return { url: uncompressed, compression: '' }
  const compressed = `data:;base64,${printBase64(gzip(bytes))}`
  // The value of the compression field is part of the config's size.
  return compressed.length + 'gzip'.length < uncompressed.length
    ? { url: compressed, compression: 'gzip' }
    : { url: uncompressed, compression: '' }
}

// The data URL of an empty gzip (20 bytes) in Base64, with the value `gzip`.
const minGzipLength = 45

// The characters that github.com/vincent-petithory/dataurl (Ignition's parser) accepts unescaped, tried
// with ignition-validate 2.14. It keeps `+` as a plus sign.
const unescapedCharacter = /[A-Za-z0-9\-_.~'+=&?,;$!()*@/:]/

/** The data URL of bytes as escaped text. It is readable, and configs with it compress best as a whole. */
export function printPlainDataUrl(bytes: Uint8Array): string {
  const parts: string[] = []
  for (const byte of bytes) parts.push(escapes[byte] as string)
  return `data:,${parts.join('')}`
}

/** The escaped form of each byte. */
const escapes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return unescapedCharacter.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

// github.com/vincent-petithory/dataurl lex.go: a MIME token has these characters; the type of a media
// type is one of these names, or starts with `x-`.
const token = "[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]"
const discreteType = '(?:text|image|audio|video|application|message|multipart)'
const quotedValue = String.raw`"(?:[^"\\\x80-\uffff]|\\[\x00-\x7f])*"`
const head = new RegExp(
  `^data:(?:(?:[xX]-|${discreteType})${token}*/${token}*)?((?:;${token}+=(?:${quotedValue}|${token}+))*)(;base64)?,`,
)
const parameter = new RegExp(`;${token}+=(?:(${quotedValue})|(${token}+))`, 'g')

/** The bytes of a data URL, or null where the text is not a data URL that Ignition accepts. */
export function parseDataUrl(url: string): Uint8Array | null {
  const match = head.exec(url)
  if (match === null) return null
  const [prefix, parameters = '', base64] = match
  if (![...parameters.matchAll(parameter)].every(isParameterValue)) return null
  const data = url.slice(prefix.length)
  return base64 === undefined ? parseEscapes(data) : parseBase64(data)
}

/** Whether a value is a Go string literal without line breaks, or text with valid percent escapes. */
function isParameterValue([, quoted, plain = '']: readonly (string | undefined)[]): boolean {
  if (quoted === undefined) return !/%(?![0-9A-Fa-f]{2})/.test(plain)
  return goString.test(quoted.slice(1, -1))
}

// go1.26 src/strconv/quote.go, Unquote.
const goString =
  /^(?:[^\\\n]|\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}))*$/

function parseEscapes(data: string): Uint8Array | null {
  const bytes = new Uint8Array(data.length)
  let length = 0
  for (let offset = 0; offset < data.length; offset++) {
    const character = data.charAt(offset)
    if (character === '%') {
      const digits = data.slice(offset + 1, offset + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null
      bytes[length++] = Number.parseInt(digits, 16)
      offset += 2
    } else if (escapes[character.charCodeAt(0)] === character) {
      bytes[length++] = character.charCodeAt(0)
    } else return null
  }
  return bytes.slice(0, length)
}
