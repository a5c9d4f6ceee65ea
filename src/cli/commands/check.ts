import { asData, stops, tell } from '../findings.ts'
import type { ReportFlags, SpecFlags } from '../options.ts'
import { callOf, planCall } from '../pipeline.ts'
import { say } from '../world.ts'

/** `gen-node check SPEC`: every finding, and nothing else. */
export async function check(argument: string, flags: SpecFlags & ReportFlags): Promise<number> {
  const call = await callOf(argument, flags)
  if ('code' in call) return call.code
  const { ok, diagnostics } = planCall(call, flags)
  tell(call.source, diagnostics, flags, asData)
  if (!ok || stops(diagnostics, flags)) return 1
  if (diagnostics.length === 0 && flags.quiet !== true && (flags.report ?? 'text') === 'text') {
    say(`${call.source.name}: no findings\n`)
  }
  return 0
}
