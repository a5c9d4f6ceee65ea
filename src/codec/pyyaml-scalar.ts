/** Scalars by the rules of PyYAML: the tag of an untagged scalar, and the value of each tag. */
import { parseLooseBase64 } from './base64.ts'

/** A date or time: in Python neither a text nor a number. */
export interface Moment {
  readonly moment: string
}

/** A value that is not a list or a mapping. */
export type PyyamlScalar = null | boolean | number | string | Uint8Array | Moment

/** The tag of a plain scalar without a tag. */
export function implicitTag(text: string): string {
  return implicitTags.find(([, pattern]) => pattern.test(text))?.[0] ?? 'str'
}

// https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/resolver.py, in its order.
const implicitTags: readonly (readonly [string, RegExp])[] = [
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  ['float', /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/],
  ['float', /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/],
  ['float', /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/],
  ['float', /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ['int', /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$/],
  ['int', /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/],
  ['merge', /^<<$/],
  ['null', /^(?:~|null|Null|NULL|)$/],
  ['timestamp', /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/],
  [
    'timestamp',
    /^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?$/,
  ],
  ['value', /^=$/],
]

/** The value of a scalar with a tag. It throws an Error where PyYAML refuses the text. */
export function parsePyyamlScalar(tag: string, text: string): PyyamlScalar {
  if (tag === 'str' || tag === 'python/unicode') return text
  if (tag === 'null') return null
  if (tag === 'bool') return /^(?:yes|true|on)$/i.test(text)
  if (tag === 'int') return parseInteger(text)
  if (tag === 'float') return parseFloatingPoint(text)
  if (tag === 'timestamp') return { moment: text }
  if (tag === 'binary') {
    const bytes = parseLooseBase64(text)
    if (bytes !== null) return bytes
  }
  throw new Error(`"${text.slice(0, 40)}" is not valid for the tag "${tag}"`)
}

function parseInteger(text: string): number {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '')) ?? []
  const value = digits.startsWith('0b')
    ? Number.parseInt(digits.slice(2), 2)
    : digits.startsWith('0x')
      ? Number.parseInt(digits.slice(2), 16)
      : digits.includes(':')
        ? parseBase60(digits)
        : Number.parseInt(digits, digits.startsWith('0') ? 8 : 10)
  if (Number.isNaN(value)) throw new Error(`"${text}" is not an integer`)
  return sign === '-' ? -value : value
}

function parseFloatingPoint(text: string): number {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '').toLowerCase()) ?? []
  if (digits === '.nan') return Number.NaN
  const value =
    digits === '.inf'
      ? Number.POSITIVE_INFINITY
      : digits.includes(':')
        ? parseBase60(digits)
        : Number(digits)
  if (Number.isNaN(value)) throw new Error(`"${text}" is not a number`)
  return sign === '-' ? -value : value
}

/** `1:30` is 90. */
function parseBase60(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
