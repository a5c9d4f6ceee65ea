/** What every format is: how a plan is wanted, what leaves, and the two functions in between. */
import type { NodePlan } from '../plan/plan.ts'
import type { Tree } from '../plan/tree.ts'
import type { Outcome } from '../report/diagnostic.ts'

/** The name of a format. */
export type Format = 'cloud-init' | 'ignition'

/** How the caller wants a plan written down. */
export interface Want {
  readonly format: Format
  readonly gzip: 'auto' | 'always' | 'never'
  readonly ignitionVersion: string
  /** The cloud whose limits count; null where none is named. */
  readonly platform: string | null
}

/** What leaves gen-node: one file. */
export interface Artifact {
  /** `user-data`, `config.ign`. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly secret: boolean
}

/** One format: how to write a plan in it and how to read what is written in it. */
export interface Emitter {
  readonly emit: (plan: NodePlan, want: Want) => Outcome<Artifact>
  readonly inspect: (bytes: Uint8Array) => Outcome<Tree>
}
