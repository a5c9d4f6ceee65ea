/** Plain values as TOML. */
// The package's root import needs Node's stream module; this file does not.
import stringifyToml from '@iarna/toml/stringify.js'
import { isMapping } from './plain.ts'

/** A table as TOML text: values first, then subtables, each in the order of the table. */
export function printToml(table: Readonly<Record<string, unknown>>): string {
  return stringifyToml({ ...table })
}

/** A table as TOML text without table headings: every value is on a line with its dotted key. */
export function printDottedToml(table: Readonly<Record<string, unknown>>): string {
  return dottedLines(table, []).join('')
}

function dottedLines(table: object, path: readonly string[]): readonly string[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const keys = [...path, key]
    return isMapping(value)
      ? dottedLines(value, keys)
      : [`${printTomlKey(keys)} = ${printTomlValue(value)}\n`]
  })
}

/** Keys joined by dots, as in a table heading; keys with other characters than a bare key are quoted. */
export function printTomlKey(keys: readonly string[]): string {
  return keys.map(key => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key))).join('.')
}

/** A value as it is written after a key. */
export function printTomlValue(value: unknown): string {
  return stringifyToml.value(value)
}
