/**
 * JSON as Go's encoding/json reads it (go1.26 src/encoding/json/scanner.go and decode.go): with the
 * position of each value, with repeated keys, and with numbers as they are written.
 */

/** One value of a text; `start` and `end` are offsets in the text. */
export type GoJson = GoJsonObject | GoJsonList | GoJsonScalar

/** An object with its members in the order of the text; a key that occurs twice has two members. */
export interface GoJsonObject {
  readonly kind: 'object'
  readonly start: number
  readonly end: number
  readonly members: readonly GoJsonMember[]
}

/** A key of an object with its value; the offsets are those of the key. */
export interface GoJsonMember {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly value: GoJson
}

/** A list. */
export interface GoJsonList {
  readonly kind: 'list'
  readonly start: number
  readonly end: number
  readonly items: readonly GoJson[]
}

/** A text, a number as it is written, or one of the three words. */
export type GoJsonScalar = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
)

/** The syntax that is expected where a text stops being JSON. */
export type Expected =
  | 'value'
  | 'key'
  | 'colon'
  | 'comma-or-brace'
  | 'comma-or-bracket'
  | 'closing-quote'
  | 'escape'
  | 'digit'
  | 'end'
  | 'less-nesting'

/** The value of a text, or the offset at which it stops being JSON. */
export type GoJsonResult = { readonly ok: true; readonly value: GoJson } | BrokenGoJson

/** The offset at which a text stops being JSON. */
export interface BrokenGoJson {
  readonly ok: false
  readonly offset: number
  readonly expected: Expected
}

// go1.26 src/encoding/json/scanner.go: maxNestingDepth.
const maxDepth = 10_000

interface Failure {
  readonly offset: number
  readonly expected: Expected
}

/** An object or list whose closing bracket was not read yet. */
type Open =
  | { readonly kind: 'object'; readonly start: number; readonly members: GoJsonMember[]; key: Key }
  | { readonly kind: 'list'; readonly start: number; readonly items: GoJson[] }

type Key = Omit<GoJsonMember, 'value'>

/** Parses a text without recursion: a text of 10,000 levels must not exhaust the stack. */
export function parseGoJson(text: string): GoJsonResult {
  const open: Open[] = []
  let offset = 0
  for (;;) {
    const begun = beginValue(text, skipSpace(text, offset), open)
    if ('expected' in begun) return { ok: false, ...begun }
    if (open.length > maxDepth) return { ok: false, offset, expected: 'less-nesting' }
    offset = begun.offset
    if (begun.value === null) continue
    const next = closeContainers(text, offset, begun.value, open)
    if ('expected' in next) return { ok: false, ...next }
    if (next.value !== null) return { ok: true, value: next.value }
    offset = next.offset
  }
}

/** A position after which a value follows (`value` is null), or the position after a value. */
interface Progress {
  readonly offset: number
  readonly value: GoJson | null
}

/** Reads a scalar or an empty container, or opens a container up to its first value. */
function beginValue(text: string, start: number, open: Open[]): Progress | Failure {
  const character = text.charAt(start)
  if (character !== '{' && character !== '[') return scalarAt(text, start)
  const inside = skipSpace(text, start + 1)
  const isObject = character === '{'
  if (text.charAt(inside) === (isObject ? '}' : ']')) {
    const end = inside + 1
    const value: GoJson = isObject
      ? { kind: 'object', start, end, members: [] }
      : { kind: 'list', start, end, items: [] }
    return { offset: end, value }
  }
  if (!isObject) {
    open.push({ kind: 'list', start, items: [] })
    return { offset: inside, value: null }
  }
  const keyed = keyAt(text, inside)
  if ('expected' in keyed) return keyed
  open.push({ kind: 'object', start, members: [], key: keyed.key })
  return { offset: keyed.offset, value: null }
}

