/** The written form, version 1, as types: loose and optional, where the resolved form has no gaps. */
import type { Mirror, Os, Plain, Registry, Role } from './spec.ts'

/** The spec as it is written; the schema has checked it. */
export interface SpecV1 {
  readonly name?: string
  readonly distro?:
    | string
    | { readonly name?: string; readonly version?: string; readonly config?: Plain }
  readonly bootstrap?: string
  readonly os?: Os
  readonly platform?: string
  readonly mirrors?: readonly (string | MirrorV1)[]
  readonly fallback?: Mirror['fallback']
  readonly registry?: RegistryV1
  readonly token?: TextV1
  readonly addons?: { readonly k0rdent?: { readonly version: string; readonly values?: Plain } }
  readonly defaults?: LayerV1
  readonly roles?: Partial<Record<Role, LayerV1>>
  readonly nodes: readonly NodeV1[]
}

export type TextV1 = string | { readonly file: string } | { readonly env: string }

export interface AuthV1 {
  readonly username: string
  readonly password: TextV1
}

export interface MirrorV1 {
  readonly host: string
  readonly server?: string
  readonly endpoints?: readonly string[]
  readonly capabilities?: readonly string[]
  readonly fallback?: Mirror['fallback']
  readonly ca?: TextV1
  readonly client?: { readonly cert: TextV1; readonly key: TextV1 }
  readonly skipVerify?: boolean
  readonly header?: Readonly<Record<string, TextV1>>
  readonly overridePath?: boolean
  readonly auth?: AuthV1
}

export interface RegistryV1 {
  readonly run?: Registry['run']
  readonly port?: number
  readonly bundle?: string
  readonly listen?: string
  readonly address?: string
  readonly storage?: string
  readonly verify?: { readonly key: TextV1 }
  readonly tls?: { readonly cert: TextV1; readonly key: TextV1 }
  readonly ca?: TextV1
  readonly auth?: AuthV1
  readonly node?: string
  readonly args?: readonly string[]
}

export interface ContentV1 {
  readonly content?: string
  readonly file?: string
}

/** The fields that every layer of a node may have. */
export interface LayerV1 {
  readonly os?: Os
  readonly platform?: string
  readonly workloads?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly string[]
  readonly args?: readonly string[]
  readonly token?: TextV1
  readonly files?: readonly (ContentV1 & {
    readonly path: string
    readonly tree?: string
    readonly mode?: string
    readonly owner?: string
    readonly secret?: boolean
  })[]
  readonly units?: readonly (ContentV1 & { readonly name: string; readonly enabled?: boolean })[]
  readonly manifests?: readonly (ContentV1 & { readonly name: string })[]
  readonly ssh?: { readonly user?: string; readonly authorizedKeys?: readonly string[] }
  readonly network?: { readonly isolated?: boolean }
}

export interface NodeV1 extends LayerV1 {
  readonly name: string
  readonly role: Role
  readonly address?: string
  readonly hostname?: string
}
