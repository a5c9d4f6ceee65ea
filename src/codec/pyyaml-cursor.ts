/** A position in a YAML text, by the rules of PyYAML: its line breaks and its columns. */

/** A position that moves forward; the text ends with `\0`, which YAML does not allow anywhere else. */
export interface Cursor {
  /** The offset in the text, in UTF-16 units. */
  readonly offset: number
  /** The number of line breaks before the position. */
  readonly line: number
  /** The characters since the line break, in UTF-16 units; byte order marks do not count. */
  readonly column: number
  /** The character at the position plus `distance` characters. */
  readonly peek: (distance?: number) => string
  /** Moves over the characters that a sticky pattern matches, which are not line breaks. */
  readonly take: (pattern: RegExp) => string
  /** Moves over characters that are not line breaks. */
  readonly advance: (length: number) => void
  /** Moves over a line break: `\n`, U+2028 or U+2029; an empty text where there is none. */
  readonly takeLineBreak: () => string
  /** Whether `---` or `...` stands at the position, and white space after it. */
  readonly isDocumentMark: () => boolean
  /** Whether more than `count` characters were taken since an earlier offset. */
  readonly hasPassed: (count: number, offset: number) => boolean
  /** Throws an Error with the line and the column of the position, or of an earlier offset. */
  readonly refuse: (problem: string, offset?: number) => never
}

/** Whether a character is a line break: https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/scanner.py scan_line_break. */
export function isLineBreak(character: string): boolean {
  return lineBreaks.has(character)
}

const lineBreaks: ReadonlySet<string> = new Set('\n\r\x85\u2028\u2029')

/** Whether a character is white space or the end of the text. */
export function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\0' || isLineBreak(character)
}

/** A cursor at the start of a text without `\0`. */
export function openCursor(source: string): Cursor {
  const text = `${source}\0`
  const hasMarks = source.includes('\ufeff')
  let offset = 0
  let line = 0
  let lineStart = 0
  const advance = (length: number) => {
    const end = offset + length
    if (hasMarks) lineStart += text.slice(offset, end).split('\ufeff').length - 1
    offset = end
  }
  return {
    get offset() {
      return offset
    },
    get line() {
      return line
    },
    get column() {
      return offset - lineStart
    },
    peek: (distance = 0) => text.charAt(offset + distance),
    advance,
    take(pattern) {
      pattern.lastIndex = offset
      const [taken = ''] = pattern.exec(text) ?? []
      advance(taken.length)
      return taken
    },
    takeLineBreak() {
      const character = text.charAt(offset)
      if (!isLineBreak(character)) return ''
      offset += character === '\r' && text.charAt(offset + 1) === '\n' ? 2 : 1
      line++
      lineStart = offset
      return character === '\u2028' || character === '\u2029' ? character : '\n'
    },
    isDocumentMark() {
      const mark = text.slice(offset, offset + 3)
      return (mark === '---' || mark === '...') && isSpace(text.charAt(offset + 3))
    },
    hasPassed(count, start) {
      // A character has at most two units.
      const end = Math.min(offset, start + 2 * count + 2)
      return end - start > count && [...text.slice(start, end)].length > count
    },
    refuse(problem, at = offset) {
      throw new Error(`${placeOf(text, at)}: ${problem}`)
    },
  }
}

/** Line and column of an offset, counted from 1. */
function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|[\n\r\x85\u2028\u2029]/)
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}