/** Adds a complete value to its container, and closes each container that ends after it. */
function closeContainers(
  text: string,
  after: number,
  complete: GoJson,
  open: Open[],
): Progress | Failure {
  let value = complete
  let offset = skipSpace(text, after)
  for (let container = open.at(-1); container !== undefined; container = open.at(-1)) {
    if (container.kind === 'object') container.members.push({ ...container.key, value })
    else container.items.push(value)
    const character = text.charAt(offset)
    if (character === ',') return nextValue(text, skipSpace(text, offset + 1), container)
    if (character !== (container.kind === 'object' ? '}' : ']')) {
      const expected = container.kind === 'object' ? 'comma-or-brace' : 'comma-or-bracket'
      return { offset, expected }
    }
    open.pop()
    const end = offset + 1
    const { start } = container
    value =
      container.kind === 'object'
        ? { kind: 'object', start, end, members: container.members }
        : { kind: 'list', start, end, items: container.items }
    offset = skipSpace(text, end)
  }
  return offset < text.length ? { offset, expected: 'end' } : { offset, value }
}

/** The position of the value after a comma. */
function nextValue(text: string, offset: number, container: Open): Progress | Failure {
  if (container.kind === 'list') return { offset, value: null }
  const keyed = keyAt(text, offset)
  if ('expected' in keyed) return keyed
  container.key = keyed.key
  return { offset: keyed.offset, value: null }
}

function keyAt(
  text: string,
  start: number,
): { readonly key: Key; readonly offset: number } | Failure {
  if (text.charAt(start) !== '"') return { offset: start, expected: 'key' }
  const read = textAt(text, start)
  if ('expected' in read) return read
  const offset = skipSpace(text, read.end)
  if (text.charAt(offset) !== ':') return { offset, expected: 'colon' }
  return { key: { key: read.value, start, end: read.end }, offset: offset + 1 }
}

function scalarAt(text: string, start: number): Progress | Failure {
  const character = text.charAt(start)
  if (character === '"') {
    const read = textAt(text, start)
    if ('expected' in read) return read
    return { offset: read.end, value: { kind: 'text', start, end: read.end, value: read.value } }
  }
  if (/[-0-9]/.test(character)) return numberAt(text, start)
  const word = /^(?:true|false|null)/.exec(text.slice(start, start + 5))?.[0]
  if (word === undefined) return { offset: start, expected: 'value' }
  const end = start + word.length
  return {
    offset: end,
    value:
      word === 'null'
        ? { kind: 'null', start, end }
        : { kind: 'boolean', start, end, value: word === 'true' },
  }
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y

function numberAt(text: string, start: number): Progress | Failure {
  numberPattern.lastIndex = start
  const literal = numberPattern.exec(text)?.[0]
  if (literal === undefined) return { offset: start + 1, expected: 'digit' }
  const end = start + literal.length
  // The pattern ends before an incomplete fraction or exponent.
  const incomplete = /^(?:\.|[eE][-+]?)/.exec(text.slice(end, end + 2))?.[0]
  if (incomplete !== undefined) return { offset: end + incomplete.length, expected: 'digit' }
  return { offset: end, value: { kind: 'number', start, end, literal } }
}

const plainCharacters = /[^"\\\u0000-\u001f]*/y
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Reads the text in quotation marks that starts at an offset. */
function textAt(
  text: string,
  start: number,
): { readonly value: string; readonly end: number } | Failure {
  let offset = start + 1
  let isPlain = true
  for (;;) {
    plainCharacters.lastIndex = offset
    plainCharacters.test(text)
    offset = plainCharacters.lastIndex
    const character = text.charAt(offset)
    if (character === '"') break
    if (character !== '\\') return { offset, expected: 'closing-quote' }
    isPlain = false
    escapePattern.lastIndex = offset
    if (!escapePattern.test(text)) return { offset, expected: 'escape' }
    offset = escapePattern.lastIndex
  }
  const end = offset + 1
  if (isPlain) return { value: text.slice(start + 1, offset), end }
  return { value: withoutLoneSurrogates(JSON.parse(text.slice(start, end)) as string), end }
}

// Go writes U+FFFD for an escaped surrogate without its other half: decode.go, unquoteBytes.
function withoutLoneSurrogates(text: string): string {
  return text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  )
}

const space = /[ \t\r\n]*/y

function skipSpace(text: string, offset: number): number {
  space.lastIndex = offset
  space.test(text)
  return space.lastIndex
}
