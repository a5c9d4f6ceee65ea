/** Rendered configs as trees: what `inspect` and `diff` read. */
import { type InspectedTree, inspect } from '../../index.ts'
import type { ReportFlags } from '../args/flags.ts'
import { readFile } from './files.ts'
import { preventsOutput, printDiagnostics, reportFailure, toStderr } from './findings.ts'
import { readStdin } from './streams.ts'

/** No platform takes a hundredth of this. */
const maxBytes = 256 << 20

/** The tree of a file or of stdin, or the exit code where there is none. */
export async function readTree(
  name: string,
  flags: ReportFlags,
): Promise<{ readonly tree: InspectedTree } | { readonly code: number }> {
  const read = name === '-' ? await readStdin(maxBytes) : readFile(name, maxBytes)
  if (!read.ok) return { code: reportFailure(`cannot read ${name}: ${read.reason}`) }
  if (read.value.length > maxBytes)
    return { code: reportFailure(`${name} has more than ${maxBytes >> 20} MiB`) }
  if (read.value.length === 0) return { code: reportFailure(`${name} is empty`) }
  const outcome = inspect(read.value)
  printDiagnostics({ name, text: null, overrides: [] }, outcome.diagnostics, flags, toStderr)
  if (!outcome.ok || preventsOutput(outcome.diagnostics, flags)) return { code: 1 }
  const { entries, users, enabled } = outcome.value
  const ignored = outcome.diagnostics.some(one => one.rule === 'inspect/ignored')
  if (ignored && entries.length + users.length + enabled.length === 0) {
    return { code: reportFailure(`${name} leaves nothing on a machine`) }
  }
  return { tree: outcome.value }
}
