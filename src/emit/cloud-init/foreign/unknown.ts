/**
 * Values of a config that are known on the node only, such as `{{ v1.region }}` of a template. In texts
 * a mark stands for each of them: its characters cannot occur in the text of user-data.
 */
import { sha256 } from '../../../codec/hash.ts'
import { isList, isMapping, isSet, keyText, type Yaml11 } from '../../../codec/pyyaml.ts'
import { decodeUtf8, encodeUtf8 } from '../../../codec/text.ts'
import type { Cause } from '../../rules.ts'

// First halves of surrogate pairs: UTF-8 has none, and parseYaml11 accepts them.
const start = '\ud800'
const end = '\ud801'

/** The mark of a value that a source text gives on the node. */
export function unknownText(source: string): string {
  // Digits, because a mark must not end a scalar of YAML.
  const digits = Array.from(encodeUtf8(source), byte => byte.toString(16).padStart(2, '0'))
  return `${start}${digits.join('')}${end}`
}

/** A text with the sources of its marks. */
export function withSources(text: string): string {
  return text.replaceAll(/\ud800([0-9a-f]*)\ud801/g, (_, digits: string) => {
    const bytes = digits.match(/../g) ?? []
    return decodeUtf8(Uint8Array.from(bytes, byte => Number.parseInt(byte, 16))) ?? ''
  })
}

/** Whether a value, or a value or key inside it, is known on the node only. */
export function isUnknown(value: Yaml11 | undefined): boolean {
  return someText(value, text => text.includes(start))
}

/** Whether a test holds for a text, or for a text or key inside a value; an alias is visited once. */
export function someText(
  value: Yaml11 | undefined,
  test: (text: string) => boolean,
  visited: Set<unknown> = new Set(),
): boolean {
  if (typeof value === 'string') return test(value)
  if (visited.has(value)) return false
  visited.add(value)
  const items = isMapping(value) ? [...value].flat() : isList(value) ? value : []
  return items.some(item => someText(item, test, visited))
}

/** Why a value is not known. */
export function unknownCause(value: Yaml11): Cause {
  return printValue(value).includes(patchMark) ? 'patched' : 'known-on-the-node'
}

const patchMark = '#cloud-config-jsonp '

/** The mark of a value that a JSON patch changes. */
export function patchedText(patch: string): string {
  return unknownText(`${patchMark}${patch}`)
}

/** Aliases of YAML can make a short text expand to any number of values. */
const maxPlainValues = 10_000

/** A value as JSON can express it, with the sources of its marks; text where it has more than 10,000 values. */
export function plainValue(value: Yaml11): unknown {
  return remainingBudget(value, maxPlainValues) < 0 ? printValue(value) : toPlain(value)
}

/** What remains of a budget after the values inside a value; negative where there are more. */
function remainingBudget(value: Yaml11, budget: number): number {
  const inner = isMapping(value) ? [...value].flat() : isList(value) ? value : []
  return inner.reduce<number>(
    (left, item) => (left < 0 ? left : remainingBudget(item, left)),
    budget - 1,
  )
}

function toPlain(value: Yaml11): unknown {
  if (isMapping(value)) {
    const entries = [...value].map(([key, item]) => [withSources(keyText(key)), toPlain(item)])
    return Object.fromEntries(entries)
  }
  if (isList(value)) return value.map(toPlain)
  if (typeof value === 'string') return withSources(value)
  return typeof value === 'object' && value !== null ? printValue(value) : value
}

/** A value as text, for comparisons; a value that occurs again is printed once. */
export function printValue(value: Yaml11, printed: Map<unknown, number> = new Map()): string {
  if (typeof value === 'string') return JSON.stringify(withSources(value))
  if (value instanceof Uint8Array) return `${value.length} bytes, sha256 ${sha256(value)}`
  if (!isList(value) && !isMapping(value) && !isSet(value)) return keyText(value)
  const known = printed.get(value)
  if (known !== undefined) return `the value ${known}`
  printed.set(value, printed.size)
  if (isMapping(value)) {
    const pairs = [...value].map(pair => pair.map(part => printValue(part, printed)).join(': '))
    return `{${pairs.join(', ')}}`
  }
  const items = isList(value) ? value : value.set
  return `[${items.map(item => printValue(item, printed)).join(', ')}]`
}
