import { candidates } from '../names.ts'
import { readBundle } from './bundle.ts'
import { type Extent, isSound, verdictOf } from './extent.ts'
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
  const blob = (digest: string, extent: Extent) =>
    blobs.set(digest, [...(blobs.get(digest) ?? []), extent])
  const root = (one: Root) => roots.push(one)
  for (const path of paths) await readBundle(path, { ...reading, blob, root })
  if (deep) await proveAll(blobs, say)
  const manifests = new Map<string, Manifest>()
  const repositories = new Map<string, Map<string, Manifest>>()
  const resolve = resolver(blobs, manifests, say)
  for (const { digest, type, names, from } of roots) {
    const [first] = names
    const called = `${first?.repository ?? from}:${first?.tag ?? digest}`
    const manifest = await resolve(digest, type, called)
    for (const { repository, tag } of manifest ? names : []) {
      const tags = repositories.get(repository) ?? new Map<string, Manifest>()
      repositories.set(repository, tags)
      if (!tag || !manifest) continue
      if ((tags.get(tag) ?? manifest) !== manifest) {
        say(`${repository}:${tag} is there twice; the later is served`)
      }
      tags.set(tag, manifest)
    }
  }
  return { blobs, manifests, repositories }
}

/** The repositories that a request may mean, and that exist. */
export function repositoriesFor(
  { repositories }: Store,
  path: string,
  from: string | null,
): readonly ReadonlyMap<string, Manifest>[] {
  return candidates(path, from, repositories.keys()).flatMap(name => repositories.get(name) ?? [])
}

async function proveAll(blobs: Store['blobs'], say: Reading['say']): Promise<void> {
  for (const [digest, extents] of blobs) {
    for (const extent of extents) {
      if (!(await isSound(extent, digest))) say(`${extent.file.path}: ${digest} is damaged`)
    }
  }
}

function resolver(
  blobs: ReadonlyMap<string, readonly Extent[]>,
  manifests: Map<string, Manifest>,
  say: Reading['say'],
): (digest: string, type: string | undefined, called: string) => Promise<Manifest | undefined> {
  const failed = new Set<string>()

  async function read(
    digest: string,
    type: string | undefined,
    called: string,
  ): Promise<Manifest | string> {
    let extent: Extent | undefined
    for (const one of blobs.get(digest) ?? []) {
      if (one.size <= maxManifestSize && (await isSound(one, digest))) extent = one
    }
    if (!extent) {
      const [one] = blobs.get(digest) ?? []
      return `manifest ${digest} is ${one ? 'damaged or larger than 4 MiB' : 'missing'}`
    }
    const document = readJson(extent)
    const needs = [document.config ?? [], list(document.layers), list(document.blobs)]
      .flat()
      .filter(one => !one.urls)
    const lacking = needs.find(one => {
      const copies = blobs.get(one.digest ?? '') ?? []
      return !copies.some(copy => copy.size === one.size && verdictOf(copy) !== false)
    })
    if (lacking) return `${lacking.digest} is missing`
    const children = []
    const absent = []
    for (const { digest: child = '', mediaType, platform } of list(document.manifests)) {
      // Bundles often keep the index of all platforms and the contents of one.
      const manifest = blobs.has(child) && (await resolve(child, mediaType, called))
      if (manifest) children.push({ ...manifest, platform: platform ?? {} })
      else absent.push(platform?.architecture ?? child)
    }
    if (absent.length) {
      const lacks = `${absent.join(', ')} is not in the bundle`
      if (!children.length) return lacks
      say(`${called}: ${lacks}`, 'info')
    }
    const { annotations, artifactType = document.config?.mediaType, subject } = document
    return {
      // A type stands in the document or in whatever points at it; else its fields tell.
      mediaType:
        document.mediaType ??
        type ??
        `application/vnd.oci.image.${document.manifests ? 'index' : 'manifest'}.v1+json`,
      digest,
      size: extent.size,
      artifactType,
      ...(annotations && { annotations }),
      subject: subject?.digest,
      needs,
      children,
    }
  }

  async function resolve(digest: string, type: string | undefined, called: string) {
    const known = manifests.get(digest)
    if (known || failed.has(digest)) return known
    const found = await read(digest, type, called)
    if (typeof found !== 'string') {
      manifests.set(digest, found)
      return found
    }
    failed.add(digest)
    say(`${called} is incomplete: ${found}`)
    return
  }

  return resolve
}
