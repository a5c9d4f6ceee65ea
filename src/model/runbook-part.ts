/** The run book as data: distributions write it, a view prints it. It contains no secret. */
import type { AnyNode, Role } from './spec.ts'

/** The steps from bare machines to a cluster. */
export interface RunbookPart {
  /** The pieces that must be on each machine before its first boot. */
  readonly machines: readonly {
    readonly node: AnyNode
    readonly required: readonly RequiredPiece[]
  }[]
  /** The node that boots first, and its steps; null where the spec has no controller. */
  readonly first: { readonly node: AnyNode; readonly does: string } | null
  /** The other nodes; they may boot at any time and wait for the first node. */
  readonly laterNodes: readonly AnyNode[]
  /** The URL under which people reach the registry; null where there is none. */
  readonly registryUrl: string | null
  /** The steps for nodes without a token in the spec; null where no node waits for a token. */
  readonly tokens: TokenSteps | null
  /** Commands on a node that show its progress. */
  readonly watch: readonly { readonly command: string; readonly shows: string }[]
  /** The command that starts the programs of the distribution again, and a sentence: which changes need it. */
  readonly restart: { readonly command: string; readonly needed: string }
  readonly symptoms: readonly Symptom[]
}

/** A message that people see, its usual cause, and what to do. */
export interface Symptom {
  /** The part of the message that is always the same. */
  readonly message: string
  readonly cause: string
  /** An imperative. */
  readonly remedy: string
}

/** A program or file that must be on a machine before its first boot. */
export interface RequiredPiece {
  readonly what: string
  readonly path: string
  /** The remedy where it is missing, as an imperative. */
  readonly remedy: string
}

/** The commands that create tokens and copy them to the waiting nodes. */
export interface TokenSteps {
  /** The path at which a waiting node expects its token. */
  readonly path: string
  /** The node that creates tokens; null where it is not in the spec. */
  readonly issuer: AnyNode | null
  /** One command for each role, run on the issuer; its output goes into `file`. */
  readonly create: readonly {
    readonly role: Role
    readonly command: string
    readonly file: string
  }[]
  /** The waiting nodes, and the command that puts the token on each. */
  readonly install: readonly { readonly node: AnyNode; readonly command: string }[]
}
