import { type Extent, readExtent } from './extent.ts'

/** A pointer from one document to another content, as it was written: nothing in it is certain. */
export interface Descriptor {
  readonly mediaType?: string
  readonly digest?: string
  readonly size?: number
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly platform?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
}

/** Any of the documents that describe images, as far as it could be read. */
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
const maxTextSize = 20 << 20

/** Reads a JSON text; what is none, or far too large, is an empty document. */
export function readJson<T = Document>(extent: Extent | undefined): T {
  try {
    const value = extent && extent.size < maxTextSize && JSON.parse(readExtent(extent).toString())
    if (value instanceof Object) return value
  } catch {
    // What is no JSON says nothing.
  }
  return {} as T
}

/** The objects of a list that may have anything in its place. */
export function list<T>(value: readonly (T | undefined)[] | null | undefined): readonly T[] {
  return [value].flat().filter(item => item instanceof Object) as readonly T[]
}
