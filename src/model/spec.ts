/**
 * The spec: complete, independent of the version of its written form, without undefined fields. Every
 * later stage reads only this. It has two forms: loaded, its texts are references (`Text`); resolved,
 * its texts are bytes (`Content`).
 */
import type { Plain } from '../codec/plain.ts'
import type { Path } from '../report/place.ts'

/** A cluster and its machines; `T` is the form of its texts, `F` that of its local folders. */
export interface SpecOf<T, F = Folder> {
  readonly name: string
  readonly distro: Distro
  /** Address of the node that serves the registry and the join API; null where no node needs it. */
  readonly bootstrap: string | null
  readonly mirrors: readonly Mirror<T>[]
  /** Null where the spec has mirrors. */
  readonly registries: Registries<T> | null
  readonly registry: Registry<T>
  readonly addons: readonly Addon[]
  readonly nodes: readonly Node<T, F>[]
}

/** The spec as loaded: its texts are still inline, files or variables. */
export type Spec = SpecOf<Text>

/** The spec with the bytes of all its texts and the entries of all its folders. */
export type ResolvedSpec = SpecOf<Content, readonly TreeItem[]>

/** The spec in either form, for functions that read no texts. */
export type AnySpec = SpecOf<unknown, unknown>

/** The Kubernetes distribution. */
export interface Distro {
  /** A name of the schema's list. */
  readonly name: string
  /** Version of the binary as written; null: the node detects it. */
  readonly version: string | null
  /** Merged over the generated configuration. */
  readonly config: Plain
}

/** The role of a node in the cluster. */
export type Role = 'controller' | 'worker' | 'single'

/** Operating system of a node: decides the paths of programs and files. */
export type Os = 'generic' | 'debian' | 'ubuntu' | 'rhel' | 'flatcar' | 'fcos' | 'slemicro'

/** A text in the spec, or a reference to one. */
export type Text = (
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'sops'; readonly file: string; readonly key: string }
) & { readonly from: Path }

/** The bytes of a text. */
export interface Content {
  readonly bytes: Uint8Array
  readonly secret: boolean
  /** The path of the text in the spec. */
  readonly from: Path
}

/** A reference to a local folder. */
export interface Folder {
  readonly folder: string
  readonly from: Path
}

/** One entry of a local folder; `path` is relative to it, with `/`. */
export type TreeItem =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly content: Uint8Array
      readonly executable: boolean
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string }

/** One upstream registry whose images are pulled from other registries. */
export interface Mirror<T = Text> {
  /** Upstream host, `host:port`, or `_default`. */
  readonly host: string
  /** URL that containerd tries last; null for `_default`: each image's own registry. */
  readonly server: string | null
  /** URLs in the order in which containerd tries them; empty: the cluster's registry. */
  readonly endpoints: readonly string[]
  readonly capabilities: readonly string[]
  readonly fallback: 'upstream' | 'none'
  readonly ca: T | null
  readonly client: { readonly cert: T; readonly key: T } | null
  readonly skipVerify: boolean
  readonly header: readonly (readonly [name: string, value: T, secret: boolean])[]
  readonly overridePath: boolean
  readonly rewrites: readonly Rewrite[]
  readonly auth: Auth<T> | null
  readonly from: Path
}

/** A regular expression for the paths of images, and the text that replaces what it matches. */
export type Rewrite = readonly [pattern: string, replacement: string]

/** The registries in the form of the distribution. */
export interface Registries<T = Text> {
  /** By host, like `configs`: the order has no meaning. */
  readonly mirrors: readonly RegistryMirror[]
  readonly configs: readonly RegistryConfig<T>[]
  /** For registries that lack an image: their own URL, or none. */
  readonly fallback: Mirror['fallback']
}

/** The endpoints of one registry. */
export interface RegistryMirror {
  /** As written: `docker.io`, or `*` for any other registry. */
  readonly host: string
  readonly endpoints: readonly string[]
  readonly rewrites: readonly Rewrite[]
  readonly from: Path
}

