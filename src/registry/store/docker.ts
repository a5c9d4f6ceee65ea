import { digestFromPath, nameFromPath, parseDockerName } from '../names.ts'
import { cleanPath } from './archive.ts'
import type { Finder } from './bundle-reader.ts'
import { type Extent, isGzip, type Listing, made } from './extent.ts'
import { list, readJson } from './json.ts'

// What enters: the manifest.json of `docker save`. What leaves: for each image a manifest, made
// in the very bytes that containerd makes when it imports such an archive, so that a preloaded and
// a pulled image have the same digest. The layers are served as they lie.

interface Item {
  readonly Config?: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers?: readonly string[] | null
}

/** Reads a docker-archive. */
export async function readDocker(
  listing: Listing,
  folder: string,
  path: string,
  index: Extent | undefined,
  into: Finder,
): Promise<void> {
  const file = listing.get(`${folder}manifest.json`)
  const items = list(readJson<readonly Item[]>(file)).filter(item => item.Config)
  const full = (name: unknown) => folder + cleanPath(`${name}`)
  const take = async (type: string, extent: Extent, stated?: string) => ({
    mediaType: `application/vnd.docker.${type}`,
    digest: await into.blob(extent, stated),
    size: extent.size,
  })
  for (const { Config, RepoTags, Layers } of items) {
    const config = listing.get(full(Config))
    const layers = [Layers ?? []].flat().map(full)
    const names = [RepoTags ?? []].flat().map(tag => parseDockerName(`${tag}`))
    if (!items[1] && !names[0]) names.push(nameFromPath(path))
    const diffs = readJson(config).rootfs?.diff_ids ?? []
    const described = []
    for (const [at, layer] of layers.entries()) {
      const extent = listing.get(layer)
      if (!extent) continue
      const packed = isGzip(extent)
      const stated = digestFromPath(layer) ?? (packed ? '' : `${diffs[at]}`)
      described.push(await take(`image.rootfs.diff.tar${packed ? '.gzip' : ''}`, extent, stated))
    }
    if (!config || described.length < layers.length) {
      into.say(`${RepoTags?.[0] ?? path} is incomplete`)
      continue
    }
    const manifest = made({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: await take('container.image.v1+json', config),
      layers: described,
    })
    into.roots.push({
      digest: await into.blob(manifest),
      names,
      from: path,
      index,
      made: true,
    })
  }
}
