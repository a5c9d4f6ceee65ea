/** Plain values: the values of JSON. */

/** A value of JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMapping

/** A mapping of texts to plain values. */
export type PlainMapping = { readonly [key: string]: Plain }

/** Whether a value of JSON is a mapping. */
export function isMapping(value: unknown): value is PlainMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of keys; undefined where there is none. */
export function valueAt(
  value: Plain | undefined,
  [first, ...others]: readonly string[],
): Plain | undefined {
  if (first === undefined) return value
  return isMapping(value) && Object.hasOwn(value, first) ? valueAt(value[first], others) : undefined
}
