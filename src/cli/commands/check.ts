import { defaultFormats, type Planned } from '../../index.ts'
import type { FormatFlags, ReportFlags, SpecFlags } from '../args/flags.ts'
import { preventsOutput, printDiagnostics, reportUsageError, toStdout } from '../io/findings.ts'
import { planSpec, readSpecCall } from '../io/spec-call.ts'
import { writeStderr } from '../io/streams.ts'
import { renderNodes, selectNodes } from '../rendering.ts'

/** The flags of `gen-node check`. */
export type CheckFlags = SpecFlags & FormatFlags & ReportFlags

/** `gen-node check SPEC`: the findings that rendering into a folder has, and no output. */
export async function check(spec: string, flags: CheckFlags): Promise<number> {
  const call = await readSpecCall(spec, flags)
  if ('code' in call) return call.code
  const planned = await planSpec(call, flags)
  const names = planned.ok ? selectNodes(planned.value, flags.node) : []
  if (typeof names === 'string') return reportUsageError(names)
  const rendered = planned.ok ? await renderDiagnostics(planned.value, names, flags) : []
  const diagnostics = [...planned.diagnostics, ...rendered]
  printDiagnostics(call.source, diagnostics, flags, toStdout)
  if (!planned.ok || preventsOutput(diagnostics, flags)) return 1
  if (diagnostics.length === 0 && flags.quiet !== true && (flags.report ?? 'text') === 'text') {
    writeStderr(`${call.source.name}: no findings\n`)
  }
  return 0
}

async function renderDiagnostics(planned: Planned, names: readonly string[], flags: CheckFlags) {
  const formats = flags.format === undefined ? defaultFormats : [flags.format]
  const quiet = { ...flags, quiet: true }
  return (await renderNodes(planned, names, formats, quiet)).diagnostics
}
