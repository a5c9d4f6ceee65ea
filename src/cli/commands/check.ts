import { defaultFormat } from '../../index.ts'
import type { ReportFlags, SpecFlags } from '../args/flags.ts'
import { emitAll } from '../emission.ts'
import { preventsOutput, printDiagnostics, toStdout } from '../io/findings.ts'
import { callOf, type Planned, planCall } from '../io/spec-call.ts'
import { writeStderr } from '../io/streams.ts'

/** `gen-node check SPEC`: every finding, and nothing else. */
export async function check(argument: string, flags: SpecFlags & ReportFlags): Promise<number> {
  const call = await callOf(argument, flags)
  if ('code' in call) return call.code
  const planned = planCall(call, flags)
  const tooLarge = planned.ok ? await overBudget(planned.value, flags) : []
  const diagnostics = [...planned.diagnostics, ...tooLarge]
  printDiagnostics(call.source, diagnostics, flags, toStdout)
  if (!planned.ok || preventsOutput(diagnostics, flags)) return 1
  if (diagnostics.length === 0 && flags.quiet !== true && (flags.report ?? 'text') === 'text') {
    writeStderr(`${call.source.name}: no findings\n`)
  }
  return 0
}

/** The user-data that platforms would not take; Ignition is asked for by a flag of rendering. */
async function overBudget({ spec, plans }: Planned, flags: ReportFlags) {
  const limited = new Set(spec.nodes.flatMap(node => (node.platform === null ? [] : [node.name])))
  const some = { spec, plans: plans.filter(plan => limited.has(plan.name)) }
  return (await emitAll(some, [defaultFormat], { ...flags, quiet: true })).diagnostics
}
