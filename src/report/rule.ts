/** The form of a rule. The rules themselves are in the `rules.ts` of the rooms that check them. */

/** `error`: no output. `warning`: output, except under --strict. `note`: information only. */
export type Severity = 'error' | 'warning' | 'note'

/** One kind of finding: its severity and the texts that describe it. */
export interface Rule<A> {
  readonly severity: Severity
  /** What is wrong: one sentence without a full stop. */
  readonly message: (args: A) => string
  /** What to do, as an imperative; empty where the message contains it. */
  readonly help: (args: A) => string
  /** Why the rule exists; shown by the documentation. */
  readonly reason: string
}

/** Rules by their id, `topic/what-is-wrong`. */
export type RuleTable = Readonly<Record<string, Rule<never>>>

/** The arguments that the texts of a rule need. */
export type RuleArgs<T extends RuleTable, R extends keyof T> = Parameters<T[R]['message']>[0]

/** Checks the type of one rule of a table. */
export function rule<A>(entry: Rule<A>): Rule<A> {
  return entry
}
