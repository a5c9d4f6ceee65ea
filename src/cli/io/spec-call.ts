/** From the words of a call to plans: what `gen-node` and `gen-node check` share. */
import {
  type Diagnostic,
  decodeSpec,
  loadSpec,
  type NodePlan,
  nearest,
  needs,
  type Outcome,
  plan,
  type Source,
  type Spec,
} from '../../index.ts'
import { overridesOf, type ReportFlags, type SpecFlags } from '../args/flags.ts'
import { dirname, readFile, resolve } from './files.ts'
import { preventsOutput, reportFailure, reportUsageError } from './findings.ts'
import { readStdin } from './streams.ts'
import { readSupplies } from './supplies.ts'

/** A spec as called for, and the folder that its references start from. */
export interface Call {
  readonly source: Source
  readonly folder: string
  /** Files outside that folder which the user named on the command line. */
  readonly allowed: ReadonlySet<string>
  /** What is wrong with the bytes themselves. */
  readonly diagnostics: readonly Diagnostic[]
}

/** A spec with the plans of all its nodes. */
export interface Planned {
  readonly spec: Spec
  readonly plans: readonly NodePlan[]
}

/** The core says what is too large; this is only what fits in memory without a thought. */
const maxBytes = 8 << 20

/** What the user wants to be read, or the code of a call that makes no sense. */
export async function callOf(
  argument: string | undefined,
  flags: SpecFlags,
): Promise<Call | { readonly code: number }> {
  const given = overridesOf(flags, argument !== undefined)
  if (!given.ok) return { code: reportUsageError(given.reason) }
  const allowed = new Set(flags.tokenFile === undefined ? [] : [resolve(flags.tokenFile)])
  if (argument === undefined) {
    if (flags.role === undefined) {
      return {
        code: reportUsageError(
          'there is neither a SPEC nor --role',
          'name a file, - for stdin, or a role',
        ),
      }
    }
    const source = { name: 'flags', text: null, overrides: given.overrides }
    return { source, folder: resolve('.'), allowed, diagnostics: [] }
  }
  const name = argument
  const read = name === '-' ? await readStdin(maxBytes) : readFile(name, maxBytes)
  if (!read.ok)
    return { code: reportFailure(`cannot read ${name}: ${read.reason}`, verbLike(name)) }
  const text = decodeSpec(read.value)
  return {
    source: { name, text: text.ok ? text.value : null, overrides: text.ok ? given.overrides : [] },
    folder: name === '-' ? resolve('.') : dirname(resolve(name)),
    allowed,
    diagnostics: text.diagnostics,
  }
}

/** Everything up to the plans, with what is to be said about it. */
export function planCall(call: Call, flags: ReportFlags): Outcome<Planned> {
  if (preventsOutput(call.diagnostics, flags)) return { ok: false, diagnostics: call.diagnostics }
  const loaded = loadSpec(call.source)
  if (!loaded.ok) return loaded
  const spec = loaded.value
  const planned = plan(spec, readSupplies(needs(spec), call.folder, call.allowed))
  const all = [...loaded.diagnostics, ...planned.diagnostics]
  return planned.ok
    ? { ok: true, value: { spec, plans: planned.value }, diagnostics: all }
    : { ok: false, diagnostics: all }
}

const verbs = ['check', 'completion', 'diff', 'explain', 'init', 'inspect', 'registry', 'schema']

/** A misspelt verb looks like a SPEC; undefined where the word is like none. */
export function verbLike(word = ''): string | undefined {
  const near = /[./\\]/.test(word) ? null : nearest(word, verbs)
  return near === null || near === word ? undefined : `did you mean \`gen-node ${near}\`?`
}
