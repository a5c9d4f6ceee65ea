/** Plain values: the values of JSON. */

/** A value of JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMapping

/** A mapping of texts to plain values. */
export type PlainMapping = { readonly [key: string]: Plain }

/** Whether a value is a mapping, not a list, a scalar or nothing. */
export function isMapping(value: Plain | undefined): value is PlainMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
