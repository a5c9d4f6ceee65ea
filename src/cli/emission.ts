/** Plans become documents, and are held against what their platforms take. */
import { type Diagnostic, emitPlan, type Format, measure, type Path } from '../index.ts'
import { overBudget } from '../view/size.ts'
import type { OutputFlags, ReportFlags } from './args/flags.ts'
import { type Document, nameOf } from './document.ts'
import { preventsOutput } from './io/findings.ts'
import { yieldToEventLoop } from './io/process.ts'
import type { Planned } from './io/spec-call.ts'

/** All documents of the plans in these formats, what is wrong with them, and a line on each one's size. */
export async function emitAll(
  { spec, plans }: Planned,
  formats: readonly Format[],
  flags: OutputFlags & ReportFlags,
) {
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
    if (at % 16 === 15) await yieldToEventLoop()
  }
  const diagnostics = [...found.values()]
  const errors = diagnostics.filter(one => preventsOutput([one], flags))
  const isOnlyTooLarge = errors.every(one => one.rule === 'size/over-budget') && errors.length > 0
  return { documents, diagnostics, isOnlyTooLarge, meter: lines.join('') }
}
