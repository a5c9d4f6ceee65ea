/** The written form of the spec, version 1. Generated from v1.schema.json by tools/written-types.mjs. */
import type { Plain } from '../codec/plain.ts'

/** A Kubernetes cluster without internet access, and its nodes. */
export interface SpecV1 {
  /** Version of the spec format. */
  readonly apiVersion: 'gen-node/v1'
  /** Name of the cluster, used in the run book and in the configuration of the distribution. */
  readonly name?: string
  /** The Kubernetes distribution: its name, or a mapping with name, version and config. */
  readonly distro?: 'k0s' | 'k3s' | 'containerd' | {
    /** Name of the distribution. */
    readonly name?: 'k0s' | 'k3s' | 'containerd'
    /** Version of the distribution on the nodes. Default: each node detects it at its first boot and installs the matching files. */
    readonly version?: string
    /** Merged over the generated configuration file of the distribution: mappings are merged, lists are appended. */
    readonly config?: Plain
  }
  /** Address of the node that serves the registry and the join API. Default: the address of the first controller. */
  readonly bootstrap?: string
  /** Operating system of all nodes: decides the paths of binaries and files. */
  readonly os?: 'generic' | 'debian' | 'ubuntu' | 'rhel' | 'flatcar' | 'fcos' | 'slemicro'
  /** Cloud or hypervisor of all nodes: decides the size limit and the encodings of user-data. */
  readonly platform?: 'akamai' | 'alibaba' | 'aws' | 'azure' | 'cloudstack' | 'digitalocean' | 'exoscale' | 'gcp' | 'hetzner' | 'kubevirt' | 'libvirt' | 'nocloud' | 'openstack' | 'oracle' | 'proxmox' | 'vsphere'
  /** Registries whose images are pulled from a mirror. */
  readonly mirrors?: readonly (string | MirrorV1)[]
  /** The registries in the form of the distribution's own registries.yaml, in place of mirrors. The node gets them unchanged. */
  readonly registries?: RegistriesV1
  /** Default for the fallback of every mirror. */
  readonly fallback?: 'upstream' | 'none'
  /** The cluster's registry: read-only, serves the images of a bundle without unpacking it. */
  readonly registry?: RegistryV1
  /** Join token of all nodes that join the cluster. Controllers and workers may need different tokens: set these under roles. Without a token, a joining node waits for the token file that the run book names. */
  readonly token?: TextV1
  /** Software that is installed into the cluster at its first start. */
  readonly addons?: {
    /** Installs k0rdent enterprise from the registry at the first start of the cluster. */
    readonly k0rdent?: {
      /** Version of the chart charts/k0rdent-enterprise, without a leading v. */
      readonly version: string
      /** Merged over the generated values of the chart. */
      readonly values?: Plain
    }
  }
  /** Fields of every node. roles override defaults, and a node overrides both; mappings are merged, lists are appended. */
  readonly defaults?: LayerV1
  /** Fields of every node that has the role. */
  readonly roles?: {
    /** Fields of every controller. */
    readonly controller?: LayerV1
    /** Fields of every worker. */
    readonly worker?: LayerV1
    /** Fields of every single node. */
    readonly single?: LayerV1
  }
  /** The nodes of the cluster. */
  readonly nodes: readonly NodeV1[]
}

/** HTTP basic authentication. */
export interface AuthV1 {
  /** The user name. */
  readonly username: string
  /** The password. */
  readonly password: TextV1
}

