/**
 * Plain values as YAML that every reader understands alike: PyYAML (YAML 1.1, cloud-init), go-yaml
 * and YAML 1.2. A text stands plain only where no version can take it for something else, on
 * several lines only where no reader can change a byte, and is quoted otherwise. Nothing is folded.
 */

/** What can be printed: JSON's values. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** A value as a YAML document; a list within a list stands on one line. */
export function printYaml(value: Plain): string {
  const text = block(value, 0)
  return text.startsWith('\n') ? text.slice(1) : `${text.trimStart()}\n`
}

/** What stands behind `key:` or `-`: one line after a space, or lines of their own. */
function block(value: Plain, indent: number): string {
  // A list stands as far left as its key, as Kubernetes' own tools print it: every space counts.
  if (Array.isArray(value) && value.length > 0) return list(value, Math.max(indent - 2, 0))
  if (isTable(value) && Object.keys(value).length > 0) return `\n${table(value, indent)}`
  if (typeof value === 'string' && indent > 0 && isBlockText(value)) {
    return ` ${literal(value, indent)}`
  }
  return ` ${inline(value)}`
}

function list(items: readonly Plain[], indent: number): string {
  const margin = ' '.repeat(indent)
  const lines = items.map(item => {
    // A table begins on the line of its dash, two columns further right.
    if (isTable(item) && Object.keys(item).length > 0) {
      return `${margin}- ${table(item, indent + 2).trimStart()}`
    }
    return Array.isArray(item)
      ? `${margin}- ${inline(item)}\n`
      : `${margin}-${ended(block(item, indent + 2))}`
  })
  return `\n${lines.join('')}`
}

function table(value: { readonly [key: string]: Plain }, indent: number): string {
  const margin = ' '.repeat(indent)
  return Object.entries(value)
    .map(([key, item]) => `${margin}${keyOf(key, margin)}:${ended(block(item, indent + 2))}`)
    .join('')
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** A key; readers look for the colon of a key on one line and no further than 1024 characters. */
function keyOf(key: string, margin: string): string {
  const text = inline(key)
  return text.length > 1000 ? `? ${text}\n${margin}` : text
}

function inline(value: Plain): string {
  if (typeof value === 'string') return scalar(value)
  if (typeof value === 'number') return numberText(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  const pairs = Object.entries(value).map(([key, item]) => {
    const text = scalar(key)
    return `${text.length > 1000 ? '? ' : ''}${text}: ${inline(item)}`
  })
  return `{${pairs.join(', ')}}`
}

function isTable(value: Plain): value is { readonly [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  // YAML 1.1 wants a point in a number with an exponent: https://yaml.org/type/float.html.
  return Object.is(value, -0) ? '-0.0' : String(value).replace(/^(-?\d+)e/, '$1.0e')
}

// No colon, hash, comma or bracket, so that it is the same inside a list on one line; no digit in
// front, so that it is no number, time or date of any version; options such as --now may stay.
const plain = /^(--?)?[A-Za-z/][A-Za-z0-9_./@+-]*$/
// https://yaml.org/type/bool.html, https://yaml.org/type/null.html; `e1` is a number to npm's yaml.
const words = /^-?(y|n|yes|no|on|off|true|false|null|e[-+]?[0-9]+)$/i

function scalar(text: string): string {
  if (plain.test(text) && !words.test(text)) return text
  return /^[ -&(-~]*$/.test(text) ? `'${text}'` : quoted(text)
}

// What PyYAML's reader takes unescaped, less the line breaks of YAML 1.1, the byte order mark and
// what lies outside the basic plane; https://yaml.org/spec/1.1/#c-printable.
const raw = /^[ !#-[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/
const short: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function quoted(text: string): string {
  const parts = [...text].map(character => {
    const known = raw.test(character) ? character : short.get(character)
    if (known !== undefined) return known
    const point = character.codePointAt(0) as number
    // A lone surrogate has no UTF-8; utf8() writes U+FFFD for it as well.
    if (point >= 0xd800 && point <= 0xdfff) return '\\uFFFD'
    if (point > 0xffff) return `\\U${hex(point, 8)}`
    return point > 0xff ? `\\u${hex(point, 4)}` : `\\x${hex(point, 2)}`
  })
  return `"${parts.join('')}"`
}

function hex(point: number, digits: number): string {
  return point.toString(16).toUpperCase().padStart(digits, '0')
}

/** Whether a text of several lines can stand as it is, every byte of it visible and kept. */
export function isBlockText(text: string): boolean {
  return (
    text.includes('\n') &&
    /[^\n]/.test(text) &&
    !/[^\n\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text) &&
    !/[ \t](\n|$)/.test(text) &&
    !/^\n*\t/.test(text)
  )
}

function literal(text: string, indent: number): string {
  const chomp = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : ''
  const deep = /^\n* /.test(text) ? '2' : ''
  const margin = ' '.repeat(indent)
  const body = (text.endsWith('\n') ? text : `${text}\n`).replaceAll(/^(?=[^\n])/gm, margin)
  return `|${deep}${chomp}\n${body}`
}
