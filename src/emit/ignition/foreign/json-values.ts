/** Access to parsed JSON of unknown shape. */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** The object at a key, or an empty one. */
export function objectAt(value: Json | undefined, key: string): JsonObject {
  const found = isObject(value) ? own(value, key) : undefined
  return isObject(found) ? found : {}
}

/** The objects of the list at a key. */
export function objectsAt(value: Json | undefined, key: string): readonly JsonObject[] {
  return listAt(value, key).filter(isObject)
}

/** The list at a key, or an empty one. */
export function listAt(value: Json | undefined, key: string): readonly Json[] {
  const found = isObject(value) ? own(value, key) : undefined
  return isList(found) ? found : []
}

/** The text at a key, or null. */
export function textAt(value: Json | undefined, key: string): string | null {
  const found = isObject(value) ? own(value, key) : undefined
  return typeof found === 'string' ? found : null
}

/** The value at an own key of an object. */
export function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined
}

/** Whether a value is an object, neither null nor a list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
