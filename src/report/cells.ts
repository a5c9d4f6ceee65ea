/** A line of text as a terminal shows it: the printable form and the width of each character. */
import { type Hidden, mask } from './mask.ts'

/** The number of terminal columns of a character. The core passes it in: this room has no imports. */
export type WidthOf = (codePoint: number) => number

/** One printed unit: a character, or the mask of a secret, and the part of the text that it represents. */
export interface Cell {
  readonly shown: string
  readonly width: number
  readonly start: number
  readonly end: number
}

/** The cells of `text` from `start` to `end`; each hidden part becomes one cell. */
export function cellsOf(
  text: string,
  start: number,
  end: number,
  hidden: readonly Hidden[],
  widthOf: WidthOf,
): readonly Cell[] {
  const cells: Cell[] = []
  const masked = hidden.filter(part => part.end > start && part.start < end)
  for (let offset = start; offset < end; ) {
    const secret = masked.find(part => part.start <= offset && offset < part.end)
    const cell =
      secret === undefined
        ? characterCell(text, offset, widthOf)
        : { shown: mask, width: mask.length, start: offset, end: Math.min(secret.end, end) }
    cells.push(cell)
    offset = cell.end
  }
  return cells
}

function characterCell(text: string, start: number, widthOf: WidthOf): Cell {
  const codePoint = text.codePointAt(start) ?? 0
  const shown = printableForm(codePoint)
  const width = shown === tab ? tab.length : widthOf(shown.codePointAt(0) ?? 0)
  return { shown, width, start, end: start + (codePoint > 0xffff ? 2 : 1) }
}

/** The sum of the cells' widths, in columns. */
export function totalWidth(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0)
}

/** The text without characters that move the cursor or reverse the reading direction. */
export function printable(text: string): string {
  return text.replace(allUnprintable, character =>
    character === '\n' ? '\n' : printableForm(character.codePointAt(0) ?? 0),
  )
}

const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/
const allUnprintable = new RegExp(unprintable, 'g')
const tab = '    '

/** The character itself, spaces for a tab, a control picture (U+2400 to U+241F) or U+FFFD. */
function printableForm(codePoint: number): string {
  if (codePoint === 0x09) return tab
  const character = String.fromCodePoint(codePoint)
  if (codePoint < 0x20) return String.fromCodePoint(0x2400 + codePoint)
  return codePoint >= 0x7f && unprintable.test(character) ? '\ufffd' : character
}
