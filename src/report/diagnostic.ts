/**
 * What went wrong, as data. Every room reports in these words; the sentence of a rule stands in
 * rules.ts, the line of a path is found by whoever holds the text. This room knows no other room.
 */
import type { RuleArgs, RuleId } from './rules.ts'

/** Where a fact lives in the spec: `['nodes', 0, 'role']`. */
export type Path = readonly (string | number)[]

/** Which half of a mapping entry is meant. */
export type At = 'key' | 'value'

/** A stretch of a text: offsets in UTF-16 units, lines and columns from 1, `end` exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

/** Trouble worth telling the user. */
export interface Diagnostic<R extends RuleId = RuleId> {
  readonly rule: R
  readonly path: Path
  readonly at: At
  readonly args: RuleArgs<R>
  /** Other places that belong to it, each with a note: "first declared here". */
  readonly also: readonly { readonly path: Path; readonly note: string }[]
  /** Set where the place is known better than by a path: mistakes of the notation itself. */
  readonly range: Range | null
}

/** The end of a stage: a value with its warnings, or what prevents one. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Reports trouble at the value of a path. */
export function report<R extends RuleId>(rule: R, path: Path, args: RuleArgs<R>): Diagnostic<R> {
  return { rule, path, at: 'value', args, also: [], range: null }
}

/** Reports trouble at the key of a path. */
export function reportKey<R extends RuleId>(rule: R, path: Path, args: RuleArgs<R>): Diagnostic<R> {
  return { rule, path, at: 'key', args, also: [], range: null }
}

/** A value that came about, with what is worth saying beside it. */
export function success<T>(value: T, diagnostics: readonly Diagnostic[] = []): Outcome<T> {
  return { ok: true, value, diagnostics }
}

/** No value, and why. */
export function failure<T>(diagnostics: readonly Diagnostic[]): Outcome<T> {
  return { ok: false, diagnostics }
}

// Not `then`: a module that exports one is taken for a promise by every dynamic import of it.
/** The next stage, where this one gave a value; warnings are carried forward. */
export function andThen<A, B>(outcome: Outcome<A>, next: (value: A) => Outcome<B>): Outcome<B> {
  if (!outcome.ok) return outcome
  const after = next(outcome.value)
  return { ...after, diagnostics: [...outcome.diagnostics, ...after.diagnostics] }
}
