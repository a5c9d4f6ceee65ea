/**
 * How Ignition merges a config into another: github.com/coreos/ignition config/merge/merge.go.
 * What the child says wins, field by field; lists of named things are joined by name.
 */
import { isList, isObject, type Json, type JsonObject, own } from './json.ts'

// The fields by which the items of lists are the same; the three kinds of nodes share their paths.
const keys: Readonly<Record<string, string>> = {
  directories: 'path',
  files: 'path',
  links: 'path',
  units: 'name',
  dropins: 'name',
  users: 'name',
  groups: 'name',
}
const nodeKinds = ['directories', 'files', 'links'] as const

/** The parent with the child merged in. */
export function mergeConfigs(parent: JsonObject, child: JsonObject): JsonObject {
  const cleared = isObject(parent.storage) && isObject(child.storage)
  const storage = cleared
    ? withoutTaken(parent.storage as JsonObject, child.storage as JsonObject)
    : null
  return mergeObjects(storage === null ? parent : { ...parent, storage }, child)
}

/** A node of the child also takes the place of a node of another kind. */
function withoutTaken(parent: JsonObject, child: JsonObject): JsonObject {
  const kept = nodeKinds.map(kind => {
    const others = nodeKinds.filter(other => other !== kind)
    const taken = new Set(others.flatMap(other => items(own(child, other)).map(pathOf)))
    return [kind, items(own(parent, kind)).filter(item => !taken.has(pathOf(item)))] as const
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
  const key = keys[name]
  if (key === undefined) {
    return name === 'append'
      ? [...parent, ...child]
      : [...parent, ...child.filter(item => !parent.includes(item))]
  }
  const same = (a: Json) => (b: Json) =>
    isObject(a) && isObject(b) && own(a, key) !== undefined && own(a, key) === own(b, key)
  const merged = parent.map(item => {
    const other = child.find(same(item))
    return isObject(item) && isObject(other) ? mergeObjects(item, other) : item
  })
  return [...merged, ...child.filter(item => !parent.some(same(item)))]
}
