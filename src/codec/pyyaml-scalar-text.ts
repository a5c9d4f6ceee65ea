/**
 * The texts of YAML scalars, by the rules of PyYAML:
 * https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/scanner.py from scan_block_scalar to scan_plain.
 */
import { type Cursor, isLineBreak } from './pyyaml-cursor.ts'

const spaces = / */y
const blanks = /[ \t]*/y
const lineContent = /[^\0\n\r\x85\u2028\u2029]*/y
const unquotedContent = /[^'"\\\0 \t\n\r\x85\u2028\u2029]*/y

/** Reads a block scalar; the cursor is at its `|` or `>`, and `indent` is the indentation of its parent. */
export function takeBlockScalar(cursor: Cursor, indent: number): string {
  const isFolded = cursor.peek() === '>'
  cursor.advance(1)
  const { chomping, increment } = takeBlockHeader(cursor)
  const minimum = Math.max(indent + 1, 1)
  const first = increment === null ? takeIndentation(cursor) : { breaks: '', deepest: 0 }
  const margin = increment === null ? Math.max(minimum, first.deepest) : minimum + increment - 1
  let breaks = increment === null ? first.breaks : takeBreaks(cursor, margin)
  let text = ''
  let lineBreak = ''
  while (cursor.column === margin && cursor.peek() !== '\0') {
    text += breaks
    const isPlainLine = !isBlank(cursor.peek())
    text += cursor.take(lineContent)
    lineBreak = cursor.takeLineBreak()
    breaks = takeBreaks(cursor, margin)
    if (cursor.column !== margin || cursor.peek() === '\0') break
    if (isFolded && lineBreak === '\n' && isPlainLine && !isBlank(cursor.peek())) {
      if (breaks === '') text += ' '
    } else text += lineBreak
  }
  // The last line of the text may have no line break; the scalar then ends without a line break.
  if (chomping !== '-') text += lineBreak
  return chomping === '+' ? text + breaks : text
}

function takeBlockHeader(cursor: Cursor): {
  readonly chomping: string
  readonly increment: number | null
} {
  const indicators = cursor.take(/(?:[+-][0-9]?|[0-9][+-]?)?/y)
  const digit = /[0-9]/.exec(indicators)?.[0] ?? null
  if (digit === '0') cursor.refuse('the indentation of a block text must be 1 to 9')
  if (!/[\0 \n\r\x85\u2028\u2029]/.test(cursor.peek())) {
    cursor.refuse(`unexpected ${quoted(cursor.peek())} after "|" or ">"`)
  }
  takeRestOfLine(cursor, 'after "|" or ">"')
  return {
    chomping: /[+-]/.exec(indicators)?.[0] ?? '',
    increment: digit === null ? null : Number(digit),
  }
}

/** Moves over spaces, a comment and the line break. */
export function takeRestOfLine(cursor: Cursor, where: string): void {
  cursor.take(spaces)
  if (cursor.peek() === '#') cursor.take(lineContent)
  if (cursor.peek() !== '\0' && !isLineBreak(cursor.peek())) {
    cursor.refuse(`unexpected ${quoted(cursor.peek())} ${where}`)
  }
  cursor.takeLineBreak()
}

/** The line breaks before the first line of a block, and the largest indentation of the empty lines and of that line. */
function takeIndentation(cursor: Cursor): { readonly breaks: string; readonly deepest: number } {
  let breaks = ''
  let deepest = 0
  for (;;) {
    cursor.take(spaces)
    deepest = Math.max(deepest, cursor.column)
    const lineBreak = cursor.takeLineBreak()
    if (lineBreak === '') return { breaks, deepest }
    breaks += lineBreak
  }
}

/** The line breaks of empty lines; at most `margin` spaces of the next line are taken. */
function takeBreaks(cursor: Cursor, margin: number): string {
  let breaks = ''
  for (;;) {
    let indentation = 0
    while (cursor.column + indentation < margin && cursor.peek(indentation) === ' ') indentation++
    cursor.advance(indentation)
    const lineBreak = cursor.takeLineBreak()
    if (lineBreak === '') return breaks
    breaks += lineBreak
  }
}

/** Reads a quoted scalar; the cursor is at its first quote. */
export function takeQuotedScalar(cursor: Cursor): string {
  const quote = cursor.peek()
  cursor.advance(1)
  let text = takeWords(cursor, quote)
  while (cursor.peek() !== quote) text += takeQuotedSpace(cursor) + takeWords(cursor, quote)
  cursor.advance(1)
  return text
}

/** The characters up to white space or the last quote, with escapes replaced. */
function takeWords(cursor: Cursor, quote: string): string {
  let text = ''
  for (;;) {
    text += cursor.take(unquotedContent)
    const character = cursor.peek()
    if (quote === "'" && character === "'" && cursor.peek(1) === "'") {
      text += character
      cursor.advance(2)
    } else if (quote === '"' ? character === "'" : character === '"' || character === '\\') {
      text += character
      cursor.advance(1)
    } else if (quote === '"' && character === '\\') text += takeEscape(cursor)
    else return text
  }
}

const escapedCharacters: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r' },
  ...{ e: '\x1b', ' ': ' ', '"': '"', '\\': '\\', '/': '/', N: '\x85', _: '\xa0' },
  ...{ L: '\u2028', P: '\u2029' },
}
const digitsByLetter: Readonly<Record<string, RegExp>> = {
  x: /[0-9A-Fa-f]{2}/y,
  u: /[0-9A-Fa-f]{4}/y,
  U: /[0-9A-Fa-f]{8}/y,
}

