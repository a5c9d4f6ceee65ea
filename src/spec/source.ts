/** A spec as it was given: a text, flags that stand for its fields, or both. */
import type { Path, Range } from '../report/diagnostic.ts'

export interface Source {
  /** What the user calls it: a file's name, `-` or `flags`. */
  readonly name: string
  /** Null where the flags alone are the spec. */
  readonly text: string | null
  readonly overrides: readonly Override[]
}

/** One flag that sets one field; it wins over the text. */
export interface Override {
  readonly path: Path
  readonly value: unknown
  /** The flag as it was typed: `--role worker`. */
  readonly flag: string
}

/** A diagnostic with everything needed to print it. */
export interface Located {
  readonly rule: string
  readonly severity: 'error' | 'warning' | 'note'
  readonly says: string
  readonly help: string
  /** Dotted form of the path in the spec; empty for the whole. */
  readonly path: string
  /** The file, or the flag as it was typed. */
  readonly file: string
  /** The text that the range counts in; null where there is nothing to show. */
  readonly text: string | null
  readonly range: Range | null
  readonly also: readonly { readonly range: Range; readonly note: string }[]
}
