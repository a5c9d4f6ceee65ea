/** The user's configuration over the generated one. */
import type { Plain } from '../spec/spec.ts'

type Mapping = { readonly [key: string]: Plain }

/** Mappings merge, lists append (texts once), everything else is replaced. */
export function merge(base: Plain, over: Plain): Plain {
  if (Array.isArray(base) && Array.isArray(over)) {
    const added = over.filter(item => typeof item !== 'string' || !base.includes(item))
    return [...base, ...added]
  }
  if (!isMapping(base) || !isMapping(over)) return over
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])]
  return Object.fromEntries(keys.map(key => [key, mergeField(base, over, key)]))
}

function mergeField(base: Mapping, over: Mapping, key: string): Plain {
  const below = Object.hasOwn(base, key) ? base[key] : undefined
  const above = Object.hasOwn(over, key) ? over[key] : undefined
  if (below === undefined || above === undefined) return above ?? below ?? null
  return merge(below, above)
}

function isMapping(value: Plain): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
