/** Details of a config: values as texts for comparison. */
import type { Detail } from '../emitter.ts'

/** Values inside a detail; aliases of YAML can make a short text expand to any number. */
const maxValues = 20_000

/** A value as a detail; nothing for an empty one. The order of the keys of a mapping does not count. */
export function detailOf(what: string, value: unknown): readonly Detail[] {
  const plain = sorted(value, { count: 0 })
  return isEmpty(plain) ? [] : [{ what, text: `${JSON.stringify(plain, null, 2)}\n` }]
}

/** The details with unique names: details with the same name get a number. */
export function numbered(details: readonly Detail[]): readonly Detail[] {
  const counts = new Map<string, number>()
  return details.map(({ what, text }) => {
    const count = (counts.get(what) ?? 0) + 1
    counts.set(what, count)
    return { what: count === 1 ? what : `${what} (${count})`, text }
  })
}

function sorted(value: unknown, values: { count: number }): unknown {
  if (++values.count > maxValues) return 'more than can be shown'
  if (Array.isArray(value)) return value.map(item => sorted(item, values))
  const entries =
    value instanceof Map
      ? [...value].map(([key, item]) => [String(key), item] as const)
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
        : null
  if (entries === null) return value
  const names = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(names.map(([key, item]) => [key, sorted(item, values)]))
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
