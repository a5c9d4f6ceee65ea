/** A line as a terminal shows it: what each character looks like there and how wide it is. */
import { type Hidden, mask } from './mask.ts'

/** One thing on the screen and the stretch of the text that it stands for. */
export interface Cell {
  readonly shown: string
  readonly width: number
  readonly start: number
  readonly end: number
}

/** The cells of a line of `text`; a hidden stretch is one cell. */
export function cellsOf(
  text: string,
  start: number,
  end: number,
  hidden: readonly Hidden[],
): readonly Cell[] {
  const cells: Cell[] = []
  const masks = hidden.filter(one => one.end > start && one.start < end)
  for (let at = start; at < end; ) {
    const masked = masks.find(one => one.start <= at && at < one.end)
    const point = text.codePointAt(at) ?? 0
    const next = masked === undefined ? at + (point > 0xffff ? 2 : 1) : Math.min(masked.end, end)
    const shown = masked === undefined ? look(point) : mask
    cells.push({
      shown,
      width: masked === undefined ? columns(shown) : mask.length,
      start: at,
      end: next,
    })
    at = next
  }
  return cells
}

/** How many columns the cells take. */
export function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0)
}

/** Text that cannot move the cursor or turn the reading direction. */
export function printable(text: string): string {
  return text.replace(allUnprintable, character =>
    character === '\n' ? '\n' : look(character.codePointAt(0) ?? 0),
  )
}

const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/
const allUnprintable = new RegExp(unprintable, 'g')
const tab = '    '

function look(point: number): string {
  if (point === 0x09) return tab
  const character = String.fromCodePoint(point)
  if (point < 0x20) return String.fromCodePoint(0x2400 + point)
  return point >= 0x7f && unprintable.test(character) ? '\ufffd' : character
}

function columns(shown: string): number {
  if (shown === tab) return tab.length
  return flat.test(shown) ? 0 : wide.test(shown) ? 2 : 1
}

const flat = /^(?:\p{Mn}|\p{Me}|[\u200b-\u200d\u2060])$/u

// Unicode's East Asian Width W and F, in blocks.
const wide =
  /^(?:\p{Script=Hangul}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Yi}|\p{Emoji_Presentation}|[\u3000-\u303e\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6])$/u
