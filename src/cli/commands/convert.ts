import { convertToCerts, convertToMirrors } from '../../index.ts'
import type { ReportFlags } from '../args/flags.ts'
import { deliver } from '../io/deliver.ts'
import { readFile } from '../io/files.ts'
import {
  preventsOutput,
  printDiagnostics,
  reportFailure,
  reportUsageError,
  toStderr,
} from '../io/findings.ts'
import { readStdin, writeStdout } from '../io/streams.ts'

/** The flags of `gen-node convert`. */
export interface ConvertFlags extends ReportFlags {
  readonly format?: 'spec' | 'certs.d'
  readonly output?: string
  readonly force?: boolean
}

const maxBytes = 16 << 20

/** `gen-node convert FILE`: the mirrors of a config.toml or registries.yaml, for the spec or as certs.d. */
export async function convertFile(name: string, flags: ConvertFlags): Promise<number> {
  const { format = 'spec', output, force = false } = flags
  if (format === 'certs.d' && output === undefined) {
    return reportUsageError('certs.d is a folder', 'add -o DIR')
  }
  if (format === 'spec' && output !== undefined) {
    return reportUsageError('-o is for -f certs.d', 'redirect the output into a file')
  }
  const read = name === '-' ? await readStdin(maxBytes) : readFile(name, maxBytes)
  if (!read.ok) return reportFailure(`cannot read ${name}: ${read.reason}`)
  const outcome = output === undefined ? convertToMirrors(read.value) : convertToCerts(read.value)
  printDiagnostics({ name, text: null, overrides: [] }, outcome.diagnostics, flags, toStderr)
  if (!outcome.ok || preventsOutput(outcome.diagnostics, flags)) return 1
  if (typeof outcome.value === 'string' || output === undefined) {
    writeStdout(String(outcome.value))
    return 0
  }
  const refusals = await deliver(output, outcome.value, force)
  return refusals.length === 0 ? 0 : reportFailure(refusals.slice(0, 10).join('\n          '))
}
