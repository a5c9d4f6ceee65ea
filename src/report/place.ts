/** Places: a path into a spec or config, and a range of a text. */

/** The location of a value in a spec or config: `['nodes', 0, 'role']`. */
export type Path = readonly (string | number)[]

/** The half of a mapping entry that a diagnostic is about. */
export type At = 'key' | 'value'

/** A part of a text: offsets in UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A span with the position of its start: line and column count from 1. */
export interface Range extends Span {
  readonly line: number
  readonly column: number
}
