import { digestForm } from '../names.ts'
import { readBundle } from './bundle.ts'
import type { Reading, Root } from './bundle-reader.ts'
import { digestOf, type Extent, isSound } from './extent.ts'
import { type Descriptor, list, readJson } from './json.ts'

// What enters: the bundles. What leaves: an index that answers every request without another look
// at a path. A manifest is in it only when all that it needs is there too: a client that gets a
// 404 asks its next host, a client that gets half an image fails.

// Clients are sure to take manifests up to this size.
const maxManifestSize = 1 << 22

/** A manifest that can be served: whole, checked against its digest, its blobs at hand. */
export interface Manifest extends Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string | undefined
  readonly subject: string | undefined
  readonly needs: readonly Descriptor[]
  readonly children: readonly Manifest[]
}

/** A manifest, or why there is none. */
type Verdict = Manifest | string

/** Everything that can be asked for. */
export interface Store {
  readonly blobs: ReadonlyMap<string, readonly Extent[]>
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, Manifest>>
}

/** Indexes the bundles, in order: where two disagree about a name, the later wins and it is said. */
export async function openStore(
  paths: readonly string[],
  reading: Omit<Reading, 'blob' | 'roots' | 'taken'>,
  deep: boolean,
): Promise<Store> {
  const { say } = reading
  const blobs = new Map<string, Extent[]>()
  const roots: Root[] = []
  const taken = new Set<Extent>()
  const blob = async (extent: Extent, stated = '') => {
    const digest = digestForm.test(stated) ? stated : await digestOf(extent)
    taken.add(extent)
    blobs.set(digest, [...(blobs.get(digest) ?? []), extent])
    return digest
  }
  for (const path of paths) await readBundle(path, { ...reading, blob, roots, taken })
  for (const [digest, extents] of deep ? blobs : []) {
    for (const extent of extents) {
      if (!(await isSound(extent, digest))) say(`${extent.path}: ${digest} is damaged`)
    }
  }
  const manifests = new Map<string, Manifest>()
  const repositories = new Map<string, Map<string, Manifest>>()
  const verdicts = new Map<string, Verdict>()

  /** The manifest of a digest, or why it cannot be served. */
  async function resolve(
    digest: string,
    type: string | undefined,
    called: string,
  ): Promise<Verdict> {
    const known = verdicts.get(digest)
    if (known) return known
    // An index that is in itself.
    verdicts.set(digest, 'is missing')
    const found = await read(digest, type, called)
    verdicts.set(digest, found)
    if (typeof found === 'object') manifests.set(digest, found)
    return found
  }

  async function read(digest: string, type: string | undefined, called: string): Promise<Verdict> {
    let extent: Extent | undefined
    for (const one of blobs.get(digest) ?? []) {
      if (one.size <= maxManifestSize && (await isSound(one, digest))) extent = one
    }
    if (!extent) return `is ${blobs.has(digest) ? 'damaged or larger than 4 MiB' : 'missing'}`
    const document = readJson(extent)
    const parts = [document.config, document.layers, document.blobs].flat()
    const needs = list(parts).filter(one => !one.urls?.[0])
    const lacking = needs.find(({ digest = '', size }) => {
      return !blobs.get(digest)?.some(copy => copy.size === size && copy.sound !== false)
    })
    if (lacking) return `lacks ${lacking.digest}`
    // Docker 25 wrote such ones: moby#47065.
    const config = readJson(blobs.get(`${document.config?.digest}`)?.[0])
    if (config.rootfs?.diff_ids?.[0] && !list(document.layers)[0]) return 'lacks its layers'
    const children: Manifest[] = []
    const absent = []
    for (const { digest: child = '', mediaType, platform } of list(document.manifests)) {
      // Bundles often keep the index of all platforms and the contents of one.
      const found = await resolve(child, mediaType, called)
      if (typeof found === 'object') children.push(found)
      else absent.push(`${platform?.architecture ?? child} ${found}`)
    }
    if (absent[0]) {
      if (!children[0]) return absent.join()
      say(`${called}: ${absent.join()}`, 'info')
    }
    return {
      // A type stands in the document or in whatever points at it; else its fields tell.
      mediaType:
        [document.mediaType, type].find(one => /^\w+\/[!-~]+$/.test(`${one}`)) ??
        `application/vnd.oci.image.${document.manifests ? 'index' : 'manifest'}.v1+json`,
      digest,
      size: extent.size,
      artifactType: document.artifactType || document.config?.mediaType,
      annotations: document.annotations,
      subject: document.subject?.digest,
      needs,
      children,
    }
  }

  const owners = new Map<string, Extent | undefined>()
  for (const { digest, type, names: all, from, index, made } of roots) {
    const names = all.flatMap(name => name ?? [])
    const [first] = names
    const called = `${first?.repository ?? from}:${first?.tag ?? digest}`
    const manifest = await resolve(digest, type, called)
    if (typeof manifest === 'string') {
      say(`${called} ${manifest}`)
      continue
    }
    if (names.length < all.length) say(`${from}: ${digest} has no valid name`)
    for (const { repository, tag } of names) {
      const tags = repositories.get(repository) ?? new Map<string, Manifest>()
      repositories.set(repository, tags)
      if (!tag) continue
      const full = `${repository}:${tag}`
      if (made && index && owners.get(full) === index) continue
      owners.set(full, index)
      if ((tags.get(tag) ?? manifest) !== manifest) say(`${full} is there twice; the later wins`)
      tags.set(tag, manifest)
    }
  }
  return { blobs, manifests, repositories }
}
