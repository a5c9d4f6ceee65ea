/**
 * Values of a config that are known on the node only, such as `{{ v1.region }}` of a template. In texts
 * a mark stands for each of them: its characters cannot occur in the text of user-data.
 */
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
export function isUnknown(value: Yaml11 | undefined, visited: Set<unknown> = new Set()): boolean {
  if (typeof value === 'string') return value.includes(start)
  if (visited.has(value) || value === undefined || value === null) return false
  visited.add(value)
  if (isMapping(value)) {
    return [...value].some(([key, item]) => isUnknown(key) || isUnknown(item, visited))
  }
  return isList(value) && value.some(item => isUnknown(item, visited))
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

/** A value as text, for comparisons; a value that occurs again is printed once. */
export function printValue(value: Yaml11, printed: Map<unknown, number> = new Map()): string {
  if (typeof value === 'string') return JSON.stringify(withSources(value))
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`
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
