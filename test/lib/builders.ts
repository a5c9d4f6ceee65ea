/** Builders of test input: a test sets the fields that it is about, all others have defaults. */
import type { NodePlan, PlanFile } from '../../src/plan/plan.ts'

/** Top-level fields of a spec as YAML in flow form: a list gives the items of a sequence, null omits the field. */
export type SpecFields = Readonly<Record<string, string | readonly string[] | null>>

/** The text of a spec: by default of one worker whose bootstrap node is 10.0.0.1. */
export function aSpec(fields: SpecFields = {}): string {
  const all = { bootstrap: '10.0.0.1', nodes: ['{name: w1, role: worker}'], ...fields }
  const lines = Object.entries(all).flatMap(([name, value]) => {
    if (value === null) return []
    return [`${name}: ${typeof value === 'string' ? value : `[${value.join(', ')}]`}\n`]
  })
  return `apiVersion: gen-node/v1\n${lines.join('')}`
}

/** The plan of node w1: by default without any item. */
export function aPlan(items: Partial<NodePlan> = {}): NodePlan {
  return { name: 'w1', files: [], directories: [], links: [], users: [], units: [], ...items }
}

/** A file of a plan: by default an empty file of root with mode 0644, which belongs to one machine. */
export function aPlanFile(path: string, fields: Partial<PlanFile> = {}): PlanFile {
  return {
    path,
    content: new Uint8Array(),
    mode: 0o644,
    owner: 'root:root',
    secret: false,
    layer: 'instance',
    from: [],
    ...fields,
  }
}
