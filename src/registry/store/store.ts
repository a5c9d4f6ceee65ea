import type { Log } from '../log.ts'
import { hostOf } from '../names.ts'
import { type BundleContents, readBundles } from './bundle.ts'
import type { ReadContext } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
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

/** Assigns the names to manifests, in order: of two images with one name the later image is served. */
export async function indexContents({ blobs, roots }: BundleContents, log: Log): Promise<Store> {
  const { manifests, read } = makeManifestReader(blobs, log)
  const repositories = new Map<string, Map<string, Manifest>>()
  const indexOfName = new Map<string, Extent | undefined>()
  for (const root of roots) {
    const names = root.names.flatMap(name => name ?? [])
    const [first] = names
    const label = `${first?.repository ?? root.path}:${first?.tag ?? root.digest}`
    const result = await read(root.digest, root.mediaType, label)
    if (typeof result === 'string') {
      log('warn', `${label} is not served: ${result}`)
      continue
    }
    if (names.length < root.names.length) {
      log('warn', `${root.path}: invalid name, ${root.digest} is served by digest only`)
    }
    for (const { repository, tag } of names) {
      const tags = repositories.get(repository) ?? new Map<string, Manifest>()
      repositories.set(repository, tags)
      if (tag === undefined) continue
      const name = `${repository}:${tag}`
      const isInLayout = root.index !== undefined && indexOfName.get(name) === root.index
      if (root.isGenerated && isInLayout) continue
      indexOfName.set(name, root.index)
      if ((tags.get(tag) ?? result) !== result) {
        log('warn', `${name}: duplicate name, the later image is served`)
      }
      tags.set(tag, result)
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
}
