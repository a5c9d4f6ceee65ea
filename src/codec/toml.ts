/** Plain values as TOML, and TOML read back. */
// The package's root import pulls in Node's stream; these two files do not.
import parseToml from '@iarna/toml/parse-string.js'
import stringifyToml from '@iarna/toml/stringify.js'

/** A table as TOML text; tables keep the order in which they stand. */
export function printToml(table: Readonly<Record<string, unknown>>): string {
  return stringifyToml({ ...table })
}

/** The table that a TOML text means, or the parser's complaint. */
export function readToml(
  text: string,
): { readonly table: Readonly<Record<string, unknown>> } | { readonly complaint: string } {
  try {
    return { table: parseToml(text) }
  } catch (error) {
    return {
      complaint: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable',
    }
  }
}

/** A table as TOML text without one table heading: every value stands on a line with its whole key. */
export function printDottedToml(table: Readonly<Record<string, unknown>>): string {
  return dotted(table, []).join('')
}

function dotted(table: object, path: readonly string[]): readonly string[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const keys = [...path, /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)]
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? dotted(value, keys)
      : [`${keys.join('.')} = ${stringifyToml.value(value)}\n`]
  })
}