/** The credentials and certificates of one host; null where it has none. */
export interface RegistryConfig<T = Text> {
  /** As written: `registry.site:5000`. */
  readonly host: string
  readonly auth: {
    readonly username: string | null
    readonly password: T | null
    readonly auth: T | null
    readonly identityToken: T | null
  } | null
  /** Paths on the node. */
  readonly tls: {
    readonly caFile: string | null
    readonly certFile: string | null
    readonly keyFile: string | null
    readonly skipVerify: boolean
  } | null
  readonly from: Path
}

/** Basic authentication. */
export interface Auth<T = Text> {
  readonly username: string
  readonly password: T
}

/** The cluster's registry. */
export interface Registry<T = Text> {
  readonly run: 'bootstrap' | 'every-node' | 'external' | 'none'
  readonly port: number
  /** On the node: a directory, a .tar or a .tar.gz. */
  readonly bundle: string
  /** Address to bind; null: 0.0.0.0 where other nodes need it, else 127.0.0.1. */
  readonly listen: string | null
  /** URL of an external registry. */
  readonly address: string | null
  /** The directory on the node into which a .tar.gz is unpacked. */
  readonly storage: string
  /** Public key of the bundle's signature. */
  readonly verify: T | null
  readonly tls: { readonly cert: T; readonly key: T } | null
  /** CA certificates that verify its TLS certificate. */
  readonly ca: T | null
  readonly auth: Auth<T> | null
  /** Path of the Node binary; null: the node searches for it. */
  readonly node: string | null
  readonly args: readonly string[]
}

/** Software that is installed at the first start of the cluster. */
export interface Addon {
  /** The name of an addon of the distribution. */
  readonly name: string
  readonly version: string
  /** Merged over the generated values. */
  readonly values: Plain
  readonly from: Path
}

/** One machine. */
export interface Node<T = Text, F = Folder> {
  readonly name: string
  readonly role: Role
  readonly address: string | null
  /** False: a controller that runs only the control plane. */
  readonly workloads: boolean
  readonly os: Os
  readonly platform: string | null
  readonly labels: readonly Label[]
  readonly taints: readonly ListItem[]
  readonly args: readonly ListItem[]
  readonly token: T | null
  readonly files: readonly ExtraFile<T, F>[]
  readonly units: readonly ExtraUnit<T>[]
  readonly manifests: readonly Manifest<T>[]
  readonly ssh: Ssh | null
  /** The node has no default route and gets a dummy route. */
  readonly isolated: boolean
  readonly hostname: string | null
  readonly from: Path
}

/** A Kubernetes label of a node. */
export interface Label {
  readonly key: string
  readonly value: string
  /** The layer's entry that sets the label. */
  readonly from: Path
}

/** A text of a list whose layers append. */
export interface ListItem {
  readonly text: string
  readonly from: Path
}

/** One machine of a spec in either form, for functions that read no texts. */
export type AnyNode = Node<unknown, unknown>

/** A file or a folder of files that the user adds to a node. */
export type ExtraFile<T = Text, F = Folder> = {
  readonly path: string
  readonly mode: number | null
  readonly owner: string
  readonly secret: boolean
  readonly from: Path
} & ({ readonly kind: 'text'; readonly content: T } | { readonly kind: 'tree'; readonly tree: F })

/** A systemd unit that the user adds to a node. */
export interface ExtraUnit<T = Text> {
  readonly name: string
  readonly content: T
  readonly enabled: boolean
  readonly from: Path
}

/** A Kubernetes manifest that the first start applies. */
export interface Manifest<T = Text> {
  readonly name: string
  readonly content: T
  readonly from: Path
}

/** The SSH login of a node. */
export interface Ssh {
  readonly user: string | null
  readonly authorizedKeys: readonly string[]
  readonly from: Path
}
