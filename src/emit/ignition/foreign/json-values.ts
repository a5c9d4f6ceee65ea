/** Access to the fields of parsed JSON of unknown structure. */
import { isMapping, type Plain, type PlainMapping } from '../../../codec/plain.ts'

/** The mapping at a key, or an empty one. */
export function objectAt(value: Plain | undefined, key: string): PlainMapping {
  const field = fieldOf(value, key)
  return isMapping(field) ? field : {}
}

/** The mappings of the list at a key. */
export function objectsAt(value: Plain | undefined, key: string): readonly PlainMapping[] {
  return listAt(value, key).filter(isMapping)
}

/** The list at a key, or an empty one. */
export function listAt(value: Plain | undefined, key: string): readonly Plain[] {
  const field = fieldOf(value, key)
  return isList(field) ? field : []
}

/** The text at a key, or null. */
export function textAt(value: Plain | undefined, key: string): string | null {
  const field = fieldOf(value, key)
  return typeof field === 'string' ? field : null
}

/** The value at a key of a mapping; undefined without the key, and for other values. */
export function fieldOf(value: Plain | undefined, key: string): Plain | undefined {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Whether a value is a list. */
export function isList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value)
}
