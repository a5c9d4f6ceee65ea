/** What the user meant: complete, unversioned, nothing undefined. Every later stage reads only this. */
import type { Path } from '../report/place.ts'

/** A cluster and its machines. */
export interface Spec {
  readonly name: string
  readonly distro: Distro
  /** Address of the node that serves the registry and the join API; null where nobody needs it. */
  readonly bootstrap: string | null
  readonly mirrors: readonly Mirror[]
  readonly registry: Registry
  readonly k0rdent: K0rdent | null
  readonly nodes: readonly Node[]
}

export interface Distro {
  readonly name: DistroName
  /** `MAJOR.MINOR` or `MAJOR.MINOR.PATCH` without `v` and build; null: found out on the node. */
  readonly version: string | null
  /** Merged over the generated configuration. */
  readonly config: Plain
}

export type DistroName = 'k0s'
export type Role = 'controller' | 'worker' | 'single'
export type Os = 'generic' | 'debian' | 'ubuntu' | 'rhel' | 'flatcar' | 'fcos' | 'slemicro'

/** A value as YAML and JSON know it. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** Text that stands in the spec or beside it. */
export type Text = (
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'env'; readonly name: string }
) & { readonly from: Path }

export interface Mirror {
  /** Upstream host, `host:port`, or `_default`. */
  readonly host: string
  /** What containerd asks last, as an URL; null for `_default`: each image's own registry. */
  readonly server: string | null
  /** URLs in the order they are asked; empty: the cluster's registry. */
  readonly endpoints: readonly string[]
  readonly capabilities: readonly string[]
  readonly fallback: 'upstream' | 'none'
  readonly ca: Text | null
  readonly client: { readonly cert: Text; readonly key: Text } | null
  readonly skipVerify: boolean
  readonly header: readonly (readonly [name: string, value: Text])[]
  readonly overridePath: boolean
  readonly auth: Auth | null
  readonly from: Path
}

export interface Auth {
  readonly username: string
  readonly password: Text
}

export interface Registry {
  readonly run: 'bootstrap' | 'every-node' | 'external' | 'none'
  readonly port: number
  /** On the node: a directory, a .tar or a .tar.gz. */
  readonly bundle: string
  /** Address to bind; null: 0.0.0.0 where other nodes need it, else 127.0.0.1. */
  readonly listen: string | null
  /** URL of an external registry. */
  readonly address: string | null
  /** Where a .tar.gz is unpacked, on the node. */
  readonly storage: string
  /** Public key of the bundle's signature. */
  readonly verify: Text | null
  readonly tls: { readonly cert: Text; readonly key: Text } | null
  /** What its TLS is trusted by. */
  readonly ca: Text | null
  readonly auth: Auth | null
  /** Path of the Node binary; null: looked up on the node. */
  readonly node: string | null
  readonly args: readonly string[]
}

export interface K0rdent {
  readonly version: string
  readonly values: Plain
  readonly from: Path
}

export interface Node {
  readonly name: string
  readonly role: Role
  readonly address: string | null
  /** False: a controller on which only the control plane runs. */
  readonly workloads: boolean
  readonly os: Os
  readonly platform: string | null
  readonly labels: readonly (readonly [key: string, value: string])[]
  readonly taints: readonly string[]
  readonly args: readonly string[]
  readonly token: Text | null
  readonly files: readonly ExtraFile[]
  readonly units: readonly ExtraUnit[]
  readonly manifests: readonly Manifest[]
  readonly ssh: Ssh | null
  /** The node has no default route and gets a dummy one. */
  readonly isolated: boolean
  readonly hostname: string | null
  readonly from: Path
}

export type ExtraFile = {
  readonly path: string
  readonly mode: number | null
  readonly owner: string
  readonly secret: boolean
  readonly from: Path
} & (
  | { readonly kind: 'text'; readonly content: Text }
  | { readonly kind: 'tree'; readonly folder: string }
)

export interface ExtraUnit {
  readonly name: string
  readonly content: Text
  readonly enabled: boolean
  readonly from: Path
}

export interface Manifest {
  readonly name: string
  readonly content: Text
  readonly from: Path
}

export interface Ssh {
  readonly user: string | null
  readonly authorizedKeys: readonly string[]
  readonly from: Path
}
