/** Places: a path into a spec or config, and a range of a text. */

/** Where a value is in a spec or config: `['nodes', 0, 'role']`. */
export type Path = readonly (string | number)[]

/** Which half of a mapping entry is meant. */
export type At = 'key' | 'value'

/** A part of a text: offsets in UTF-16 units, lines and columns from 1, `end` exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}
