/** Flags laid over the written spec before it is checked, so that one schema judges both. */

import type { Path } from '../report/place.ts'
import { schemaAt } from './schema.ts'
import type { Override, Source } from './source.ts'

/** The value with every override in its place; the value itself is left alone. */
export function applyOverrides(value: unknown, overrides: readonly Override[]): unknown {
  if (overrides.length === 0) return value
  const root = unfold(value)
  // A flag that fills a list replaces the list: --mirror names all mirrors that count.
  for (const { path } of overrides) {
    if (path[0] === 'mirrors' && typeof root === 'object' && root !== null && path.length === 2) {
      delete (root as Record<string, unknown>).mirrors
    }
  }
  return overrides.reduce((result, one) => put(result, one.path, one.value), root)
}

/** A copy in which short forms that a flag may reach into are written out. */
function unfold(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const copy: Record<string, unknown> = { ...value }
  if (typeof copy.distro === 'string') copy.distro = { name: copy.distro }
  return copy
}

function put(value: unknown, path: Override['path'], leaf: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return leaf
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(value) ? [...value] : []
    // Past the end means the next one: a list has no holes.
    const at = Math.min(step, items.length)
    items[at] = put(items[at], rest, leaf)
    return items
  }
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  const inner = Object.hasOwn(fields, step) ? (fields as Record<string, unknown>)[step] : undefined
  return Object.defineProperty({ ...fields }, step, {
    value: put(inner, rest, leaf),
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** A copy in which a wrong part is gone, or a word of its own kind, so that the rest can be checked. */
export function mend(value: unknown, path: Override['path']): unknown {
  const word = schemaAt(path)?.enum?.[0]
  return word === undefined ? without(value, path) : put(value, path, word)
}

function without(value: unknown, path: Override['path']): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map((item, at) => (at === step ? without(item, rest) : item))
  }
  if (!Object.hasOwn(value, step)) return value
  const { [step]: inner, ...others } = value as Record<string | number, unknown>
  return rest.length === 0 ? others : { ...others, [step]: without(inner, rest) }
}

/** The flag that set a place, the innermost first. */
export function overrideAt(source: Source, path: Path): Override | null {
  return (
    source.overrides.findLast(override => override.path.every((step, at) => path[at] === step)) ??
    source.overrides.findLast(
      override =>
        source.text === null &&
        path.length > 0 &&
        path.every((step, at) => override.path[at] === step),
    ) ??
    null
  )
}
