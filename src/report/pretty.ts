/** Diagnostics as a person reads them: the sentence, the line, a caret under the place. */
import { type Cell, cellsOf, printable, widthOf } from './cells.ts'
import type { Located } from './located.ts'
import { type Hidden, maskText, scrub, secretsIn } from './mask.ts'
import type { Range } from './place.ts'

/** How the terminal likes it. */
export interface Look {
  readonly colour: boolean
}

/** All diagnostics as text, a blank line between two; no secret of the spec appears in it. */
export function renderText(located: readonly Located[], { colour }: Look): string {
  const paint = colour ? coloured : plain
  const secrets = new Map<string, readonly Hidden[]>()
  return located
    .map(one => {
      const hidden = one.text === null ? [] : (secrets.get(one.text) ?? secretsIn(one.text))
      if (one.text !== null) secrets.set(one.text, hidden)
      return renderOne(one, hidden, paint)
    })
    .join('\n')
}

type Paint = (text: string, style: Style) => string
type Style = 'error' | 'warning' | 'note' | 'gutter' | 'bold'

const codes = { error: '1;31', warning: '1;33', note: '1;36', gutter: '1;34', bold: '1' } as const
const coloured: Paint = (text, style) => `\x1b[${codes[style]}m${text}\x1b[0m`
const plain: Paint = text => text

function renderOne(one: Located, hidden: readonly Hidden[], paint: Paint): string {
  const message = printable(scrub(one.message, one.text))
  const title = `${paint(`${one.severity}[${one.rule}]`, one.severity)}${paint(`: ${message}`, 'bold')}`
  const last = Math.max(one.range?.line ?? 0, ...one.also.map(({ range }) => range.line))
  const gutter = ' '.repeat(String(last).length)
  const help = one.help === '' ? [] : [scrub(one.help, one.text)]
  return [
    title,
    ...excerpt(one, one.range, hidden, gutter, (text: string) => paint(text, one.severity), paint),
    ...help.map(
      text => `${gutter} ${paint('=', 'gutter')} help: ${indented(printable(text), gutter)}`,
    ),
    ...one.also.flatMap(({ range, note }) => [
      `${paint('note', 'note')}: ${printable(scrub(note, one.text))}`,
      ...excerpt(one, range, hidden, gutter, text => paint(text, 'note'), paint),
    ]),
    '',
  ].join('\n')
}

function indented(text: string, gutter: string): string {
  return text.replaceAll('\n', `\n${gutter}         `)
}

/** The place and its lines: at most two above, for their indentation shows where the line belongs. */
function excerpt(
  { text, file }: Located,
  range: Range | null,
  hidden: readonly Hidden[],
  gutter: string,
  mark: (text: string) => string,
  paint: Paint,
): readonly string[] {
  const at = range === null ? '' : `:${range.line}:${range.column}`
  const place = `${gutter}${paint('-->', 'gutter')} ${printable(maskText(file))}${at}`
  if (text === null || range === null) return [place]
  const lines = linesUpTo(text, range)
  const shown = lines.map(line => {
    // Of a line without end, only what is near the place can be seen anyway.
    const start = line.number === range.line ? Math.max(line.start, range.start - 1000) : line.start
    return cellsOf(text, start, Math.min(line.end, start + 2000), hidden)
  })
  const target = shown.at(-1) ?? []
  const view = viewOf(target, range)
  return [
    place,
    ...shown.map((cells, index) => {
      const number = String(lines[index]?.number ?? 0).padStart(gutter.length)
      return `${paint(`${number} |`, 'gutter')} ${cut(cells, view)}`.trimEnd()
    }),
    `${paint(`${gutter} |`, 'gutter')} ${' '.repeat(view.caret)}${mark('^'.repeat(view.carets))}`,
  ]
}

interface Line {
  readonly number: number
  readonly start: number
  readonly end: number
}

function linesUpTo(text: string, range: Range): readonly Line[] {
  let start = text.lastIndexOf('\n', range.start - 1) + 1
  if (range.start === 0) start = 0
  const lines: Line[] = []
  for (let number = range.line; number > 0 && number > range.line - 3; number--) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    lines.unshift({ number, start, end: text[end - 1] === '\r' && end > start ? end - 1 : end })
    if (start === 0) break
    start = start === 1 ? 0 : text.lastIndexOf('\n', start - 2) + 1
  }
  const first = lines.findIndex(({ start, end }) => text.slice(start, end).trim() !== '')
  return lines.slice(Math.min(first < 0 ? lines.length - 1 : first, lines.length - 1))
}

const maxWidth = 110

/** Which columns of the lines are shown, and where the carets stand among them. */
interface View {
  readonly from: number
  readonly caret: number
  readonly carets: number
}

function viewOf(cells: readonly Cell[], range: Range): View {
  const before = cells.filter(cell => cell.end <= range.start)
  const within = cells.filter(cell => cell.end > range.start && cell.start < range.end)
  const column = widthOf(before)
  const width = Math.max(1, widthOf(within))
  const fits = column + Math.min(width, 20) <= maxWidth
  const from = fits ? 0 : column - 40
  const caret = column - from + (fits ? 0 : 1)
  return { from, caret, carets: Math.max(1, Math.min(width, maxWidth - caret)) }
}

function cut(cells: readonly Cell[], { from }: View): string {
  let column = 0
  let shown = from > 0 && widthOf(cells) > 0 ? '…' : ''
  for (const cell of cells) {
    if (column >= from + maxWidth) return `${shown}…`
    if (column >= from) shown += cell.shown
    // A wide character that the cut halves leaves its second half as a space.
    else if (column + cell.width > from) shown += ' '.repeat(column + cell.width - from)
    column += cell.width
  }
  return shown
}
