import { type Extent, readExtent } from './extent.ts'

/** A descriptor of other content, unchecked: any field may be missing. */
export interface Descriptor {
  readonly mediaType?: string
  readonly digest?: string
  readonly size?: number
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly platform?: Platform | undefined
  readonly urls?: readonly string[]
}

/** The platform of an image, unchecked. */
export interface Platform {
  readonly os: string
  readonly architecture: string | undefined
  readonly variant: string | undefined
}

/** The fields of all documents that describe images, unchecked. */
export interface Document {
  readonly schemaVersion?: number
  readonly mediaType?: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly blobs?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[] | null
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
  readonly rootfs?: { readonly diff_ids?: readonly string[] }
  readonly os?: string
  readonly architecture?: string
  readonly variant?: string
}

/** Reads a JSON document; throws if it cannot be read, is not JSON, or larger than an index of thousands. */
export function readJson<T = Document>(extent: Extent, maxMiB = 20): T {
  if (extent.size > maxMiB << 20) throw new Error(`larger than ${maxMiB} MiB`)
  // A document that is not an object has no fields.
  return Object(JSON.parse(`${readExtent(extent)}`))
}

/** The objects in a JSON array whose items may be of any type. */
export function objectsIn<T>(value: readonly (T | undefined)[] | null | undefined): readonly T[] {
  return [value].flat().filter(item => item instanceof Object) as readonly T[]
}
