import { isClusterFormat, nodeNames, runbook } from '../../index.ts'
import type { FormatFlags, OutputFlags, ReportFlags, SpecFlags } from '../args/flags.ts'
import { preventsOutput, printDiagnostics, reportUsageError, toStderr } from '../io/findings.ts'
import { outputTarget, writeArtifacts } from '../io/output.ts'
import { planSpec, readSpecCall } from '../io/spec-call.ts'
import { writeStderr } from '../io/streams.ts'
import { renderNodes, selectNodes } from '../rendering.ts'

/** The flags of `gen-node` without a verb. */
export type RenderFlags = SpecFlags & FormatFlags & OutputFlags & ReportFlags

/** `gen-node [SPEC]`: renders one node or all nodes. */
export async function render(spec: string | undefined, flags: RenderFlags): Promise<number> {
  const call = await readSpecCall(spec, flags)
  if ('code' in call) return call.code
  const planned = await planSpec(call, flags)
  if (!planned.ok) {
    printDiagnostics(call.source, planned.diagnostics, flags, toStderr)
    return 1
  }
  const names = selectNodes(planned.value, flags.node)
  if (typeof names === 'string') return reportUsageError(names)
  const isOneFile = flags.format !== undefined && isClusterFormat(flags.format)
  if (isOneFile && flags.node !== undefined) {
    return reportUsageError(`-f ${flags.format} writes one file for all nodes`, 'remove --node')
  }
  const target = outputTarget(isOneFile ? 1 : names.length, flags)
  if (typeof target === 'string') {
    return reportUsageError(target, 'give a folder, such as `-o out/`')
  }
  const rendering = await renderNodes(planned.value, names, target.formats, flags)
  const diagnostics = [...planned.diagnostics, ...rendering.diagnostics]
  printDiagnostics(call.source, diagnostics, flags, toStderr)
  if (preventsOutput(diagnostics, flags)) return rendering.onlyOverBudget ? 4 : 1
  if ((flags.report ?? 'text') === 'text') writeStderr(rendering.sizes)
  const extras = {
    runbook: runbook(planned.value, target.formats, rendering.artifacts),
    nodeNames: nodeNames(planned.value),
  }
  return writeArtifacts(target, rendering.artifacts, extras, flags)
}
