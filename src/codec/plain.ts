/** Plain values: the values of JSON. */

/** A value of JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMapping

/** A mapping of texts to plain values. */
export type PlainMapping = { readonly [key: string]: Plain }

/** Whether a value of JSON is a mapping. */
export function isMapping(value: unknown): value is PlainMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
