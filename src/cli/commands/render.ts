import { type Diagnostic, emitPlan, type Format, measure, type Path } from '../../index.ts'
import { type Document, nameOf } from '../document.ts'
import { besideData, misuse, stops, tell } from '../findings.ts'
import { overBudget } from '../meter.ts'
import type { OutputFlags, ReportFlags, SpecFlags } from '../options.ts'
import { callOf, type Planned, planCall } from '../pipeline.ts'
import { targetOf, write } from '../target.ts'
import { breathe, say } from '../world.ts'

/** The flags of `gen-node` itself. */
export type RenderFlags = SpecFlags & OutputFlags & ReportFlags

/** `gen-node [SPEC]`: the documents of one node or of all. */
export async function render(argument: string | undefined, flags: RenderFlags): Promise<number> {
  const call = await callOf(argument, flags)
  if ('code' in call) return call.code
  const planned = planCall(call, flags)
  if (!planned.ok) {
    tell(call.source, planned.diagnostics, flags, besideData)
    return 1
  }
  const chosen = choose(planned.value, flags.node)
  if (typeof chosen === 'string') return misuse(chosen)
  const target = targetOf(chosen.plans.length, flags)
  if (typeof target === 'string') return misuse(target, 'give a folder, such as `-o out/`')
  const emitted = await emitAll(chosen, target.formats, flags)
  const diagnostics = [...planned.diagnostics, ...emitted.diagnostics]
  tell(call.source, diagnostics, flags, besideData)
  if (stops(diagnostics, flags)) return emitted.isOnlyTooLarge ? 4 : 1
  if (flags.quiet !== true && (flags.report ?? 'text') === 'text') say(emitted.meter)
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

async function emitAll({ spec, plans }: Planned, formats: readonly Format[], flags: RenderFlags) {
  const nodes = new Map(spec.nodes.map(node => [node.name, node]))
  const documents: Document[] = []
  const found = new Map<string, Diagnostic>()
  const lines: string[] = []
  for (const [at, plan] of plans.entries()) {
    const node = nodes.get(plan.name)
    for (const format of formats) {
      const { gzip = 'auto', ignitionVersion = '3.3.0' } = flags
      const want = { format, gzip, ignitionVersion, platform: node?.platform ?? null }
      const outcome = emitPlan(plan, want)
      for (const one of outcome.diagnostics) found.set(JSON.stringify(one), one)
      if (!outcome.ok) continue
      const document = { plan, artifact: outcome.value }
      documents.push(document)
      // Nobody sees the sizes, and nothing limits them: a thousand compressions for nothing.
      if (flags.quiet === true && want.platform === null) continue
      const budget = measure(document.artifact, want)
      const name = nameOf(document)
      lines.push(
        plans.length * formats.length > 1 ? `${name}: ${budget.line}\n` : `${budget.line}\n`,
      )
      const path: Path = [...(node?.from ?? []), 'platform']
      if (budget.over) found.set(name, overBudget(name, path, budget, want))
    }
    if (at % 16 === 15) await breathe()
  }
  const diagnostics = [...found.values()]
  const errors = diagnostics.filter(one => stops([one], flags))
  const isOnlyTooLarge = errors.every(one => one.rule === 'size/over-budget') && errors.length > 0
  return { documents, diagnostics, isOnlyTooLarge, meter: lines.join('') }
}
