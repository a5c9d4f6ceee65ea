/** The run book as data: distributions write it, a view prints it. It contains no secret. */
import type { AnyNode, Role } from './spec.ts'

/** The steps of people from bare machines to a cluster, as data. */
export interface RunbookPart {
  /** What must be on each machine before its first boot. */
  readonly machines: readonly {
    readonly node: AnyNode
    readonly required: readonly RequiredPiece[]
  }[]
  /** The node that boots first, and what it then does; null where the spec has no controller. */
  readonly first: { readonly node: AnyNode; readonly does: string } | null
  /** The other nodes, which may boot at any time. */
  readonly others: readonly AnyNode[]
  /** The URL under which people reach the registry; null where there is none. */
  readonly registryUrl: string | null
  /** How tokens come to nodes that have none in the spec; null where no node waits for one. */
  readonly tokens: TokenSteps | null
  /** Commands on a node that show its progress. */
  readonly watch: readonly { readonly command: string; readonly shows: string }[]
}

/** A program or file that must be on a machine before its first boot. */
export interface RequiredPiece {
  readonly what: string
  readonly path: string
  /** What to do where it is missing, as an imperative. */
  readonly remedy: string
}

/** How people make tokens and put them on the nodes that wait. */
export interface TokenSteps {
  /** Where a waiting node expects its token. */
  readonly path: string
  /** The node that makes tokens; null where it is not in the spec. */
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
