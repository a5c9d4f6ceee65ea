import type { Log } from '../log.ts'
import type { BundleContents } from './bundle.ts'
import { findIntact, readExtent } from './extent.ts'
import { type Descriptor, type Document, objectsIn, readJson } from './json-file.ts'

// Input: the digest of a manifest. Output: the manifest with its blobs and children, or the reason why it
// is not served. A manifest is served only if all of its blobs are: after a 404 a client tries its next
// host, but with an incomplete image it fails.

// Clients accept manifests of at least this size.
const maxManifestBytes = 4 << 20
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
}

/** Reads manifests, each digest once, and keeps those that can be served in `manifests`. */
export interface ManifestReader {
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Returns the manifest, or the reason why it is not served. */
  readonly read: (
    digest: string,
    statedType: string | undefined,
    label: string,
  ) => Promise<Manifest | string>
}

/** Makes the reader of the manifests among these blobs; `label` names the image in log lines. */
export function makeManifestReader(blobs: BundleContents['blobs'], log: Log): ManifestReader {
  const manifests = new Map<string, Manifest>()
  const results = new Map<string, Manifest | string>()
  let bytesInMemory = 0
  const read: ManifestReader['read'] = async (digest, statedType, label) => {
    const known = results.get(digest)
    if (known) return known
    // Ends the recursion of an index that contains itself.
    results.set(digest, 'it contains itself')
    const result = await readUncached(digest, statedType, label).catch(
      (error: Error) => error.message,
    )
    results.set(digest, result)
    if (typeof result === 'object') manifests.set(digest, result)
    return result
  }
  return { manifests, read }

  async function readUncached(
    digest: string,
    statedType: string | undefined,
    label: string,
  ): Promise<Manifest> {
    // Requests are answered while a reload reads manifests.
    await new Promise(setImmediate)
    const extent = await findIntact(blobs.get(digest) ?? [], digest)
    if (extent.size > maxManifestBytes) throw new Error('larger than 4 MiB')
    bytesInMemory += extent.size
    if (bytesInMemory < maxBytesInMemory) extent.bytes = readExtent(extent)
    const document = readJson(extent)
    const needed = blobsOf(document)
    const lacking = needed.find(blob => !hasBlob(blob))
    if (lacking) throw new Error(`blob ${lacking.digest} is missing or damaged`)
    // Docker 25.0 wrote such manifests: https://github.com/moby/moby/issues/47065
    const config = readJson(blobs.get(`${document.config?.digest}`)?.[0])
    const layers = objectsIn(document.layers)
    if (config.rootfs?.diff_ids?.length && layers.length === 0) {
      throw new Error('it lists no layers')
    }

    const children: Manifest[] = []
    const absent: string[] = []
    for (const { digest: child = '', mediaType, platform } of objectsIn(document.manifests)) {
      const result = await read(child, mediaType, label)
      if (typeof result === 'object') children.push(result)
      else absent.push(`${platform?.architecture ?? child}: ${result}`)
    }
    if (absent.length > 0 && children.length === 0) throw new Error(absent.join(', '))
    // Bundles often have the index of all platforms with the content of one platform.
    if (absent.length > 0) log('info', `${label} lacks ${absent.join(', ')}`)
    return {
      mediaType: mediaTypeOf(document, statedType),
      digest,
      size: extent.size,
      artifactType: document.artifactType || document.config?.mediaType,
      annotations: document.annotations,
      subject: document.subject?.digest,
      blobs: needed,
      children,
    }
  }

  function hasBlob({ digest = '', size }: Descriptor): boolean {
    return (blobs.get(digest) ?? []).some(copy => copy.size === size)
  }
}

/** The blobs of a manifest; those with a URL are not part of a bundle. */
function blobsOf({ config, layers, blobs }: Document): readonly Descriptor[] {
  return objectsIn([config, layers, blobs].flat()).filter(({ urls }) => !urls?.length)
}

/** The type in the document or in what points to it; else the type that its fields imply. */
function mediaTypeOf({ mediaType, manifests }: Document, statedType: string | undefined): string {
  const isValid = (type: string | undefined) => /^\w+\/[!-~]+$/.test(`${type}`)
  const implied = `application/vnd.oci.image.${manifests ? 'index' : 'manifest'}.v1+json`
  return [mediaType, statedType].find(isValid) ?? implied
}
