/**
 * Prints plain values as YAML that PyYAML (YAML 1.1, cloud-init), go-yaml and YAML 1.2 parse to the
 * same value. A text is unquoted only where it is a text in every version, a block only where every
 * parser keeps every byte, and quoted otherwise. Lines are never folded.
 */
import { isMapping, type Plain, type PlainMapping } from './plain.ts'

/** A value as a YAML document. A list inside a list is printed on one line. */
export function printYaml(value: Plain): string {
  const text = printBlock(value, 0)
  return text.startsWith('\n') ? text.slice(1) : `${text.trimStart()}\n`
}

/** The text after `key:` or `-`: a space and one line, or a line break and several lines. */
function printBlock(value: Plain, indent: number): string {
  // A list has the indentation of its key, as in the output of Kubernetes' tools: the text is shorter.
  if (Array.isArray(value) && value.length > 0) return printList(value, Math.max(indent - 2, 0))
  if (isMapping(value) && Object.keys(value).length > 0) {
    return `\n${printMapping(value, indent)}`
  }
  if (typeof value === 'string' && indent > 0 && isBlockText(value)) {
    return ` ${printBlockText(value, indent)}`
  }
  return ` ${printInline(value)}`
}

function printList(items: readonly Plain[], indent: number): string {
  const margin = ' '.repeat(indent)
  const lines = items.map(item => {
    // The first key of a mapping is on the line of the dash.
    if (isMapping(item) && Object.keys(item).length > 0) {
      return `${margin}- ${printMapping(item, indent + 2).trimStart()}`
    }
    return Array.isArray(item)
      ? `${margin}- ${printInline(item)}\n`
      : `${margin}-${withLineEnd(printBlock(item, indent + 2))}`
  })
  return `\n${lines.join('')}`
}

function printMapping(value: PlainMapping, indent: number): string {
  const margin = ' '.repeat(indent)
  return Object.entries(value)
    .map(
      ([key, item]) =>
        `${margin}${printKey(key, margin)}:${withLineEnd(printBlock(item, indent + 2))}`,
    )
    .join('')
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** A key. Parsers look for the colon of a key in the next 1024 characters of its line only. */
function printKey(key: string, margin: string): string {
  const text = printInline(key)
  return text.length > 1000 ? `? ${text}\n${margin}` : text
}

function printInline(value: Plain): string {
  if (typeof value === 'string') return printText(value)
  if (typeof value === 'number') return printNumber(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(printInline).join(', ')}]`
  const pairs = Object.entries(value).map(([key, item]) => {
    const text = printText(key)
    return `${text.length > 1000 ? '? ' : ''}${text}: ${printInline(item)}`
  })
  return `{${pairs.join(', ')}}`
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  // In YAML 1.1 a number with an exponent needs a decimal point: https://yaml.org/type/float.html.
  return Object.is(value, -0) ? '-0.0' : String(value).replace(/^(-?\d+)e/, '$1.0e')
}

// No colon, hash, comma or bracket: they have a meaning in a list on one line. No digit at the start:
// numbers, times and dates start with one. Options such as --now need no quotes.
const unquotedText = /^(--?)?[A-Za-z/][A-Za-z0-9_./@+-]*$/
// https://yaml.org/type/bool.html, https://yaml.org/type/null.html; `e1` is a number to npm's yaml.
const reservedText = /^-?(y|n|yes|no|on|off|true|false|null|e[-+]?[0-9]+)$/i

function printText(text: string): string {
  if (unquotedText.test(text) && !reservedText.test(text)) return text
  return /^[ -&(-~]*$/.test(text) ? `'${text}'` : printQuoted(text)
}

// The characters that PyYAML accepts unescaped, except the line breaks of YAML 1.1, the byte order mark
// and characters above U+FFFF; https://yaml.org/spec/1.1/#c-printable.
const unescapedCharacter = /^[ !#-[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/
const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function printQuoted(text: string): string {
  const parts = [...text].map(character => {
    const short = unescapedCharacter.test(character) ? character : shortEscapes.get(character)
    if (short !== undefined) return short
    const codePoint = character.codePointAt(0) as number
    // A lone surrogate has no UTF-8 form; encodeUtf8() also replaces it by U+FFFD.
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) return '\\uFFFD'
    if (codePoint > 0xffff) return `\\U${hex(codePoint, 8)}`
    return codePoint > 0xff ? `\\u${hex(codePoint, 4)}` : `\\x${hex(codePoint, 2)}`
  })
  return `"${parts.join('')}"`
}

function hex(codePoint: number, digits: number): string {
  return codePoint.toString(16).toUpperCase().padStart(digits, '0')
}

/** Whether a text of several lines can be printed as a block: every parser keeps every byte. */
export function isBlockText(text: string): boolean {
  return (
    text.includes('\n') &&
    /[^\n]/.test(text) &&
    !/[^\n\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text) &&
    !/[ \t](\n|$)/.test(text) &&
    !/^\n*\t/.test(text)
  )
}

function printBlockText(text: string, indent: number): string {
  const chomping = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : ''
  // Without an indentation indicator, a parser uses the indentation of the first line.
  const indentation = /^\n* /.test(text) ? '2' : ''
  const margin = ' '.repeat(indent)
  const body = (text.endsWith('\n') ? text : `${text}\n`).replaceAll(/^(?=[^\n])/gm, margin)
  return `|${indentation}${chomping}\n${body}`
}
