/** Details of a config: JSON values as texts for comparison. */
import type { Detail } from '../emitter.ts'

/** A JSON value as a detail; nothing for an empty one. The order of the keys of an object does not count. */
export function detailOf(what: string, value: unknown): readonly Detail[] {
  return isEmpty(value) ? [] : [{ what, text: `${JSON.stringify(sorted(value), null, 2)}\n` }]
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

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