/** Fields of a node that defaults and roles can set too. */
export interface LayerV1 {
  /** Operating system: decides the paths of binaries and files. */
  readonly os?: 'generic' | 'debian' | 'ubuntu' | 'rhel' | 'flatcar' | 'fcos' | 'slemicro'
  /** Cloud or hypervisor: decides the size limit and the encodings of user-data. */
  readonly platform?: 'akamai' | 'alibaba' | 'aws' | 'azure' | 'cloudstack' | 'digitalocean' | 'exoscale' | 'gcp' | 'hetzner' | 'kubevirt' | 'libvirt' | 'nocloud' | 'openstack' | 'oracle' | 'proxmox' | 'vsphere'
  /** Whether a controller also runs workloads. */
  readonly workloads?: boolean
  /** Kubernetes labels that the node registers with. */
  readonly labels?: Readonly<Record<string, string>>
  /** Kubernetes taints that the node registers with. */
  readonly taints?: readonly string[]
  /** Additional arguments of the distribution's install command. */
  readonly args?: readonly string[]
  /** Join token of this node. */
  readonly token?: TextV1
  /** Additional files on the node. */
  readonly files?: readonly {
    /** Path of the file on the node. */
    readonly path: string
    /** Content of the file as text. */
    readonly content?: string
    /** Local file with the content; its path is relative to the spec. */
    readonly file?: string
    /** Local folder whose contents are written below path; relative to the spec. */
    readonly tree?: string
    /** Permission bits as an octal number in quotes. */
    readonly mode?: string
    /** Owner of the file: user, or user:group. */
    readonly owner?: string
    /** Hides the content in all output and makes 0600 the default mode. */
    readonly secret?: boolean
  }[]
  /** Additional systemd units. */
  readonly units?: readonly {
    /** Name of the unit with its suffix. */
    readonly name: string
    /** Content of the unit as text. */
    readonly content?: string
    /** Local file with the unit; its path is relative to the spec. */
    readonly file?: string
    /** Enables the unit and starts it at the first boot. */
    readonly enabled?: boolean
  }[]
  /** Kubernetes manifests that the distribution applies on controllers. */
  readonly manifests?: readonly {
    /** Name of the manifest on the controller. */
    readonly name: string
    /** Content of the manifest as YAML text. */
    readonly content?: string
    /** Local file with the manifest; its path is relative to the spec. */
    readonly file?: string
  }[]
  /** SSH login. A user other than root can use sudo without a password. */
  readonly ssh?: {
    /** Name of the user. Default: the default user of the operating system. */
    readonly user?: string
    /** Public keys, as in an authorized_keys file. */
    readonly authorizedKeys?: readonly string[]
  }
  /** Properties of the network of the node. */
  readonly network?: {
    /** The network has no default route: gen-node adds a dummy route, because Kubernetes needs a default route. */
    readonly isolated?: boolean
  }
}

/** One mirrored registry: its host, or a mapping with its host and settings. */
export interface MirrorV1 {
  /** Host of the upstream registry as written in image names, with the port if they have one; _default or "*" for all other registries. */
  readonly host: string
  /** URL that containerd tries last with fallback upstream. Default: https://HOST (docker.io: https://registry-1.docker.io). */
  readonly server?: string
  /** URLs of the mirror, tried first and in this order. Default: the cluster's registry. */
  readonly endpoints?: readonly string[]
  /** Operations that the endpoints are used for. */
  readonly capabilities?: readonly ('pull' | 'resolve' | 'push')[]
  /** For images that the endpoints lack: upstream tries the upstream registry (the default of containerd), none does not. */
  readonly fallback?: 'upstream' | 'none'
  /** CA certificates (PEM) that verify the certificates of the endpoints. */
  readonly ca?: PublicTextV1
  /** TLS client certificate of the node. */
  readonly client?: {
    /** The certificate (PEM). */
    readonly cert: PublicTextV1
    /** The private key of the certificate (PEM). */
    readonly key: TextV1
  }
  /** Accepts any TLS certificate of the endpoints. */
  readonly skipVerify?: boolean
  /** HTTP headers of every request to the endpoints. */
  readonly header?: Readonly<Record<string, TextV1>>
  /** Uses the paths of the endpoints unchanged, such as https://registry.site/v2/proxy. Without it, a path must end with /v2. */
  readonly overridePath?: boolean
  /** Replacements in the paths of images, applied to the endpoints: regular expressions, and texts with $1 for the first group. */
  readonly rewrite?: Readonly<Record<string, string>>
  /** HTTP basic authentication. */
  readonly auth?: AuthV1
}

