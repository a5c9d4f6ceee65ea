/** The order of texts that is the same on every machine. */

/** Compares by UTF-16 units, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
