/** A unified diff of one file in which a changed secret is marked as changed and not shown. */
import { createTwoFilesPatch } from 'diff'
import { type Hidden, mask, secretsIn } from '../report/mask.ts'

/** One side of a comparison: the text of a file. */
export interface Side {
  readonly text: string
  /** On the node, the file's mode allows only its owner to read it. */
  readonly secret: boolean
}

/** Characters; a longer line belongs to a minified program. */
const maxLineLength = 2000

/** The hunks of a unified diff; null means that the file does not exist, `digests` are masked too. */
export function diffText(
  path: string,
  left: Side | null,
  right: Side | null,
  digests: readonly string[],
): string {
  const before = left?.text ?? ''
  const after = right?.text ?? ''
  if (hasLongLine(before) || hasLongLine(after)) return renderSizes(before.length, after.length)
  const hiddenBefore = hiddenIn(path, left, digests)
  const hiddenAfter = hiddenIn(path, right, digests)
  const maskedBefore = maskSide(before, hiddenBefore, valuesOf(after, hiddenAfter), '*** (before)')
  const maskedAfter = maskSide(after, hiddenAfter, valuesOf(before, hiddenBefore), '*** (after)')
  if (maskedBefore === maskedAfter) return 'only the order of secret values differs\n'
  const patch = createTwoFilesPatch('a', 'b', maskedBefore, maskedAfter, '', '', { context: 3 })
  return patch.slice(patch.indexOf('@@'))
}

/** The line for contents that cannot be shown line by line; sizes in bytes or characters. */
export function renderSizes(before: number, after: number): string {
  return `contents differ: ${before} bytes before, ${after} bytes after\n`
}

function hasLongLine(text: string): boolean {
  return text.split('\n').some(line => line.length > maxLineLength)
}

const structured = /\.(?:ya?ml|toml|json|service|socket|timer|mount)$/

/** The whole text of a secret file whose format is unknown, else the secrets found in it. */
function hiddenIn(path: string, side: Side | null, digests: readonly string[]): readonly Hidden[] {
  if (side === null || side.text === '') return []
  const whole = { start: 0, end: side.text.trimEnd().length }
  if (!side.secret) return secretsIn(side.text, digests)
  return structured.test(path) ? secretsIn(side.text, [...digests, ...opaque(side.text)]) : [whole]
}

// The values of general keys, and the words of a list or mapping.
const generalValue =
  /(?:^|[\s{,"'-])(?:contents?|data|inline|text|value)["']?[ \t]*[:=][ \t]*(["']?)([^\n]{4,}?)\1,?[ \t]*$/gm
const word = /(?:[:=,[{-][ \t]*["']?)([A-Za-z0-9+/_=]{16,})(?=["']?[ \t]*(?:$|[,\]}]))/gm

/** Texts of a secret file that may be secrets, whatever their key is: key material has no key in common. */
function opaque(text: string): readonly string[] {
  const isRandom = (value: string) =>
    /^[0-9a-f]{32,}$/i.test(value) ||
    (/[a-z]/.test(value) && /[A-Z]/.test(value) && /[0-9]/.test(value))
  return [
    ...[...text.matchAll(generalValue)].flatMap(match => match[2] ?? []),
    ...[...text.matchAll(word)].flatMap(match => match[1] ?? []).filter(isRandom),
  ]
}

function valuesOf(text: string, hidden: readonly Hidden[]): ReadonlySet<string> {
  return new Set(hidden.map(({ start, end }) => text.slice(start, end)))
}

/** Masks each secret: as `***` where the other side has it too, else as `changed`. */
function maskSide(
  text: string,
  hidden: readonly Hidden[],
  otherValues: ReadonlySet<string>,
  changed: string,
): string {
  let offset = 0
  const parts = hidden.map(({ start, end }) => {
    const before = text.slice(offset, start)
    offset = end
    return before + (otherValues.has(text.slice(start, end)) ? mask : changed)
  })
  return parts.join('') + text.slice(offset)
}
