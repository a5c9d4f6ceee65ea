import type { BundleContents } from './bundle.ts'
import { findIntact, readExtent } from './extent.ts'
import { type Descriptor, type Document, objectsIn, type Platform, readJson } from './json-file.ts'

// Input: the digest of a manifest. Output: the manifest with its blobs and children, or the reason why it
// is not served. A manifest is served only if all of its blobs are: after a 404 a client tries its next
// host, but with an incomplete image it fails.

// Clients accept manifests of at least this size.
const maxManifestMiB = 4
const maxBytesInMemory = 8 << 20

/** A manifest that can be served: its digest is checked and its blobs are present. */
export interface Manifest extends Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType: string | undefined
  readonly subject: string | undefined
  readonly blobs: readonly Descriptor[]
  readonly children: readonly Manifest[]
  /** Undefined for indexes, signatures, charts and other artifacts. */
  readonly platform: Platform | undefined
}

/** Reads manifests, each digest once, and keeps those that can be served in `manifests`. */
export interface ManifestReader {
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Returns the manifest, or the reason why it is not served. */
  readonly read: (digest: string) => Promise<Manifest | string>
}

/** Makes the reader of the manifests among these blobs. */
export function makeManifestReader(blobs: BundleContents['blobs']): ManifestReader {
  const manifests = new Map<string, Manifest>()
  const results = new Map<string, Manifest | string>()
  let bytesInMemory = 0
  const read: ManifestReader['read'] = async digest => {
    const known = results.get(digest)
    if (known) return known
    // Ends the recursion of an index that contains itself.
    results.set(digest, 'it contains itself')
    const result = await readUncached(digest).catch((error: Error) => error.message)
    results.set(digest, result)
    if (typeof result === 'object') manifests.set(digest, result)
    return result
  }
  return { manifests, read }

  async function readUncached(digest: string): Promise<Manifest> {
    // Requests are answered while a reload reads manifests.
    await new Promise(setImmediate)
    const extent = await findIntact(blobs.get(digest) ?? [], digest)
    const document = readJson(extent, maxManifestMiB)
    bytesInMemory += extent.size
    if (bytesInMemory < maxBytesInMemory) extent.bytes = readExtent(extent)
    const needed = blobsOf(document)
    for (const { digest: blob = '', size } of needed) {
      const isPresent = blobs.get(blob)?.some(copy => copy.size === size)
      if (!isPresent) throw new Error(`blob ${blob} is missing or damaged`)
    }
    const isImage = !document.subject && needed.every(blob => /\.image\./.test(`${blob.mediaType}`))
    const config = isImage && blobs.get(`${document.config?.digest}`)?.[0]
    const { os, architecture, variant, rootfs } = config ? readJson(config) : {}
    // Docker 25.0 wrote such manifests: https://github.com/moby/moby/issues/47065
    if (rootfs?.diff_ids?.length && objectsIn(document.layers).length === 0) {
      throw new Error('it lists no layers')
    }

    const children: Manifest[] = []
    const absent: string[] = []
    for (const { digest: child = '', platform } of objectsIn(document.manifests)) {
      const result = await read(child)
      if (typeof result === 'object') children.push(result)
      else absent.push(`${platform?.architecture ?? child}: ${result}`)
    }
    // Bundles often have the index of all platforms with the content of one platform.
    if (absent.length > 0 && children.length === 0) throw new Error(absent.join(', '))
    return {
      mediaType: mediaTypeOf(document),
      digest,
      size: extent.size,
      artifactType: document.artifactType || document.config?.mediaType,
      annotations: document.annotations,
      subject: document.subject?.digest,
      blobs: needed,
      children,
      platform: os ? { os, architecture, variant } : undefined,
    }
  }
}

/** The blobs of a manifest; those with a URL are not part of a bundle. */
function blobsOf({ config, layers, blobs }: Document): readonly Descriptor[] {
  return objectsIn([config, layers, blobs].flat()).filter(({ urls }) => !urls?.length)
}

/** The type in the document, else the type that its fields imply. */
function mediaTypeOf({ mediaType = '', manifests }: Document): string {
  if (/^\w+\/[!-~]+$/.test(mediaType)) return mediaType
  return `application/vnd.oci.image.${manifests ? 'index' : 'manifest'}.v1+json`
}
