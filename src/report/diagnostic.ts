/**
 * Diagnostics: what is wrong, as data. A room reports a rule id, a path and arguments. The texts are in
 * the rule tables; the position is looked up later in the text of the spec.
 */
import type { At, Path, Range } from './place.ts'
import type { RuleArgs, RuleTable, Severity } from './rule.ts'

/** One diagnostic. */
export interface Diagnostic {
  /** Id of the rule, `topic/what-is-wrong`. */
  readonly rule: string
  readonly severity: Severity
  readonly path: Path
  readonly at: At
  readonly args: Readonly<Record<string, unknown>>
  /** Related places, each with a note: "first declared here". */
  readonly also: readonly { readonly path: Path; readonly note: string }[]
  /** The exact range where it is known, as for syntax errors; otherwise null. */
  readonly range: Range | null
}

/** The result of a stage: a value with its warnings, or the errors that prevent one. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** The two functions with which a room reports its rules: at a value and at a key. */
export interface Reporters<T extends RuleTable> {
  readonly report: <R extends keyof T & string>(
    rule: R,
    path: Path,
    args: RuleArgs<T, R>,
  ) => Diagnostic
  readonly reportKey: <R extends keyof T & string>(
    rule: R,
    path: Path,
    args: RuleArgs<T, R>,
  ) => Diagnostic
}

/** The reporting functions of a rule table, with the arguments of each rule type-checked. */
export function reporters<T extends RuleTable>(rules: T): Reporters<T> {
  const reportAt =
    (at: At): Reporters<T>['report'] =>
    (rule, path, args) => {
      const severity = rules[rule]?.severity ?? 'error'
      return { rule, severity, path, at, args, also: [], range: null }
    }
  return { report: reportAt('value'), reportKey: reportAt('key') }
}

/** Whether one of the diagnostics prevents a value. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(diagnostic => diagnostic.severity === 'error')
}

/** A value, with its warnings. */
export function success<T>(value: T, diagnostics: readonly Diagnostic[] = []): Outcome<T> {
  return { ok: true, value, diagnostics }
}

/** No value, and the reasons. */
export function failure<T>(diagnostics: readonly Diagnostic[]): Outcome<T> {
  return { ok: false, diagnostics }
}

/** The value with its diagnostics, or only the diagnostics where one is an error. */
export function checked<T>(value: T, diagnostics: readonly Diagnostic[]): Outcome<T> {
  return hasErrors(diagnostics) ? failure(diagnostics) : success(value, diagnostics)
}

// Not named `then`: a dynamic import treats a module that exports `then` as a promise.
/** Runs the next stage where this one has a value; keeps the diagnostics of both. */
export function andThen<A, B>(outcome: Outcome<A>, next: (value: A) => Outcome<B>): Outcome<B> {
  if (!outcome.ok) return outcome
  const after = next(outcome.value)
  return { ...after, diagnostics: [...outcome.diagnostics, ...after.diagnostics] }
}

/** All values, or all diagnostics; a diagnostic that several outcomes share is kept once. */
export function collectOutcomes<T>(outcomes: readonly Outcome<T>[]): Outcome<readonly T[]> {
  const diagnostics = distinct(outcomes.flatMap(outcome => outcome.diagnostics))
  const values = outcomes.flatMap(outcome => (outcome.ok ? [outcome.value] : []))
  return values.length === outcomes.length ? success(values, diagnostics) : failure(diagnostics)
}

/**
 * All values of several nodes, or all diagnostics. Nodes share layers of the spec: a diagnostic is left
 * out where an earlier node has one of the same rule and location, even if its arguments differ.
 */
export function collectNodeOutcomes<T>(outcomes: readonly Outcome<T>[]): Outcome<readonly T[]> {
  const reported = new Set<string>()
  const remaining = outcomes.map(outcome => {
    const isNew = (diagnostic: Diagnostic) => !reported.has(locationKey(diagnostic))
    const diagnostics = outcome.diagnostics.filter(isNew)
    for (const diagnostic of diagnostics) reported.add(locationKey(diagnostic))
    return { ...outcome, diagnostics }
  })
  return collectOutcomes(remaining)
}

/** Rule and location; a diagnostic about the whole spec is identified by its arguments. */
function locationKey({ rule, path, at, args }: Diagnostic): string {
  return JSON.stringify([rule, path, at, path.length === 0 ? args : null])
}

/** The diagnostics without repetitions, in their order. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byContent = new Map<string, Diagnostic>()
  for (const diagnostic of diagnostics) {
    const key = JSON.stringify(diagnostic)
    if (!byContent.has(key)) byContent.set(key, diagnostic)
  }
  return [...byContent.values()]
}
