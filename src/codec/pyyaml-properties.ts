/**
 * Anchors, tags and directives, by the rules of PyYAML:
 * https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/scanner.py from scan_directive to scan_tag.
 */
import { type Cursor, isLineBreak } from './pyyaml-cursor.ts'
import { quoted, takeRestOfLine } from './pyyaml-scalar-text.ts'

const name = /[0-9A-Za-z_-]*/y
const spaces = / */y

/** Reads the name of an anchor or alias; the cursor is at its `&` or `*`. */
export function takeAnchorName(cursor: Cursor): string {
  cursor.advance(1)
  const taken = cursor.take(name)
  if (taken === '') cursor.refuse('an anchor needs a name of letters and digits')
  if (!/[\0 \t\n\r\x85\u2028\u2029?:,\]}%@`]/.test(cursor.peek())) {
    cursor.refuse(`unexpected ${quoted(cursor.peek())} in the name of an anchor`)
  }
  return taken
}

/** A tag: a prefix (null for a complete tag) and the text after it. */
export interface TagName {
  readonly handle: string | null
  readonly suffix: string
}

/** Reads a tag; the cursor is at its `!`. */
export function takeTag(cursor: Cursor): TagName {
  const tag = takeTagName(cursor)
  if (!endsWord(cursor.peek())) cursor.refuse(`unexpected ${quoted(cursor.peek())} after a tag`)
  return tag
}

function takeTagName(cursor: Cursor): TagName {
  const next = cursor.peek(1)
  if (next === '<') {
    cursor.advance(2)
    const suffix = takeUri(cursor)
    if (cursor.peek() !== '>') cursor.refuse('">" is missing after a tag')
    cursor.advance(1)
    return { handle: null, suffix }
  }
  if (endsWord(next) || next === '\t') {
    cursor.advance(1)
    return { handle: null, suffix: '!' }
  }
  const handle = hasSecondMark(cursor) ? takeHandle(cursor) : '!'
  if (handle === '!') cursor.advance(1)
  return { handle, suffix: takeUri(cursor) }
}

/** Whether a second `!` follows in the same word. */
function hasSecondMark(cursor: Cursor): boolean {
  for (let distance = 1; !endsWord(cursor.peek(distance)); distance++) {
    if (cursor.peek(distance) === '!') return true
  }
  return false
}

/** `!`, `!!` or `!name!`. */
function takeHandle(cursor: Cursor): string {
  if (cursor.peek() !== '!') cursor.refuse(`"!" is missing before ${quoted(cursor.peek())}`)
  cursor.advance(1)
  if (cursor.peek() === ' ') return '!'
  const word = cursor.take(name)
  if (cursor.peek() !== '!') cursor.refuse(`unexpected ${quoted(cursor.peek())} in a tag`)
  cursor.advance(1)
  return `!${word}!`
}

const uriCharacters = /[0-9A-Za-z;/?:@&=+$,_.!~*'()[\]-]*/y
const uriEscapes = /(?:%[0-9A-Fa-f]{2})+/y

function takeUri(cursor: Cursor): string {
  let uri = ''
  for (;;) {
    uri += cursor.take(uriCharacters)
    if (cursor.peek() !== '%') break
    const escapes = cursor.take(uriEscapes)
    if (escapes === '' || cursor.peek() === '%') cursor.refuse('invalid escape in a tag')
    uri += decodeEscapes(escapes) ?? cursor.refuse('an escape in a tag is not UTF-8')
  }
  if (uri === '') cursor.refuse(`unexpected ${quoted(cursor.peek())} in a tag`)
  return uri
}

function decodeEscapes(escapes: string): string | null {
  try {
    return decodeURIComponent(escapes)
  } catch {
    return null // decodeURIComponent reports invalid UTF-8 by throwing.
  }
}

/** A directive: its name, and its values where it is YAML or TAG. */
export interface Directive {
  readonly name: string
  readonly values: readonly string[]
}

/** Reads a directive and the rest of its line; the cursor is at its `%`. */
export function takeDirective(cursor: Cursor): Directive {
  cursor.advance(1)
  const taken = cursor.take(name)
  if (taken === '' || !endsWord(cursor.peek())) {
    cursor.refuse(`unexpected ${quoted(cursor.peek())} in the name of a directive`)
  }
  const values = takeValues(cursor, taken)
  takeRestOfLine(cursor, 'after a directive')
  return { name: taken, values }
}

function takeValues(cursor: Cursor, directive: string): readonly string[] {
  if (directive === 'YAML') return takeVersion(cursor)
  if (directive === 'TAG') return takeTagPrefix(cursor)
  while (cursor.peek() !== '\0' && !isLineBreak(cursor.peek())) cursor.advance(1)
  return []
}

function takeVersion(cursor: Cursor): readonly string[] {
  cursor.take(spaces)
  const [major = '', minor = ''] = cursor.take(/[0-9]+\.[0-9]+/y).split('.')
  if (minor === '' || !endsWord(cursor.peek())) cursor.refuse('the version of YAML is invalid')
  return [major, minor]
}

function takeTagPrefix(cursor: Cursor): readonly string[] {
  cursor.take(spaces)
  const handle = takeHandle(cursor)
  if (cursor.peek() !== ' ') cursor.refuse('a space is missing after the prefix of a tag')
  cursor.take(spaces)
  const prefix = takeUri(cursor)
  if (!endsWord(cursor.peek())) cursor.refuse(`unexpected ${quoted(cursor.peek())} after a tag`)
  return [handle, prefix]
}

/** White space except a tab, or the end of the text. */
function endsWord(character: string): boolean {
  return /[\0 \n\r\x85\u2028\u2029]/.test(character)
}
