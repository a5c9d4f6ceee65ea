/** Reads the spec of a call and plans its nodes, for rendering and `check`. */
import {
  andThen,
  type Diagnostic,
  decodeSpec,
  load,
  nearest,
  needs,
  type Outcome,
  type Planned,
  plan,
  type Source,
} from '../../index.ts'
import type { ReportFlags, SpecFlags } from '../args/flags.ts'
import { overridesOf } from '../args/overrides.ts'
import { dirname, readFile, resolve } from './files.ts'
import { preventsOutput, reportFailure, reportUsageError } from './findings.ts'
import { readStdin } from './streams.ts'
import { readSupplies } from './supplies.ts'
import { readX509 } from './x509.ts'

/** The spec of a call and the folder to which its references are relative. */
export interface SpecCall {
  readonly source: Source
  readonly folder: string
  /** Files outside of the folder that flags refer to. */
  readonly allowed: ReadonlySet<string>
  /** Findings about the bytes of the spec. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Limits the memory; the core reports a spec that is too large. */
const maxBytes = 8 << 20

/** Reads the spec of a call, or returns the exit code of a reported failure. */
export async function readSpecCall(
  name: string | undefined,
  flags: SpecFlags,
): Promise<SpecCall | { readonly code: number }> {
  const parsed = overridesOf(flags, name !== undefined)
  if (!parsed.ok) return { code: reportUsageError(parsed.reason) }
  const allowed = new Set(flags.tokenFile === undefined ? [] : [resolve(flags.tokenFile)])
  if (name === undefined) {
    if (flags.role === undefined) {
      const hint = 'name a file, - for stdin, or a role'
      return { code: reportUsageError('neither SPEC nor --role is given', hint) }
    }
    const source = { name: 'flags', text: null, overrides: parsed.overrides }
    return { source, folder: resolve('.'), allowed, diagnostics: [] }
  }
  const read = name === '-' ? await readStdin(maxBytes) : readFile(name, maxBytes)
  if (!read.ok)
    return { code: reportFailure(`cannot read ${name}: ${read.reason}`, verbHint(name)) }
  const text = decodeSpec(read.value)
  return {
    source: { name, text: text.ok ? text.value : null, overrides: text.ok ? parsed.overrides : [] },
    folder: name === '-' ? resolve('.') : dirname(resolve(name)),
    allowed,
    diagnostics: text.diagnostics,
  }
}

/** Plans all nodes of a call; reads the files and variables that its spec refers to. */
export async function planSpec(call: SpecCall, flags: ReportFlags): Promise<Outcome<Planned>> {
  if (preventsOutput(call.diagnostics, flags)) return { ok: false, diagnostics: call.diagnostics }
  const loaded = load(call.source)
  if (!loaded.ok) return loaded
  const supplies = await readSupplies(needs(loaded.value), call.folder, call.allowed)
  return andThen(loaded, spec => plan(spec, supplies, readX509()))
}

const verbs = ['check', 'completion', 'diff', 'explain', 'init', 'inspect', 'registry', 'schema']

/** A hint where a SPEC looks like a misspelt verb; else undefined. */
export function verbHint(argument = ''): string | undefined {
  const verb = /[./\\]/.test(argument) ? null : nearest(argument, verbs)
  return verb === null || verb === argument ? undefined : `did you mean \`gen-node ${verb}\`?`
}
