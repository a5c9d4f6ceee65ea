/**
 * The contracts of this room. Plans enter, files leave; the spec, distributions and other emitters are
 * not known to an emitter.
 */
import type { Layer, NodePlan } from '../plan/plan.ts'
import type { Tree } from '../plan/tree.ts'
import type { Outcome } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'

/** One rendered file. */
export interface Artifact {
  /** The node that it configures; null where it is for the whole cluster. */
  readonly node: string | null
  /** The path below the folder of the node, or below the output folder: `user-data`, `config.ign`. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly secret: boolean
}

/** The options of one rendering. */
export interface Want {
  readonly gzip: 'auto' | 'always' | 'never'
  /** The platform whose limits apply; null where none is named. */
  readonly platform: string | null
  /** Values of emitter options by name; options of other emitters are ignored. */
  readonly options: Readonly<Record<string, string>>
}

/** An option of one emitter: `--NAME <PLACEHOLDER>` on the command line. */
export interface EmitterOption {
  readonly placeholder: string
  /** The allowed values; empty for a text whose form the emitter checks. */
  readonly values: readonly string[]
  readonly default: string
  readonly description: string
}

/** The options of an emitter by name, without the leading `--`. */
export type OptionTable = Readonly<Record<string, EmitterOption>>

/** Which items of a plan a format can express. */
export interface Takes {
  /** Login users with their SSH keys. */
  readonly users: boolean
  readonly links: boolean
  /** Owners by name; without it only root:root. */
  readonly owners: boolean
  readonly enabledUnits: boolean
}

/** One output format. */
export interface Emitter {
  /** Whether an artifact is for one node, or one artifact for all nodes of the cluster. */
  readonly scope: 'node' | 'cluster'
  /** The items of a plan that the format carries: all, those of one layer, or the files of the mirrors. */
  readonly selects: 'all' | 'mirrors' | Layer
  /** The items that it can express; other items are reported as emit/cannot-carry. */
  readonly takes: Takes
  readonly options: OptionTable
  /** How people use the artifact: one sentence for the run book. */
  readonly usage: string
  /** Whether rendering into a folder writes it without --format. */
  readonly byDefault: boolean
  readonly emit: (plans: readonly NodePlan[], want: Want) => Outcome<readonly Artifact[]>
  /** The reader of what `emit` writes; null where the format cannot be read back. */
  readonly inverse: Inverse | null
}

/** The reader of a format. */
export interface Inverse {
  /** Whether the bytes, uncompressed, are in this format. */
  readonly recognise: (bytes: Uint8Array) => boolean
  readonly inspect: (bytes: Uint8Array) => Outcome<InspectedTree>
}

/** The tree that a config creates, and the parts of the config whose effect is not in the tree. */
export interface InspectedTree extends Tree {
  /** The target of each entry that is a hard link, by the path of the entry. */
  readonly hardLinks: ReadonlyMap<string, string>
  readonly unmodelled: readonly Unmodelled[]
  readonly details: Details
}

/** The parts of a config that the tree does not show or shows in part, to compare configs of one format. */
export interface Details {
  readonly format: string
  readonly parts: readonly Detail[]
}

/** One part: a noun phrase, unique in its config, and its text. */
export interface Detail {
  readonly what: string
  readonly text: string
}

/** A part of a config whose effect is not modelled, such as a script. */
export interface Unmodelled {
  readonly path: Path
  /** A noun phrase for messages, equal for the same part of two configs. */
  readonly what: string
  /** The source text of the part, for comparison. */
  readonly text: string
}
