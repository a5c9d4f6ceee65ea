import type { OutputFlags, ReportFlags, SpecFlags } from '../args/flags.ts'
import { emitAll } from '../emission.ts'
import { preventsOutput, printDiagnostics, reportUsageError, toStderr } from '../io/findings.ts'
import { callOf, type Planned, planCall } from '../io/spec-call.ts'
import { writeStderr } from '../io/streams.ts'
import { targetOf, write } from '../io/target.ts'

/** The flags of `gen-node` itself. */
export type RenderFlags = SpecFlags & OutputFlags & ReportFlags

/** `gen-node [SPEC]`: the documents of one node or of all. */
export async function render(argument: string | undefined, flags: RenderFlags): Promise<number> {
  const call = await callOf(argument, flags)
  if ('code' in call) return call.code
  const planned = planCall(call, flags)
  if (!planned.ok) {
    printDiagnostics(call.source, planned.diagnostics, flags, toStderr)
    return 1
  }
  const chosen = choose(planned.value, flags.node)
  if (typeof chosen === 'string') return reportUsageError(chosen)
  const target = targetOf(chosen.plans.length, flags)
  if (typeof target === 'string')
    return reportUsageError(target, 'give a folder, such as `-o out/`')
  const emitted = await emitAll(chosen, target.formats, flags)
  const diagnostics = [...planned.diagnostics, ...emitted.diagnostics]
  printDiagnostics(call.source, diagnostics, flags, toStderr)
  if (preventsOutput(diagnostics, flags)) return emitted.isOnlyTooLarge ? 4 : 1
  if (flags.quiet !== true && (flags.report ?? 'text') === 'text') writeStderr(emitted.meter)
  return write(target, emitted.documents, planned.value, flags)
}

/** The nodes that are asked for, or what is wrong with the name. */
function choose({ spec, plans }: Planned, name: string | undefined): Planned | string {
  if (name === undefined) return { spec, plans }
  const found = plans.filter(plan => plan.name === name)
  if (found.length > 0) return { spec, plans: found }
  const names = plans.map(plan => plan.name)
  const shown = names.length > 12 ? [...names.slice(0, 12), '…'] : names
  return `there is no node "${name}"; there are ${shown.join(', ')}`
}
