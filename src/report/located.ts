/** A diagnostic with its message and its position, ready to be printed. */
import type { Range } from './place.ts'
import type { Severity } from './rule.ts'

/** One diagnostic, ready to be printed. */
export interface Located {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly help: string
  /** Dotted form of the path in the spec; empty for the whole spec. */
  readonly path: string
  /** Name of the file, or the flag as typed. */
  readonly file: string
  /** The text that the ranges refer to; null where there is none, as for a flag. */
  readonly text: string | null
  readonly range: Range | null
  readonly also: readonly { readonly range: Range; readonly note: string }[]
}
