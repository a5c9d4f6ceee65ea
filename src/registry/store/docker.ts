import { digestFromPath, nameFromPath, parseDockerName } from '../names.ts'
import { cleanPath } from './archive.ts'
import type { ImageSink } from './bundle-reader.ts'
import { type Extent, isGzip, type Listing, memoryExtent } from './extent.ts'
import { objectsIn, readJson } from './json-file.ts'

// Input: the manifest.json of `docker save`. Output: a manifest for each image, with the same bytes as
// the manifest that containerd makes when it imports such an archive, so that an imported
// and a pulled image have the same digest. The layers are served in place.

/** An image in manifest.json, as it was written. */
interface SavedImage {
  readonly Config?: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers?: readonly string[] | null
}

/** Reads a docker-archive. */
export async function readDockerArchive(
  listing: Listing,
  prefix: string,
  path: string,
  index: Extent | undefined,
  sink: ImageSink,
): Promise<void> {
  const file = listing.get(`${prefix}manifest.json`)
  const images = objectsIn(readJson<readonly SavedImage[]>(file)).filter(({ Config }) => Config)
  const fullPath = (name: unknown) => prefix + cleanPath(`${name}`)
  const describe = async (type: string, extent: Extent, statedDigest?: string) => ({
    mediaType: `application/vnd.docker.${type}`,
    digest: await sink.addBlob(extent, statedDigest),
    size: extent.size,
  })
  for (const { Config, RepoTags, Layers } of images) {
    const config = listing.get(fullPath(Config))
    const layerPaths = [Layers ?? []].flat().map(fullPath)
    const names = [RepoTags ?? []].flat().map(tag => parseDockerName(`${tag}`))
    if (images.length === 1 && names.length === 0) names.push(nameFromPath(path))
    const diffIds = readJson(config).rootfs?.diff_ids ?? []
    const layers = []
    for (const [position, layerPath] of layerPaths.entries()) {
      const extent = listing.get(layerPath)
      if (!extent) continue
      const isPacked = isGzip(extent)
      const statedDigest = digestFromPath(layerPath) ?? (isPacked ? '' : `${diffIds[position]}`)
      const type = `image.rootfs.diff.tar${isPacked ? '.gzip' : ''}`
      layers.push(await describe(type, extent, statedDigest))
    }
    if (!config || layers.length < layerPaths.length) {
      sink.log('warn', `${RepoTags?.[0] ?? path} is not served: its config or a layer is missing`)
      continue
    }
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
    const manifest = memoryExtent({
      schemaVersion: 2,
      mediaType,
      config: await describe('container.image.v1+json', config),
      layers,
    })
    const digest = await sink.addBlob(manifest)
    sink.roots.push({ digest, mediaType: undefined, names, path, index, isGenerated: true })
  }
}
