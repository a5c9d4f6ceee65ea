/** Plans become documents, and are held against what their platforms take. */
import { type Diagnostic, emitPlans, type Format, measure, verifyArtifact } from '../index.ts'
import { renderSize } from '../view/size.ts'
import { emitterOptionsOf, type OutputFlags, type ReportFlags } from './args/flags.ts'
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
      const { gzip = 'auto' } = flags
      const want = { gzip, platform: node?.platform ?? null, options: emitterOptionsOf(flags) }
      const outcome = emitPlans(format, [plan], want)
      for (const one of outcome.diagnostics) found.set(JSON.stringify(one), one)
      const artifact = outcome.ok ? outcome.value[0] : undefined
      if (artifact === undefined) continue
      verifyArtifact(format, plan, artifact)
      const document = { plan, artifact }
      documents.push(document)
      // Measuring compresses; without a limit and a reader of the size line it is skipped.
      if (flags.quiet === true && want.platform === null) continue
      const path = [...(node?.from ?? []), 'platform']
      const { budget, diagnostics } = measure(format, artifact, want, path)
      const line = renderSize(budget)
      const name = nameOf(document)
      lines.push(plans.length * formats.length > 1 ? `${name}: ${line}\n` : `${line}\n`)
      for (const diagnostic of diagnostics) found.set(name, diagnostic)
    }
    if (at % 16 === 15) await yieldToEventLoop()
  }
  const diagnostics = [...found.values()]
  const errors = diagnostics.filter(one => preventsOutput([one], flags))
  const isOnlyTooLarge = errors.every(one => one.rule === 'size/over-budget') && errors.length > 0
  return { documents, diagnostics, isOnlyTooLarge, meter: lines.join('') }
}
