import { digestForm, digestFromPath, nameFromPath, parseName } from '../names.ts'
import { cleanPath } from './archive.ts'
import { digestOf, isGzip, type Listing, made } from './extent.ts'
import type { Finder } from './found.ts'
import { list, readJson } from './json.ts'

// What enters: the manifest.json of `docker save`. What leaves: for each image a manifest, made
// in the very bytes that containerd makes when it imports such an archive, so that a preloaded and
// a pulled image have the same digest. The layers are served as they lie.

interface Item {
  readonly Config?: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers?: readonly string[] | null
}

/** Reads a docker-archive and gives its layers' paths. */
export async function readDocker(
  listing: Listing,
  folder: string,
  path: string,
  into: Finder,
): Promise<readonly string[]> {
  const file = listing.get(`${folder}manifest.json`)
  const items = list(readJson<readonly Item[]>(file)).filter(item => item.Config)
  const full = (name: unknown) => folder + cleanPath(`${name}`)
  const paths: string[] = []
  for (const { Config, RepoTags, Layers } of items) {
    const config = listing.get(full(Config))
    const layers = [Layers ?? []].flat().map(full)
    paths.push(...layers)
    const names = [RepoTags ?? []].flat().map(tag => parseName(`${tag}`, true))
    if (!items[1] && !names[0]) names.push(nameFromPath(path))
    if (!config || !layers.every(one => listing.has(one))) {
      into.say(`${RepoTags?.[0] ?? path} is incomplete`)
      continue
    }
    const diffs = readJson(config).rootfs?.diff_ids ?? []
    const docker = 'application/vnd.docker.'
    const described = []
    for (const [at, layer] of layers.entries()) {
      const extent = listing.get(layer) ?? config
      const packed = isGzip(extent)
      const mediaType = `${docker}image.rootfs.diff.tar${packed ? '.gzip' : ''}`
      const stated = digestFromPath(layer) ?? (packed ? '' : `${diffs[at]}`)
      const digest = digestForm.test(stated) ? stated : await digestOf(extent)
      into.blob(digest, extent)
      described.push({ mediaType, digest, size: extent.size })
    }
    const configDigest = await digestOf(config)
    const manifest = made({
      schemaVersion: 2,
      mediaType: `${docker}distribution.manifest.v2+json`,
      config: {
        mediaType: `${docker}container.image.v1+json`,
        digest: configDigest,
        size: config.size,
      },
      layers: described,
    })
    const digest = await digestOf(manifest)
    into.blob(configDigest, config)
    into.blob(digest, manifest)
    into.roots.push({ digest, names, from: path, made: true })
  }
  return paths
}
