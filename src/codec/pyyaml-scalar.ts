/** Scalars by the rules of PyYAML: the tag of an untagged scalar, and the value of each tag. */
import { parseLooseBase64 } from './base64.ts'
import { strip } from './python-text.ts'

/** A date or time: in Python neither a text nor a number. */
export interface Moment {
  readonly moment: string
}

/** A value that is not a list or a mapping. */
export type PyyamlScalar = null | boolean | number | string | Uint8Array | Moment

/** The prefix of the tags of YAML, which `!!` stands for. */
export const yamlTag = 'tag:yaml.org,2002:'

/** The full tag of a plain scalar without a tag. */
export function implicitTag(text: string): string {
  // Python's `$` also matches before a line break at the end; a text that is a line break has no pattern.
  const matched = text.replace(/(?<=.)\n$/s, '')
  return `${yamlTag}${implicitTags.find(([, pattern]) => pattern.test(matched))?.[0] ?? 'str'}`
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

/** The value of a scalar with a full tag. It throws an Error where PyYAML refuses the text. */
export function parsePyyamlScalar(tag: string, text: string): PyyamlScalar {
  const value = parsers.get(tag)?.(text)
  if (value !== undefined) return value
  throw new Error(`"${text.slice(0, 40)}" is not valid for the tag "${tag}"`)
}

/** The parsers give undefined for a text that PyYAML refuses. */
const parsers: ReadonlyMap<string, (text: string) => PyyamlScalar | undefined> = new Map(
  Object.entries({
    str: (text: string) => text,
    // cloudinit/safeyaml.py adds this tag until 24.2.
    'python/unicode': (text: string) => text,
    null: () => null,
    bool: parseBoolean,
    int: parseInteger,
    float: parseFloatingPoint,
    timestamp: parseMoment,
    binary: (text: string) => parseLooseBase64(text) ?? undefined,
  }).map(([name, parse]) => [`${yamlTag}${name}`, parse] as const),
)

function parseBoolean(text: string): boolean | undefined {
  const name = text.toLowerCase()
  if (/^(?:yes|true|on)$/.test(name)) return true
  return /^(?:no|false|off)$/.test(name) ? false : undefined
}

function parseInteger(text: string): number | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '')) ?? []
  const value = digits.startsWith('0b')
    ? parseDigits(digits.slice(2), 2)
    : digits.startsWith('0x')
      ? parseDigits(digits.slice(2), 16)
      : digits.startsWith('0')
        ? parseDigits(digits.replace(/^0[oO]/, ''), 8)
        : parseBase60(digits, part => parseDigits(part, 10))
  return sign === '-' && value !== undefined ? -value : value
}

/** Digits as Python's int() reads them: white space around them and a sign are allowed. */
function parseDigits(text: string, base: number): number | undefined {
  const digits = strip(text)
  const pattern = { 2: /^[-+]?[01]+$/, 8: /^[-+]?[0-7]+$/, 10: /^[-+]?[0-9]+$/ }[base]
  return (pattern ?? /^[-+]?[0-9a-fA-F]+$/).test(digits) ? Number.parseInt(digits, base) : undefined
}

function parseFloatingPoint(text: string): number | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '').toLowerCase()) ?? []
  if (digits === '.nan') return Number.NaN
  const value = digits === '.inf' ? Number.POSITIVE_INFINITY : parseBase60(digits, parsePythonFloat)
  return sign === '-' && value !== undefined ? -value : value
}

function parsePythonFloat(text: string): number | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(strip(text)) ?? []
  const word = new Map([
    ['nan', Number.NaN],
    ['inf', Number.POSITIVE_INFINITY],
    ['infinity', Number.POSITIVE_INFINITY],
  ]).get(digits)
  const isNumber = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(digits)
  const value = isNumber ? Number(digits) : word
  return sign === '-' && value !== undefined ? -value : value
}

/** `1:30` is 90. */
function parseBase60(
  text: string,
  parsePart: (part: string) => number | undefined,
): number | undefined {
  const parts = text.split(':').map(parsePart)
  return parts.reduce(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum * 60 + part),
    0,
  )
}

const momentPattern =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+]([0-9]{1,2})(?::([0-9]{2}))?))?)?\n?$/

/** A date or time that exists: PyYAML refuses the text with any other. */
function parseMoment(text: string): Moment | undefined {
  const match = momentPattern.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zone = 0] =
    match.slice(1).map(part => Number(part ?? 0))
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  const isDate = year > 0 && day > 0 && day <= (lengths[month - 1] ?? 0)
  const isTime = hour < 24 && minute < 60 && second < 60 && zoneHour * 60 + zone < 24 * 60
  return isDate && isTime ? { moment: text } : undefined
}
