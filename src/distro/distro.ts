/**
 * The contract of a distribution: a spec enters, plans leave. A distribution is one folder and one
 * row of `distros.ts`; output formats and other distributions are not known to it.
 */
import type { SpecCheck } from '../model/load.ts'
import type { RunbookPart } from '../model/runbook-part.ts'
import type { AnySpec, Content, Node, ResolvedSpec, Spec, TreeItem } from '../model/spec.ts'
import type { NodePlan, PlanFile } from '../plan/plan.ts'
import type { Outcome } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { RuleTable } from '../report/rule.ts'
import type { CertificateUses } from './parts/certificate-uses.ts'

/** One distribution. */
export interface Distro {
  /** The name in the spec. */
  readonly name: string
  /** The rules of this distribution only. */
  readonly rules: RuleTable
  /** The grammar of its versions; `parse` returns major, minor and, where written, patch. */
  readonly version: {
    readonly parse: (text: string) => readonly number[] | null
    readonly example: string
  }
  /** The addons that it can install. */
  readonly addons: readonly AddonKind[]
  /** The fields of the spec that not every distribution reads, and this one does. */
  readonly reads: readonly OptionalField[]
  /** A commented spec to begin with. */
  readonly starter: string
  /** Checks that need no contents of files; `loadSpec` reports their findings together with its own. */
  readonly check: SpecCheck
  /** The files of a node that name its mirrors; `plan` contains them too. */
  readonly mirrors: (spec: ResolvedSpec, node: ResolvedNode) => Outcome<readonly PlanFile[]>
  /** The certificates and keys that the distribution itself uses. */
  readonly certificates: (spec: ResolvedSpec) => CertificateUses
  /** The plan of one node. */
  readonly plan: (spec: ResolvedSpec, node: ResolvedNode) => Outcome<NodePlan>
  /** The images and charts that the cluster needs and that are known without the binary. */
  readonly images: (spec: Spec) => Outcome<readonly ImageNeed[]>
  /** The data of the run book. It is made without contents of files, so it contains no secret. */
  readonly runbook: (spec: AnySpec) => RunbookPart
}

/** A field that not every distribution reads: `registries`, or `rewrite` of a mirror. */
export type OptionalField = 'registries' | 'rewrite'

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
