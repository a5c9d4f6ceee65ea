/** A diagnostic whose sentence is written and whose place is found: everything needed to show it. */
import type { Range } from './place.ts'
import type { Severity } from './rule.ts'

export interface Located {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
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
