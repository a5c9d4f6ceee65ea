/**
 * The contract of a distribution: a spec enters, plans leave. A distribution is one folder and one
 * row of `distros.ts`; it knows no output format and no other distribution.
 */
import type {
  AnyNode,
  AnySpec,
  Content,
  Node,
  ResolvedSpec,
  Role,
  Spec,
  TreeItem,
} from '../model/spec.ts'
import type { NodePlan, PlanFile } from '../plan/plan.ts'
import type { Diagnostic, Outcome } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { RuleTable } from '../report/rule.ts'

/** One distribution. */
export interface Distro {
  /** The name in the spec. */
  readonly name: string
  /** Its own rules. */
  readonly rules: RuleTable
  /** The grammar of its versions; `parse` gives major, minor and, where written, patch. */
  readonly version: {
    readonly parse: (text: string) => readonly number[] | null
    readonly example: string
  }
  /** The addons that it can install. */
  readonly addons: readonly AddonKind[]
  /** A commented spec to begin with. */
  readonly starter: string
  /** Mistakes that need no contents; `loadSpec` reports them together with all others. */
  readonly check: (spec: Spec) => readonly Diagnostic[]
  /** The files of a node that name its mirrors; `plan` contains them too. */
  readonly mirrors: (spec: ResolvedSpec, node: ResolvedNode) => Outcome<readonly PlanFile[]>
  /** The plan of one node. */
  readonly plan: (spec: ResolvedSpec, node: ResolvedNode) => Outcome<NodePlan>
  /** The images and charts that the cluster needs and that are known without the binary. */
  readonly images: (spec: Spec) => Outcome<readonly ImageNeed[]>
  /** What people do around the configs of a cluster. It reads no contents, so it holds no secret. */
  readonly runbook: (spec: AnySpec) => RunbookPart
}

/** A node whose texts are bytes. */
export type ResolvedNode = Node<Content, readonly TreeItem[]>

/** An addon and an example of its version. */
export interface AddonKind {
  readonly name: string
  readonly example: string
}

/** An image or chart in the cluster's registry. */
export interface ImageNeed {
  readonly repository: string
  readonly tag: string
  /** The part of the spec that needs it. */
  readonly from: Path
}

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
