/**
 * How Ignition merges a child config into its parent: github.com/coreos/ignition
 * config/merge/merge.go. Fields of the child replace the parent's; lists of items with a key are
 * merged by that key.
 */
import { isList, isObject, type Json, type JsonObject, own } from './json-values.ts'

// The key field of the items of each list.
const keyFields: Readonly<Record<string, string>> = {
  directories: 'path',
  files: 'path',
  links: 'path',
  units: 'name',
  dropins: 'name',
  users: 'name',
  groups: 'name',
}

// The lists of storage entries, which share their paths.
const entryKinds = ['directories', 'files', 'links'] as const

/** The parent with the child merged in. */
export function mergeConfigs(parent: JsonObject, child: JsonObject): JsonObject {
  const { storage } = parent
  return isObject(storage) && isObject(child.storage)
    ? mergeObjects({ ...parent, storage: withoutReplaced(storage, child.storage) }, child)
    : mergeObjects(parent, child)
}

/** The parent's entries without those that an entry of another kind in the child replaces. */
function withoutReplaced(parent: JsonObject, child: JsonObject): JsonObject {
  const kept = entryKinds.map(kind => {
    const otherKinds = entryKinds.filter(other => other !== kind)
    const replaced = new Set(otherKinds.flatMap(other => items(own(child, other)).map(pathOf)))
    return [kind, items(own(parent, kind)).filter(item => !replaced.has(pathOf(item)))] as const
  })
  return { ...parent, ...Object.fromEntries(kept) }
}

function pathOf(item: Json): Json {
  return isObject(item) ? (own(item, 'path') ?? null) : null
}

function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function mergeObjects(parent: JsonObject, child: JsonObject): JsonObject {
  const names = new Set([...Object.keys(parent), ...Object.keys(child)])
  return Object.fromEntries(
    [...names].map(name => [name, mergeField(name, own(parent, name), own(child, name))]),
  )
}

function mergeField(name: string, parent: Json | undefined, child: Json | undefined): Json {
  if (child === undefined || child === null) return parent ?? null
  if (isObject(parent) && isObject(child)) return mergeObjects(parent, child)
  if (!isList(parent) || !isList(child)) return child
  const key = keyFields[name]
  if (key !== undefined) return mergeByKey(key, parent, child)
  return name === 'append'
    ? [...parent, ...child]
    : [...parent, ...child.filter(item => !parent.includes(item))]
}

function mergeByKey(key: string, parent: readonly Json[], child: readonly Json[]): Json {
  const hasKeyOf = (a: Json) => (b: Json) =>
    isObject(a) && isObject(b) && own(a, key) !== undefined && own(a, key) === own(b, key)
  const merged = parent.map(item => {
    const other = child.find(hasKeyOf(item))
    return isObject(item) && isObject(other) ? mergeObjects(item, other) : item
  })
  return [...merged, ...child.filter(item => !parent.some(hasKeyOf(item)))]
}
