import type { Log } from '../log.ts'
import { hostOf } from '../names.ts'
import { type BundleContents, readBundles } from './bundle.ts'
import type { ReadContext, Root } from './bundle-reader.ts'
import { digestOf, type Extent, memoryExtent } from './extent.ts'
import { type Manifest, makeManifestReader } from './manifest.ts'

// Input: bundles. Output: an index by digest and name that answers every request.

/** The content that can be requested: blobs with their copies, manifests, repositories with tags. */
export interface Store {
  readonly blobs: ReadonlyMap<string, readonly Extent[]>
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, Manifest>>
  /** The hosts in the names of the repositories, each with its slash. */
  readonly hosts: ReadonlySet<string>
  /** The sort keys of the repositories, in order. */
  readonly catalog: readonly string[]
}

/** Sorts names as the specification does, without regard to case; a key is in small letters, a space, the name. */
export function sortedKeys(names: Iterable<string>): readonly string[] {
  return [...names].map(sortKey).sort()
}

/** The sort key of a name. */
export function sortKey(name: string): string {
  return `${name.toLowerCase()} ${name}`
}

/** Indexes the bundles. */
export async function openStore(paths: readonly string[], context: ReadContext): Promise<Store> {
  return indexContents(await readBundles(paths, context), context.log)
}

/** Assigns the names to manifests, in the order of the bundles. */
export async function indexContents(contents: BundleContents, log: Log): Promise<Store> {
  const blobs = new Map(contents.blobs)
  const { manifests, read } = makeManifestReader(blobs)
  const repositories = new Map<string, Map<string, Manifest>>()
  for (const root of contents.roots) {
    try {
      await addRoot(root)
    } catch (error) {
      log('warn', `${root.path} is not served: ${(error as Error).message}`)
    }
  }
  const names = [...repositories.keys()]
  return {
    blobs,
    manifests,
    repositories,
    hosts: new Set(names.map(hostOf)),
    catalog: sortedKeys(names),
  }

  async function addRoot({ digest, names, path, kind }: Root): Promise<void> {
    const validNames = names.flatMap(name => name ?? [])
    const [first] = validNames
    const label = `${first?.repository ?? path}:${first?.tag ?? digest}`
    const manifest = await read(digest)
    if (typeof manifest === 'string') return log('warn', `${label} is not served: ${manifest}`)
    if (validNames.length < names.length) {
      log('warn', `${path}: invalid name, ${digest} is served by digest only`)
    }
    for (const { repository, tag } of validNames) {
      const tags = repositories.get(repository) ?? new Map<string, Manifest>()
      repositories.set(repository, tags)
      if (tag === undefined) continue
      const current = tags.get(tag) ?? manifest
      const [, artifact] = /\/(sig|att|sbom)s$/.exec(`${kind}`) ?? []
      if (artifact) tags.set(`${current.digest.replace(':', '-')}.${artifact}`, manifest)
      else tags.set(tag, await choose(current, manifest, `${repository}:${tag}`))
    }
  }

  /** The manifest to serve for a name that two manifests have. */
  async function choose(current: Manifest, next: Manifest, name: string): Promise<Manifest> {
    // A docker-archive may be a layout too, and an index.json may list the parts of an index. The manifest of
    // the bundle is served, not one that is made here.
    const isMade = !blobs.get(current.digest)?.[0]?.path
    if (includes(current, next) && !(isMade && includes(next, current))) return current
    if (includes(next, current)) return next
    const [images, nextImages] = [imagesOf(current), imagesOf(next)]
    // The name belongs to the image, not to its signatures.
    if (!images.length !== !nextImages.length) return images.length > 0 ? current : next
    const parts = [...images, ...nextImages].map(
      ({ subject, blobs, children, ...descriptor }) => descriptor,
    )
    const platforms = new Set(parts.map(({ platform }) => JSON.stringify(platform)))
    if (images.length === 0 || platforms.size < parts.length) {
      log('warn', `${name}: duplicate name, the later image is served`)
      return next
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const index = memoryExtent({ schemaVersion: 2, mediaType, manifests: parts })
    const digest = await digestOf(index)
    blobs.set(digest, [index])
    return (await read(digest)) as Manifest
  }
}

/** The images for one platform: the manifest, or those that it lists. */
function imagesOf(manifest: Manifest): readonly Manifest[] {
  return [manifest, ...manifest.children].filter(({ platform }) => platform)
}

/** Whether the content of `part` is that of the manifest, or of a manifest that it lists. */
function includes(manifest: Manifest, part: Manifest): boolean {
  return [manifest, ...manifest.children].some(item => contentOf(item) === contentOf(part))
}

function contentOf({ blobs, children }: Manifest): string {
  return `${[...blobs, ...children].map(({ digest }) => digest)}`
}
