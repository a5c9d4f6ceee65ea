/** Reads a rendered config into its tree, for `inspect` and `diff`. */
import { type InspectedTree, inspect } from '../../index.ts'
import type { ReportFlags } from '../args/flags.ts'
import { readFile } from './files.ts'
import { preventsOutput, printDiagnostics, reportFailure, toStderr } from './findings.ts'
import { readStdin } from './streams.ts'

/** The limit of a config's size: more than a hundred times the limit of any platform. */
const maxBytes = 256 << 20

/** The tree of a file or of stdin, or the exit code after a reported failure. */
export async function readTree(
  name: string,
  flags: ReportFlags,
): Promise<{ readonly tree: InspectedTree } | { readonly code: number }> {
  const read = name === '-' ? await readStdin(maxBytes) : readFile(name, maxBytes)
  if (!read.ok) return { code: reportFailure(`cannot read ${name}: ${read.reason}`) }
  if (read.value.length > maxBytes)
    return { code: reportFailure(`${name} is larger than ${maxBytes >> 20} MiB`) }
  if (read.value.every(isSpace)) return { code: reportFailure(`${name} is empty`) }
  const outcome = inspect(read.value)
  printDiagnostics({ name, text: null, overrides: [] }, outcome.diagnostics, flags, toStderr)
  if (!outcome.ok || preventsOutput(outcome.diagnostics, flags)) return { code: 1 }
  const { entries, users, enabled } = outcome.value
  const ignored = outcome.diagnostics.some(({ rule }) => rule === 'inspect/ignored')
  if (ignored && entries.length + users.length + enabled.length === 0) {
    return { code: reportFailure(`${name} changes nothing on a machine`) }
  }
  return { tree: outcome.value }
}

/** Ignition and cloud-init regard a config of white space as no config. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}
