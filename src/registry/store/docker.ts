import { digestFromPath, nameFromPath, parseDockerName } from '../names.ts'
import { cleanPath } from './archive.ts'
import type { ImageSink } from './bundle-reader.ts'
import { compressionOf, type Extent, type Listing, memoryExtent } from './extent.ts'
import { objectsIn, readJson } from './json-file.ts'

// Input: the manifest.json of `docker save`. Output: an OCI manifest for each image. The layers are served
// in place, as they are: Docker's manifests have no type for zstd.

/** An image in manifest.json, as it was written. */
interface SavedImage {
  readonly Config?: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers?: readonly string[] | null
}

const ociType = 'application/vnd.oci.image.'

/** Reads a docker-archive; `prefix` is the folder of manifest.json in the listing. */
export async function readDockerArchive(
  listing: Listing,
  prefix: string,
  path: string,
  sink: ImageSink,
): Promise<void> {
  const file = listing.get(`${prefix}manifest.json`)
  if (!file) return
  const images = readJson<readonly SavedImage[]>(file)
  for (const { Config, RepoTags, Layers } of objectsIn(images)) {
    if (!Config) continue
    const names = [RepoTags ?? []].flat().map(tag => parseDockerName(`${tag}`))
    if (images.length === 1 && names.length === 0) names.push(nameFromPath(path))
    const find = (name: string) => {
      const extent = listing.get(prefix + cleanPath(name))
      if (!extent) throw new Error(`${RepoTags?.[0]}: ${name} is missing`)
      return extent
    }
    const describe = async (type: string, extent: Extent, statedDigest?: string) => ({
      mediaType: ociType + type,
      digest: await sink.addBlob(extent, statedDigest),
      size: extent.size,
    })
    const config = find(Config)
    const diffIds = readJson(config).rootfs?.diff_ids ?? []
    const layers = []
    for (const [position, layerPath] of [Layers ?? []].flat().entries()) {
      const layer = find(layerPath)
      const compression = compressionOf(layer)
      const statedDigest = digestFromPath(layerPath) ?? (compression ? '' : diffIds[position])
      const type = `layer.v1.tar${compression && `+${compression}`}`
      layers.push(await describe(type, layer, statedDigest))
    }
    const manifest = memoryExtent({
      schemaVersion: 2,
      mediaType: `${ociType}manifest.v1+json`,
      config: await describe('config.v1+json', config),
      layers,
    })
    const digest = await sink.addBlob(manifest)
    sink.roots.push({ digest, names, path, kind: undefined })
  }
}
