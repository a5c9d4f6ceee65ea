/**
 * How Ignition merges a child config into its parent: github.com/coreos/ignition
 * config/merge/merge.go. Fields of the child replace the parent's; items of lists are merged by their
 * key, and an item of the child removes items with its key from the other lists of the same scope.
 */
import type { Plain, PlainMapping } from '../../../codec/plain.ts'
import { configType, type FieldType, type ListType, type ObjectType } from './fields.ts'
import { fieldOf, listAt } from './json-values.ts'

/** The parent with the child merged in. */
export function mergeConfigs(parent: PlainMapping, child: PlainMapping): PlainMapping {
  return mergeObjects(configType, parent, child)
}

function mergeObjects(type: ObjectType, parent: PlainMapping, child: PlainMapping): PlainMapping {
  const fields = Object.entries(type.fields).flatMap(([name, field]) => {
    const value =
      typeof field.type === 'object' && field.type.kind === 'list'
        ? mergeLists(type, name, field.type, [parent, child])
        : mergeValues(field.type, fieldOf(parent, name), fieldOf(child, name))
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(fields)
}

function mergeValues(
  type: FieldType,
  parent: Plain | undefined,
  child: Plain | undefined,
): Plain | undefined {
  if (parent === undefined || child === undefined) return child ?? parent
  return typeof type === 'object' && type.kind === 'object'
    ? mergeObjects(type, parent as PlainMapping, child as PlainMapping)
    : child
}

function mergeLists(
  type: ObjectType,
  name: string,
  list: ListType,
  [parent, child]: readonly [PlainMapping, PlainMapping],
): Plain | undefined {
  const { item, keyOf } = list
  const parentItems = listAt(parent, name)
  const childItems = listAt(child, name)
  if (parentItems.length + childItems.length === 0) return undefined
  if (keyOf === null) return [...parentItems, ...childItems]
  const byKey = new Map(childItems.map(childItem => [keyOf(childItem), childItem]))
  const elsewhere = keysOfOtherLists(type, name, list, child)
  const merged = parentItems.flatMap(parentItem => {
    const key = keyOf(parentItem)
    const childItem = byKey.get(key)
    if (childItem === undefined) return elsewhere.has(key) ? [] : [parentItem]
    return isRemoval(item, childItem)
      ? []
      : [mergeValues(item, parentItem, childItem) ?? parentItem]
  })
  const parentKeys = new Set(parentItems.map(keyOf))
  return [...merged, ...childItems.filter(childItem => !parentKeys.has(keyOf(childItem)))]
}

/** The keys of the child's items in the other lists of the scope. */
function keysOfOtherLists(
  type: ObjectType,
  name: string,
  { scope }: ListType,
  child: PlainMapping,
): ReadonlySet<string> {
  if (scope === null) return new Set()
  const keys = Object.entries(type.fields).flatMap(([otherName, { type: other }]) => {
    if (otherName === name || typeof other !== 'object' || other.kind !== 'list') return []
    const { keyOf } = other
    return other.scope === scope && keyOf !== null ? listAt(child, otherName).map(keyOf) : []
  })
  return new Set(keys)
}

/** A header without a value removes the parent's header. */
function isRemoval(type: FieldType, item: Plain): boolean {
  const isHeader = typeof type === 'object' && type.kind === 'object' && type.name === 'header'
  return isHeader && fieldOf(item, 'value') === undefined
}
