/**
 * How cloud-init makes one config of several: cloudinit/mergers of 22.4.2, and the defaults of
 * handlers/cloud_config.py, by which a later list replaces an earlier one.
 */
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'

interface Merger {
  readonly kind: 'dict' | 'list' | 'str'
  readonly options: readonly string[]
}

/** The config with another one merged in as it asks, or why cloud-init leaves it out. */
export function mergeConfig(
  config: Yaml11Map,
  next: Yaml11Map,
  headers: ReadonlyMap<string, string>,
): Yaml11Map | string {
  const rest = new Map(next)
  const how = next.get('merge_how') ?? next.get('merge_type') ?? null
  // merge_type stays in the config where merge_how is given: cloud-init pops only what it uses.
  rest.delete(next.get('merge_how') == null && next.has('merge_type') ? 'merge_type' : 'merge_how')
  if (next.get('merge_how') == null) rest.delete('merge_how')
  const header = headers.get('Merge-Type') || headers.get('X-Merge-Type') || ''
  const own = how === null ? [] : typeof how === 'string' ? fromText(how) : fromList(how)
  const beside = fromText(header)
  if (own === null || beside === null) return 'its way of merging is not understood'
  const mergers = [...own, ...beside]
  try {
    const merged = merge(mergers.length > 0 ? mergers : usual, config, rest)
    return isMapping(merged) ? merged : 'its way of merging is not understood'
  } catch (error) {
    // Where Python meets a TypeError in the middle, cloud-init drops the part and goes on.
    return error instanceof Error ? error.message : 'it cannot be merged'
  }
}

const usual: readonly Merger[] = [
  { kind: 'dict', options: ['replace'] },
  { kind: 'list', options: [] },
  { kind: 'str', options: [] },
]

function fromText(text: string): readonly Merger[] | null {
  const words = text
    .split('+')
    .map(word => word.toLowerCase().trim().replaceAll('-', '_'))
    .filter(word => word !== '')
  const found = words.map(word => {
    const [, kind, options = ''] = /^(dict|list|str)\((.*?)\)$/.exec(word) ?? []
    return kind === undefined ? null : merger(kind, options.split(','))
  })
  return found.includes(null) ? null : found.flatMap(one => one ?? [])
}

function fromList(list: Yaml11): readonly Merger[] | null {
  if (!isList(list)) return null
  const found = list.map(item => {
    const [name, options] = isMapping(item)
      ? [item.get('name'), item.get('settings')]
      : isList(item)
        ? [item[0], item.slice(1)]
        : [undefined, undefined]
    if (typeof name !== 'string' || !isList(options)) return null
    return merger(name.replaceAll('-', '_').trim(), options.map(String))
  })
  return found.includes(null) ? null : found.flatMap(one => one ?? [])
}

function merger(kind: string, options: readonly string[]): Merger | null {
  if (kind !== 'dict' && kind !== 'list' && kind !== 'str') return null
  return { kind, options: options.map(option => option.trim()).filter(option => option !== '') }
}

function merge(mergers: readonly Merger[], old: Yaml11, added: Yaml11): Yaml11 {
  const kind = isMapping(old)
    ? 'dict'
    : isList(old)
      ? 'list'
      : typeof old === 'string'
        ? 'str'
        : null
  const found = mergers.find(one => one.kind === kind)
  if (found === undefined) return old
  const has = (...names: readonly string[]) => names.some(name => found.options.includes(name))
  if (isMapping(old)) {
    return isMapping(added) ? mergeTables(mergers, has, old, added) : old
  }
  if (isList(old)) return mergeLists(mergers, has, old, added)
  if (!has('append')) return added
  if (typeof added !== 'string') throw new Error('it adds what is no text to a text')
  return `${old}${added}`
}

type Has = (...names: readonly string[]) => boolean

function mergeTables(
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
  // cloud-init replaces by position and never makes a list longer.
  return old.map((value, at) => {
    const other = items[at]
    if (other === undefined) return value
    return recursesInto(other, has, has('recurse_dict')) ? merge(mergers, value, other) : other
  })
}

/** What Python's list.extend takes one by one. */
function itemsOf(value: Yaml11): readonly Yaml11[] {
  if (isList(value)) return value
  if (typeof value === 'string') return [...value]
  if (isMapping(value)) return [...value.keys()]
  throw new Error('it adds what is no list to a list')
}

function recursesInto(value: Yaml11, has: Has, intoTables: boolean): boolean {
  if (isList(value)) return has('recurse_array', 'recurse_list')
  return typeof value === 'string' ? has('recurse_str') : isMapping(value) && intoTables
}
