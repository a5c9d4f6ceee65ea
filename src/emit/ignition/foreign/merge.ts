/**
 * How Ignition merges a child config into its parent: github.com/coreos/ignition
 * config/merge/merge.go. Fields of the child replace the parent's; lists of items with a key are
 * merged by that key.
 */
import { isMapping, type Plain, type PlainMapping } from '../../../codec/plain.ts'
import { fieldOf, isList } from './json-values.ts'

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
export function mergeConfigs(parent: PlainMapping, child: PlainMapping): PlainMapping {
  const { storage } = parent
  return isMapping(storage) && isMapping(child.storage)
    ? mergeObjects({ ...parent, storage: withoutReplaced(storage, child.storage) }, child)
    : mergeObjects(parent, child)
}

/** The parent's entries without those that an entry of another kind in the child replaces. */
function withoutReplaced(parent: PlainMapping, child: PlainMapping): PlainMapping {
  const kept = entryKinds.map(kind => {
    const otherKinds = entryKinds.filter(other => other !== kind)
    const replaced = new Set(otherKinds.flatMap(other => items(fieldOf(child, other)).map(pathOf)))
    return [kind, items(fieldOf(parent, kind)).filter(item => !replaced.has(pathOf(item)))] as const
  })
  return { ...parent, ...Object.fromEntries(kept) }
}

function pathOf(item: Plain): Plain {
  return fieldOf(item, 'path') ?? null
}

function items(value: Plain | undefined): readonly Plain[] {
  return isList(value) ? value : []
}

function mergeObjects(parent: PlainMapping, child: PlainMapping): PlainMapping {
  const names = new Set([...Object.keys(parent), ...Object.keys(child)])
  return Object.fromEntries(
    [...names].map(name => [name, mergeField(name, fieldOf(parent, name), fieldOf(child, name))]),
  )
}

function mergeField(name: string, parent: Plain | undefined, child: Plain | undefined): Plain {
  if (child === undefined || child === null) return parent ?? null
  if (isMapping(parent) && isMapping(child)) return mergeObjects(parent, child)
  if (!isList(parent) || !isList(child)) return child
  const key = keyFields[name]
  if (key !== undefined) return mergeByKey(key, parent, child)
  return name === 'append'
    ? [...parent, ...child]
    : [...parent, ...child.filter(item => !parent.includes(item))]
}

function mergeByKey(key: string, parent: readonly Plain[], child: readonly Plain[]): Plain {
  const hasKeyOf = (a: Plain) => (b: Plain) =>
    fieldOf(a, key) !== undefined && fieldOf(a, key) === fieldOf(b, key)
  const merged = parent.map(item => {
    const childItem = child.find(hasKeyOf(item))
    return isMapping(item) && isMapping(childItem) ? mergeObjects(item, childItem) : item
  })
  return [...merged, ...child.filter(item => !parent.some(hasKeyOf(item)))]
}
