/** Diagnostics as text for people: the message, the line, carets below the position, the help. */
import { type Cell, cellsOf, printable, totalWidth, type WidthOf } from './cells.ts'
import type { Located } from './located.ts'
import { findSecrets, maskText, type Secrets } from './mask.ts'
import type { Range } from './place.ts'

/** How the text is printed. */
export interface TextOptions {
  readonly colour: boolean
  readonly widthOf: WidthOf
}

/** All diagnostics as text, with a blank line between two. Secrets of the spec are masked. */
export function renderText(located: readonly Located[], { colour, widthOf }: TextOptions): string {
  const paint = colour ? ansiPaint : noPaint
  const secretsOf = findSecrets(located.map(({ text }) => text))
  return located
    .map(diagnostic =>
      renderDiagnostic(diagnostic, { paint, widthOf, secrets: secretsOf(diagnostic.text) }),
    )
    .join('\n')
}

interface Output {
  readonly paint: Paint
  readonly widthOf: WidthOf
  readonly secrets: Secrets
}

type Paint = (text: string, style: Style) => string
type Style = 'error' | 'warning' | 'note' | 'gutter' | 'bold'

const codes = { error: '1;31', warning: '1;33', note: '1;36', gutter: '1;34', bold: '1' } as const
const ansiPaint: Paint = (text, style) => `\x1b[${codes[style]}m${text}\x1b[0m`
const noPaint: Paint = text => text

function renderDiagnostic(diagnostic: Located, output: Output): string {
  const { severity, also, range } = diagnostic
  const { paint, secrets } = output
  const message = printable(secrets.scrub(diagnostic.message))
  const title = `${paint(`${severity}[${diagnostic.rule}]`, severity)}${paint(`: ${message}`, 'bold')}`
  const lastLine = Math.max(range?.line ?? 0, ...also.map(related => related.range.line))
  const gutter = ' '.repeat(String(lastLine).length)
  const help = diagnostic.help === '' ? [] : [printable(secrets.scrub(diagnostic.help))]
  const excerptAt = (position: Range | null, style: Style) =>
    excerpt({ diagnostic, range: position, gutter, style }, output)
  return [
    title,
    ...excerptAt(range, severity),
    ...help.map(lines => `${gutter} ${paint('=', 'gutter')} help: ${indented(lines, gutter)}`),
    ...also.flatMap(related => [
      `${paint('note', 'note')}: ${printable(secrets.scrub(related.note))}`,
      ...excerptAt(related.range, 'note'),
    ]),
    '',
  ].join('\n')
}

/** The help's second and later lines start in the column of the first. */
function indented(help: string, gutter: string): string {
  return help.replaceAll('\n', `\n${gutter}         `)
}

interface Excerpt {
  readonly diagnostic: Located
  readonly range: Range | null
  /** Spaces, as many as the largest line number has digits. */
  readonly gutter: string
  readonly style: Style
}

/** The position, its line with carets below, and up to two lines above, which show the nesting. */
function excerpt(
  { diagnostic, range, gutter, style }: Excerpt,
  { paint, widthOf, secrets }: Output,
): readonly string[] {
  const { text } = diagnostic
  const position = range === null ? '' : `:${range.line}:${range.column}`
  const file = printable(maskText(diagnostic.file))
  const heading = `${gutter}${paint('-->', 'gutter')} ${file}${position}`
  if (text === null || range === null) return [heading]
  const lines = linesUpTo(text, range)
  const shown = lines.map(line => {
    // Of a very long line only the part near the range is converted.
    const start = line.number === range.line ? Math.max(line.start, range.start - 1000) : line.start
    return cellsOf(text, start, Math.min(line.end, start + 2000), secrets.hidden, widthOf)
  })
  const view = viewOf(shown.at(-1) ?? [], range)
  return [
    heading,
    ...shown.map((cells, index) => {
      const number = String(lines[index]?.number ?? 0).padStart(gutter.length)
      return `${paint(`${number} |`, 'gutter')} ${visiblePart(cells, view)}`.trimEnd()
    }),
    `${paint(`${gutter} |`, 'gutter')} ${' '.repeat(view.caret)}${paint('^'.repeat(view.carets), style)}`,
  ]
}

interface Line {
  readonly number: number
  readonly start: number
  readonly end: number
}

/** The line where the range starts and up to two lines above, without leading blank lines. */
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

/** The greatest number of columns of a printed line, without line number. */
const maxWidth = 110

/** The first column that is shown, and the column and number of the carets in the shown part. */
interface View {
  readonly from: number
  readonly caret: number
  readonly carets: number
}

function viewOf(cells: readonly Cell[], range: Range): View {
  const before = cells.filter(cell => cell.end <= range.start)
  const within = cells.filter(cell => cell.end > range.start && cell.start < range.end)
  const column = totalWidth(before)
  const width = Math.max(1, totalWidth(within))
  const fits = column + Math.min(width, 20) <= maxWidth
  const from = fits ? 0 : column - 40
  const caret = column - from + (fits ? 0 : 1)
  return { from, caret, carets: Math.max(1, Math.min(width, maxWidth - caret)) }
}

function visiblePart(cells: readonly Cell[], { from }: View): string {
  let column = 0
  let shown = from > 0 && totalWidth(cells) > 0 ? '…' : ''
  for (const cell of cells) {
    if (column >= from + maxWidth) return `${shown}…`
    if (column >= from) shown += cell.shown
    // A double-width character that starts left of the shown part becomes spaces.
    else if (column + cell.width > from) shown += ' '.repeat(column + cell.width - from)
    column += cell.width
  }
  return shown
}