/** One node. */
export interface NodeV1 extends LayerV1 {
  /** Name of the node in the spec, and of its folder in the output. */
  readonly name: string
  /** controller, worker, or single (a whole cluster on one node). */
  readonly role: 'controller' | 'worker' | 'single'
  /** Address at which other nodes reach the node. */
  readonly address?: string
  /** Host name that is set on the node. Default: the host name is not changed. */
  readonly hostname?: string
}

/** The registries in the form of the distribution's own registries.yaml, in place of mirrors. The node gets them unchanged. */
export interface RegistriesV1 {
  /** Endpoints by the host of the registry; "*" is any other registry. */
  readonly mirrors?: Readonly<Record<string, {
    /** URLs that are tried in this order, before the registry itself. */
    readonly endpoint?: readonly string[]
    /** Replacements in the paths of images, applied to the endpoints: regular expressions, and texts with $1 for the first group. */
    readonly rewrite?: Readonly<Record<string, string>>
  } | null>>
  /** Credentials and certificates by the host and port of an endpoint, without scheme and path. */
  readonly configs?: Readonly<Record<string, {
    /** Credentials: username and password, their base64 form, or an identity token. */
    readonly auth?: {
      /** The user name. */
      readonly username?: string
      /** The password. */
      readonly password?: TextV1
      /** User name, colon and password in base64. */
      readonly auth?: TextV1
      /** The token with which the registry issues access tokens. */
      readonly identity_token?: TextV1
    }
    /** Paths of certificates on the node; files under files can write them. */
    readonly tls?: {
      /** CA certificates that verify the certificate of the registry. */
      readonly ca_file?: string
      /** The client certificate of the node. */
      readonly cert_file?: string
      /** The private key of the client certificate. */
      readonly key_file?: string
      /** Accepts any TLS certificate of the registry. */
      readonly insecure_skip_verify?: boolean
    }
  } | null>>
}

/** The cluster's registry: read-only, serves the images of a bundle without unpacking it. */
export interface RegistryV1 {
  /** Where the registry runs: bootstrap (on the controllers), every-node, external (at address, outside the cluster) or none. */
  readonly run?: 'bootstrap' | 'every-node' | 'external' | 'none'
  /** TCP port of the registry. */
  readonly port?: number
  /** Path of the bundle on the node: a directory, a .tar or a .tar.gz. */
  readonly bundle?: string
  /** Address that the registry listens on. Default: 0.0.0.0 if other nodes or addons use the registry or it has a certificate, else 127.0.0.1. */
  readonly listen?: string
  /** URL of the registry if run is external. */
  readonly address?: string
  /** Directory on the node into which a .tar.gz is unpacked. */
  readonly storage?: string
  /** Verifies the signature of the bundle before the registry starts to serve. */
  readonly verify?: {
    /** Public key (cosign.pub) that verifies the signature of the bundle. */
    readonly key: PublicTextV1
  }
  /** Serves HTTPS instead of HTTP. */
  readonly tls?: {
    /** The certificate (PEM), valid for the address that nodes use. */
    readonly cert: PublicTextV1
    /** The private key of the certificate (PEM). */
    readonly key: TextV1
  }
  /** CA certificates (PEM) that verify the certificate of the registry. Default: the certificate itself, which must then be self-signed. */
  readonly ca?: PublicTextV1
  /** HTTP basic authentication. */
  readonly auth?: AuthV1
  /** Path of the Node.js binary on the node. Default: the node searches for it. */
  readonly node?: string
  /** Additional arguments of the registry program. */
  readonly args?: readonly string[]
}

/** A secret, in a local file, in an environment variable, in a file that SOPS encrypts, or in the spec. */
export type TextV1 = string | { readonly file: string } | { readonly env: string } | { readonly sops: string; readonly key: string }

/** A text, in the spec or in a local file. */
export type PublicTextV1 = string | { readonly file: string }

/** The source of a unit or a manifest: exactly one of the two is set. */
export type ContentV1 = Pick<NonNullable<LayerV1['manifests']>[number], 'content' | 'file'>