function takeEscape(cursor: Cursor): string {
  const letter = cursor.peek(1)
  const digits = digitsByLetter[letter]
  if (digits !== undefined) {
    cursor.advance(2)
    const code = Number.parseInt(cursor.take(digits), 16)
    if (!(code <= 0x10ffff)) cursor.refuse(`invalid escape "\\${letter}"`)
    // Python keeps two escaped halves of a surrogate pair as two characters, which have no UTF-8 form.
    // JavaScript would join them into one character. A second half in the place of the first prevents that.
    return String.fromCodePoint(code >= 0xd800 && code <= 0xdbff ? 0xdc00 : code)
  }
  const character = escapedCharacters[letter]
  if (character !== undefined) {
    cursor.advance(2)
    return character
  }
  if (!isLineBreak(letter)) cursor.refuse(`unknown escape ${quoted(`\\${letter}`)}`)
  cursor.advance(1)
  cursor.takeLineBreak()
  return takeQuotedBreaks(cursor)
}

/** White space inside quotes: a single line break is a space. */
function takeQuotedSpace(cursor: Cursor): string {
  const blank = cursor.take(blanks)
  if (cursor.peek() === '\0') cursor.refuse('the quoted text has no end')
  const lineBreak = cursor.takeLineBreak()
  if (lineBreak === '') return blank
  return joinLines(lineBreak, takeQuotedBreaks(cursor))
}

function takeQuotedBreaks(cursor: Cursor): string {
  let breaks = ''
  for (;;) {
    if (cursor.isDocumentMark()) cursor.refuse('a document mark inside a quoted text')
    cursor.take(blanks)
    const lineBreak = cursor.takeLineBreak()
    if (lineBreak === '') return breaks
    breaks += lineBreak
  }
}

function joinLines(lineBreak: string, breaks: string): string {
  if (lineBreak !== '\n') return lineBreak + breaks
  return breaks === '' ? ' ' : breaks
}

const plainContent = /[^\0 \t\n\r\x85\u2028\u2029:]*/y
const plainFlowContent = /[^\0 \t\n\r\x85\u2028\u2029:,?[\]{}]*/y

/** A plain scalar, and whether a line break follows it. */
export interface PlainText {
  readonly text: string
  readonly endsLine: boolean
}

/** The text of a plain scalar at the cursor; `indent` is null inside brackets and braces. */
export function takePlainScalar(cursor: Cursor, indent: number | null): PlainText {
  let text = ''
  let space = ''
  let endsLine = false
  while (cursor.peek() !== '#') {
    const word = takePlainWord(cursor, indent === null)
    if (word === '') break
    text += space + word
    const line = cursor.line
    space = takePlainSpace(cursor)
    endsLine = cursor.line !== line
    if (space === '' || (indent !== null && cursor.column < indent)) break
  }
  return { text, endsLine }
}

/** Characters up to white space, and up to a colon that ends a key. */
function takePlainWord(cursor: Cursor, inFlow: boolean): string {
  let word = ''
  for (;;) {
    word += cursor.take(inFlow ? plainFlowContent : plainContent)
    const next = cursor.peek(1)
    if (cursor.peek() !== ':' || /[\0 \t\n\r\x85\u2028\u2029]/.test(next)) return word
    if (inFlow && /[,[\]{}]/.test(next)) return word
    word += ':'
    cursor.advance(1)
  }
}

/** White space inside a plain scalar; empty where the scalar ends. A tab ends it. */
function takePlainSpace(cursor: Cursor): string {
  const blank = cursor.take(spaces)
  const lineBreak = cursor.takeLineBreak()
  if (lineBreak === '') return blank
  let breaks = ''
  for (;;) {
    if (cursor.isDocumentMark()) return ''
    cursor.take(spaces)
    const next = cursor.takeLineBreak()
    if (next === '') return joinLines(lineBreak, breaks)
    breaks += next
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t'
}

/** A character in a message. */
export function quoted(character: string): string {
  return character === '\0' ? 'the end of the text' : JSON.stringify(character)
}
