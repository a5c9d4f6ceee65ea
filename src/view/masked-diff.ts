/** What changed in one file, as a unified diff in which a changed secret shows as changed, and as nothing else. */
import { createTwoFilesPatch } from 'diff'
import { type Hidden, mask, secretsIn } from '../report/mask.ts'

/** One side of a comparison: a file of text. */
export interface Side {
  readonly text: string
  /** Nobody but its owner may read it on the node. */
  readonly secret: boolean
}

/** Nobody reads longer lines: they are a minified program's. */
const longestLine = 2000

/** The hunks of a unified diff; null stands for no file, `digests` are those of secret files. */
export function diffText(
  path: string,
  old: Side | null,
  now: Side | null,
  digests: readonly string[],
): string {
  const before = old?.text ?? ''
  const after = now?.text ?? ''
  if (isProgram(before) || isProgram(after)) return sizes(before.length, after.length)
  const hiddenBefore = hiddenIn(path, old, digests)
  const hiddenAfter = hiddenIn(path, now, digests)
  const left = maskSide(before, hiddenBefore, valuesOf(after, hiddenAfter), '*** (before)')
  const right = maskSide(after, hiddenAfter, valuesOf(before, hiddenBefore), '*** (after)')
  if (left === right) return 'secrets changed places\n'
  const patch = createTwoFilesPatch('a', 'b', left, right, '', '', { context: 3 })
  return patch.slice(patch.indexOf('@@'))
}

/** What is said of contents that cannot be shown line by line. */
export function sizes(before: number, after: number): string {
  return `contents differ: ${before} bytes before, ${after} bytes after\n`
}

function isProgram(text: string): boolean {
  return text.split('\n').some(line => line.length > longestLine)
}

const structured = /\.(?:ya?ml|toml|json|conf|service|socket|timer|mount|hcl)$/

function hiddenIn(path: string, side: Side | null, digests: readonly string[]): readonly Hidden[] {
  if (side === null || side.text === '') return []
  const whole = { start: 0, end: side.text.trimEnd().length }
  if (side.secret && !structured.test(path)) return [whole]
  return secretsIn(side.text, digests)
}

function valuesOf(text: string, hidden: readonly Hidden[]): ReadonlySet<string> {
  return new Set(hidden.map(({ start, end }) => text.slice(start, end)))
}

/** A secret that the other side has too is `***`; one that it lacks says on which side it stands. */
function maskSide(
  text: string,
  hidden: readonly Hidden[],
  others: ReadonlySet<string>,
  changed: string,
): string {
  let at = 0
  const parts = hidden.map(({ start, end }) => {
    const before = text.slice(at, start)
    at = end
    return before + (others.has(text.slice(start, end)) ? mask : changed)
  })
  return parts.join('') + text.slice(at)
}
