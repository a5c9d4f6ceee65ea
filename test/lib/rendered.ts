/** A plan rendered in a format and verified, as on the command line. */
import {
  type Artifact,
  emitPlans,
  type Format,
  type NodePlan,
  type Outcome,
  verifyArtifact,
  type Want,
} from './stages.ts'

/** The format and the settings of a rendering. */
export interface Rendering extends Want {
  readonly format: Format
}

/** The settings of a test that gives no others. */
export const usual: Rendering = {
  format: 'cloud-init',
  gzip: 'never',
  platform: null,
  options: {},
}

/** The options that select a version of the Ignition specification. */
export function ignitionVersion(version: string): Want['options'] {
  return { 'ignition-version': version }
}

/** The artifact of a plan, or the diagnostics. */
export function rendered(plan: NodePlan, settings: Partial<Rendering> = {}): Outcome<Artifact> {
  const { format, ...want } = { ...usual, ...settings }
  const outcome = emitPlans(format, [plan], want)
  if (!outcome.ok) return outcome
  const [artifact] = outcome.value
  if (artifact === undefined) throw new Error(`no ${format} artifact for ${plan.name}`)
  verifyArtifact(format, plan, artifact)
  return { ok: true, value: artifact, diagnostics: outcome.diagnostics }
}

/** The artifact of a plan; diagnostics are thrown. */
export function artifactOf(plan: NodePlan, settings: Partial<Rendering> = {}): Artifact {
  const outcome = rendered(plan, settings)
  if (outcome.ok) return outcome.value
  throw new Error(`${plan.name}: ${JSON.stringify(outcome.diagnostics)}`)
}
