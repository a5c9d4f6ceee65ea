/**
 * Unencrypted scalars as SOPS reads and hashes them: the YAML parser of Go decides the type of a text
 * without quotes (go-yaml v3, resolve.go), and ToBytes in sops.go prints the value.
 */
import type { Plain } from '../codec/plain.ts'

/** A value, and the text that is hashed for the MAC. */
export interface GoScalar {
  readonly value: Plain
  readonly bytes: string
}

/** Reads the source text of a scalar without quotes. */
export function parseGoScalar(text: string): GoScalar {
  if (/^(?:true|True|TRUE)$/.test(text)) return { value: true, bytes: 'True' }
  if (/^(?:false|False|FALSE)$/.test(text)) return { value: false, bytes: 'False' }
  return parseTime(text) ?? parseInteger(text) ?? parseFloat64(text) ?? { value: text, bytes: text }
}

/** With the prefixes of Go: 0x, 0o, 0b, and 0 for octal numbers. */
function parseInteger(text: string): GoScalar | null {
  const [, sign = '', digits = ''] =
    /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/.exec(
      text.replaceAll('_', ''),
    ) ?? []
  if (digits === '') return null
  const magnitude = BigInt(digits.replace(/^0[oO]?(?=\d)/, '0o'))
  const value = sign === '-' ? -magnitude : magnitude
  // A larger number is a float in Go.
  return BigInt.asIntN(64, value) === value
    ? { value: Number(value), bytes: String(value) }
    : fromFloat(Number(value))
}

function parseFloat64(text: string): GoScalar | null {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) {
    return { value: null, bytes: text.startsWith('-') ? '-Inf' : '+Inf' }
  }
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return { value: null, bytes: 'NaN' }
  const number = text.replaceAll('_', '')
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(number)
    ? fromFloat(Number(number))
    : null
}

/** Prints all digits, without an exponent: strconv.FormatFloat(value, 'f', -1, 64). */
function fromFloat(value: number): GoScalar {
  const written = Object.is(value, -0) ? '-0' : String(value)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(written) ?? []
  return { value, bytes: sign + withPoint(whole + fraction, whole.length + Number(exponent)) }
}

/** Digits with a decimal point before the digit at `point`, which may be outside of them. */
function withPoint(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return digits.padEnd(point, '0')
  return `${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Dates and times, printed as RFC 3339. A time after T has a zone, a time after a space has none. */
function parseTime(text: string): GoScalar | null {
  const [, year, month = '', day = '', time, zone = 'Z'] =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](?=.*[Z+-])| +(?!.*[Z+-])|$)([\d:.]+)?(Z|[-+]\d\d:\d\d)?$/.exec(
      text,
    ) ?? []
  if (year === undefined) return null
  const clock = time === undefined ? '00:00:00' : parseClock(time)
  if (clock === null) return null
  const offset = /^[-+]00:00$/.test(zone) ? 'Z' : zone
  const bytes = `${year}-${twoDigits(month)}-${twoDigits(day)}T${clock}${offset}`
  return { value: bytes, bytes }
}

function parseClock(text: string): string | null {
  const [, hour, minute = '', second = '', fraction = ''] =
    /^(\d\d?):(\d\d?):(\d\d?)(\.\d+)?$/.exec(text) ?? []
  if (hour === undefined) return null
  const digits = fraction.replace(/\.?0+$/, '')
  return `${[hour, minute, second].map(twoDigits).join(':')}${digits}`
}

function twoDigits(text: string): string {
  return text.padStart(2, '0')
}
