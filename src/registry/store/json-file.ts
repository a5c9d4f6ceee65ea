import { type Extent, readExtent } from './extent.ts'

/** A descriptor of other content, unchecked: any field may be missing. */
export interface Descriptor {
  readonly mediaType?: string
  readonly digest?: string
  readonly size?: number
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly platform?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
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
}

// An index.json may list thousands of images.
const maxDocumentBytes = 20 << 20

/** Reads a JSON document; a missing, invalid or too large one is an empty document. A read error is thrown. */
export function readJson<T = Document>(extent: Extent | undefined): T {
  const isReadable = extent && extent.size < maxDocumentBytes
  const text = isReadable ? readExtent(extent).toString() : ''
  try {
    const value = JSON.parse(text)
    if (value instanceof Object) return value
  } catch {
    // Not JSON: the same as an empty document.
  }
  return {} as T
}

/** The objects in a JSON array whose items may be of any type. */
export function objectsIn<T>(value: readonly (T | undefined)[] | null | undefined): readonly T[] {
  return [value].flat().filter(item => item instanceof Object) as readonly T[]
}
