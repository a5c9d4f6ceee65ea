/** Merges the user's configuration over the generated one. */

import { isMapping, type Plain, type PlainMapping } from '../../codec/plain.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { report } from '../rules.ts'

/** Mappings merge, lists append (a text of the base is not repeated), other values are replaced. */
export function merge(base: Plain, over: Plain): Plain {
  if (Array.isArray(base) && Array.isArray(over)) {
    const added = over.filter(item => typeof item !== 'string' || !base.includes(item))
    return [...base, ...added]
  }
  if (!isMapping(base) || !isMapping(over)) return over
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])]
  return Object.fromEntries(keys.map(key => [key, mergeField(base, over, key)]))
}

/** Reports values of the user with another type than the generated value, which the merge would lose. */
export function checkTypes(base: Plain, over: Plain, path: Path): readonly Diagnostic[] {
  if (isMapping(base) && isMapping(over)) {
    return Object.keys(over)
      .filter(key => Object.hasOwn(base, key))
      .flatMap(key => checkTypes(base[key] ?? null, over[key] ?? null, [...path, key]))
  }
  const expected = typeOf(base)
  if (expected === typeOf(over)) return []
  if (over === null) return [report('spec/no-value', path, { expected })]
  if (expected === 'a text' && typeof over !== 'object') {
    const written = String(over)
    const instead = JSON.stringify(written)
    return [report('spec/unquoted', path, { written, kind: typeof over, instead })]
  }
  const found = typeof over === 'object' ? typeOf(over) : JSON.stringify(over)
  return [report('spec/malformed', path, { found, expected })]
}

/** Reports null in the user's configuration where the merge would remove a generated value. */
export function checkRemovals(base: Plain, over: Plain, path: Path): readonly Diagnostic[] {
  if (over === null) return [report('spec/no-value', path, { expected: typeOf(base) })]
  if (!isMapping(base) || !isMapping(over)) return []
  return Object.keys(over)
    .filter(key => Object.hasOwn(base, key))
    .flatMap(key => checkRemovals(base[key] ?? null, over[key] ?? null, [...path, key]))
}

function typeOf(value: Plain): string {
  if (Array.isArray(value)) return 'a list'
  if (isMapping(value)) return 'a mapping'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'boolean' ? 'true or false' : typeof value === 'number' ? 'a number' : ''
}

function mergeField(base: PlainMapping, over: PlainMapping, key: string): Plain {
  const below = Object.hasOwn(base, key) ? base[key] : undefined
  const above = Object.hasOwn(over, key) ? over[key] : undefined
  if (below === undefined || above === undefined) return above ?? below ?? null
  return merge(below, above)
}
