/**
 * How cloud-init merges several configs into one: cloudinit/mergers of 22.4.2, and the defaults of
 * handlers/cloud_config.py, by which a later list replaces an earlier one.
 */
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import type { Cause } from '../../rules.ts'

interface Merger {
  readonly kind: 'dict' | 'list' | 'str'
  /** cloud-init tests `name in options`, also where the options are one text. */
  readonly options: readonly Yaml11[] | string
}

/** The merged config, or the reason why cloud-init discards `next`. */
export function mergeConfig(
  config: Yaml11Map,
  next: Yaml11Map,
  headers: ReadonlyMap<string, string>,
): Yaml11Map | Cause {
  const fields = new Map(next)
  const strategy = next.get('merge_how') ?? next.get('merge_type') ?? null
  // cloud-init removes only the key that it uses: merge_type stays where merge_how is given.
  fields.delete(
    next.get('merge_how') == null && next.has('merge_type') ? 'merge_type' : 'merge_how',
  )
  if (next.get('merge_how') == null) fields.delete('merge_how')
  const header = headers.get('Merge-Type') || headers.get('X-Merge-Type') || ''
  const fromConfig = strategy === null ? [] : mergersOf(strategy)
  const fromHeader = parseMergers(header)
  if (fromConfig === null || fromHeader === null) return 'unknown-merge'
  const mergers = [...fromConfig, ...fromHeader]
  try {
    const merged = merge(mergers.length > 0 ? mergers : defaultMergers, config, fields)
    return isMapping(merged) ? merged : 'unknown-merge'
  } catch {
    // Where Python raises a TypeError, cloud-init discards the part and continues.
    return 'unmergeable'
  }
}

const defaultMergers: readonly Merger[] = [
  { kind: 'dict', options: ['replace'] },
  { kind: 'list', options: [] },
  { kind: 'str', options: [] },
]

function mergersOf(strategy: Yaml11): readonly Merger[] | null {
  if (typeof strategy === 'string') return parseMergers(strategy)
  return isList(strategy) ? mergersOfList(strategy) : null
}

/** The mergers of `list(append)+dict(replace)`; null where one is unknown. */
function parseMergers(text: string): readonly Merger[] | null {
  const names = text
    .split('+')
    .map(name => name.toLowerCase().trim().replaceAll('-', '_'))
    .filter(name => name !== '')
  return allMergers(
    names.map(name => {
      const [, kind, options = ''] = /^([a-z_]\w*)\((.*?)\)$/.exec(name) ?? []
      if (kind === undefined) return null
      return mergerOf(
        kind,
        options.split(',').map(option => option.trim()),
      )
    }),
  )
}

function mergersOfList(list: readonly Yaml11[]): readonly Merger[] | null {
  return allMergers(
    list.map(item => {
      const [name, options] = isMapping(item)
        ? [item.get('name'), item.get('settings')]
        : isList(item)
          ? [item[0], item.slice(1)]
          : [undefined, undefined]
      if (typeof name !== 'string') return null
      if (typeof options !== 'string' && !isList(options)) return null
      return mergerOf(isMapping(item) ? name.replaceAll('-', '_').trim() : name, options)
    }),
  )
}

function allMergers(mergers: readonly (Merger | null)[]): readonly Merger[] | null {
  const known = mergers.filter(merger => merger !== null)
  return known.length === mergers.length ? known : null
}

function mergerOf(name: string, options: Merger['options']): Merger | null {
  const kind = name.replace(/^m_/, '')
  return kind === 'dict' || kind === 'list' || kind === 'str' ? { kind, options } : null
}

function merge(mergers: readonly Merger[], old: Yaml11, added: Yaml11): Yaml11 {
  const merger = mergers.find(({ kind }) => kind === kindOf(old))
  if (merger === undefined) return old
  const has = (...names: readonly string[]) => names.some(name => merger.options.includes(name))
  if (isMapping(old)) {
    return isMapping(added) ? mergeMappings(mergers, has, old, added) : old
  }
  if (isList(old)) return mergeLists(mergers, has, old, added)
  if (!has('append')) return added
  if (typeof added !== 'string') throw new Error('TypeError: a text and a value of another type')
  return `${old}${added}`
}

function kindOf(value: Yaml11): Merger['kind'] | null {
  if (isMapping(value)) return 'dict'
  if (isList(value)) return 'list'
  return typeof value === 'string' ? 'str' : null
}

type Has = (...names: readonly string[]) => boolean

function mergeMappings(
  mergers: readonly Merger[],
  has: Has,
  old: Yaml11Map,
  added: Yaml11Map,
): Yaml11 {
  const merged = new Map(old)
  for (const [key, value] of added) {
    const before = merged.get(key)
    if (before === undefined) merged.set(key, value)
    else if (value === null && has('allow_delete')) merged.delete(key)
    else if (has('replace')) merged.set(key, value)
    else if (recursesInto(value, has, true)) merged.set(key, merge(mergers, before, value))
  }
  return merged
}

function mergeLists(
  mergers: readonly Merger[],
  has: Has,
  old: readonly Yaml11[],
  added: Yaml11,
): Yaml11 {
  const replaces = has('replace') || !has('no_replace')
  if (!isList(added) && replaces && !has('append', 'prepend')) return added
  const items = itemsOf(added)
  if (has('append')) return [...old, ...items]
  if (has('prepend')) return [...items, ...old]
  if (!replaces) return old
  // cloud-init replaces items by index and never extends the list.
  return old.map((value, index) => {
    const replacement = items[index]
    if (replacement === undefined) return value
    const recurses = recursesInto(replacement, has, has('recurse_dict'))
    return recurses ? merge(mergers, value, replacement) : replacement
  })
}

/** The items that Python's list.extend adds. */
function itemsOf(value: Yaml11): readonly Yaml11[] {
  if (isList(value)) return value
  if (typeof value === 'string') return [...value]
  if (isMapping(value)) return [...value.keys()]
  throw new Error('TypeError: a list and a value that cannot be iterated')
}

function recursesInto(value: Yaml11, has: Has, intoMappings: boolean): boolean {
  if (isList(value)) return has('recurse_array', 'recurse_list')
  return typeof value === 'string' ? has('recurse_str') : isMapping(value) && intoMappings
}
