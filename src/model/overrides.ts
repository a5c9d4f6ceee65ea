/** Flags that set fields of the written spec; they are applied before the schema checks the spec. */
import { isMapping } from '../codec/plain.ts'
import type { Path } from '../report/place.ts'
import { schemaAt } from './schema.ts'
import type { Override, Source } from './source.ts'

/** A copy of the value with every override applied. */
export function applyOverrides(value: unknown, overrides: readonly Override[]): unknown {
  if (overrides.length === 0) return value
  const root = withDistroMapping(value)
  // --mirror replaces the whole list of mirrors.
  for (const { path } of overrides) {
    if (path[0] === 'mirrors' && typeof root === 'object' && root !== null && path.length === 2) {
      delete (root as Record<string, unknown>).mirrors
    }
  }
  return overrides.reduce((result, { path, value: leaf }) => setAt(result, path, leaf), root)
}

/** A copy in which `distro: NAME` is a mapping, so that a flag can set its fields. */
function withDistroMapping(value: unknown): unknown {
  if (!isMapping(value)) return value
  const copy: Record<string, unknown> = { ...value }
  if (typeof copy.distro === 'string') copy.distro = { name: copy.distro }
  return copy
}

function setAt(value: unknown, path: Override['path'], leaf: unknown): unknown {
  const [step, ...innerPath] = path
  if (step === undefined) return leaf
  if (typeof step === 'number') {
    const items: unknown[] = Array.isArray(value) ? [...value] : []
    // An index beyond the end appends: a list has no holes.
    const index = Math.min(step, items.length)
    items[index] = setAt(items[index], innerPath, leaf)
    return items
  }
  const fields = isMapping(value) ? value : {}
  const inner = Object.hasOwn(fields, step) ? fields[step] : undefined
  return Object.defineProperty({ ...fields }, step, {
    value: setAt(inner, innerPath, leaf),
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** A copy without an invalid part, so that all other parts can be checked; an enum gets a valid value. */
export function removeInvalid(value: unknown, path: Override['path']): unknown {
  const valid = schemaAt(path)?.enum?.[0]
  return valid === undefined ? without(value, path) : setAt(value, path, valid)
}

function without(value: unknown, path: Override['path']): unknown {
  const [step, ...innerPath] = path
  if (step === undefined || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? without(item, innerPath) : item))
  }
  if (!Object.hasOwn(value, step)) return value
  const { [step]: inner, ...otherFields } = value as Record<string | number, unknown>
  return innerPath.length === 0
    ? otherFields
    : { ...otherFields, [step]: without(inner, innerPath) }
}

/** The last flag that set the field at a path or a field around it; without a text, also a field below it. */
export function overrideAt(source: Source, path: Path): Override | null {
  return (
    source.overrides.findLast(override =>
      override.path.every((step, index) => path[index] === step),
    ) ??
    source.overrides.findLast(
      override =>
        source.text === null &&
        path.length > 0 &&
        path.every((step, index) => override.path[index] === step),
    ) ??
    null
  )
}
