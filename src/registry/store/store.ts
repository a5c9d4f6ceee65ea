import { readBundle } from './bundle.ts'
import { type Extent, isSound } from './extent.ts'
import type { Reading, Root } from './found.ts'
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

/** Everything that can be asked for. */
export interface Store {
  readonly blobs: ReadonlyMap<string, readonly Extent[]>
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, Manifest>>
}

/** Indexes the bundles, in order: where two disagree about a name, the later wins and it is said. */
export async function openStore(
  paths: readonly string[],
  reading: Omit<Reading, 'blob' | 'root'>,
  deep: boolean,
): Promise<Store> {
  const { say } = reading
  const blobs = new Map<string, Extent[]>()
  const roots: Root[] = []
  const into = {
    ...reading,
    blob: (digest: string, extent: Extent) =>
      blobs.set(digest, [...(blobs.get(digest) ?? []), extent]),
    root: (root: Root) => roots.push(root),
  }
  for (const path of paths) {
    const before = roots.length
    await readBundle(path, into)
    if (roots.length === before) say(`${path} has no image in it`)
  }
  if (deep) await proveAll(blobs, say)
  const manifests = new Map<string, Manifest>()
  const repositories = new Map<string, Map<string, Manifest>>()
  const seen = new Set<string>()

  async function resolve(digest: string, type: string | undefined, called: string) {
    const known = manifests.get(digest)
    if (known || seen.has(digest)) return known
    seen.add(digest)
    const lacks = (what: string) => void say(`${called} is incomplete: ${what}`)
    let extent: Extent | undefined
    for (const one of blobs.get(digest) ?? []) {
      if (one.size <= maxManifestSize && (await isSound(one, digest))) extent = one
    }
    if (!extent) {
      const trouble = blobs.has(digest) ? 'damaged or larger than 4 MiB' : 'missing'
      return lacks(`${digest} is ${trouble}`)
    }
    const document = readJson(extent)
    const parts = [document.config, document.layers, document.blobs].flat()
    const needs = list(parts).filter(one => !one.urls)
    const lacking = needs.find(({ digest = '', size }) => {
      return !blobs.get(digest)?.some(copy => copy.size === size && copy.sound !== false)
    })
    if (lacking) return lacks(`${lacking.digest} is missing`)
    const children: Manifest[] = []
    const absent = []
    for (const { digest: child = '', mediaType, platform } of list(document.manifests)) {
      // Bundles often keep the index of all platforms and the contents of one.
      const found: Manifest | undefined = blobs.has(child)
        ? await resolve(child, mediaType, called)
        : undefined
      if (found) children.push(found)
      else absent.push(platform?.architecture ?? child)
    }
    if (absent.length) {
      const trouble = `${absent.join(', ')} is not in the bundle`
      if (!children.length) return lacks(trouble)
      say(`${called}: ${trouble}`, 'info')
    }
    const { annotations, artifactType = document.config?.mediaType, subject } = document
    const manifest = {
      // A type stands in the document or in whatever points at it; else its fields tell.
      mediaType:
        document.mediaType ??
        type ??
        `application/vnd.oci.image.${document.manifests ? 'index' : 'manifest'}.v1+json`,
      digest,
      size: extent.size,
      artifactType,
      annotations,
      subject: subject?.digest,
      needs,
      children,
    }
    manifests.set(digest, manifest)
    return manifest
  }

  for (const { digest, type, names: all, from } of roots) {
    const names = all.flatMap(name => name ?? [])
    const [first] = names
    const called = `${first?.repository ?? from}:${first?.tag ?? digest}`
    const manifest = await resolve(digest, type, called)
    if (!manifest) continue
    for (const { repository, tag } of names) {
      const tags = repositories.get(repository) ?? new Map<string, Manifest>()
      repositories.set(repository, tags)
      if (!tag) continue
      if ((tags.get(tag) ?? manifest) !== manifest) {
        say(`${repository}:${tag} is there twice; the later is served`)
      }
      tags.set(tag, manifest)
    }
  }
  return { blobs, manifests, repositories }
}

async function proveAll(blobs: Store['blobs'], say: Reading['say']): Promise<void> {
  for (const [digest, extents] of blobs) {
    for (const extent of extents) {
      if (!(await isSound(extent, digest))) say(`${extent.file.path}: ${digest} is damaged`)
    }
  }
}
