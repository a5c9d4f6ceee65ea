import { digestFromPath, nameFromPath, parseName } from '../names.ts'
import { cleanPath } from './archive.ts'
import { digestOf, isGzip, type Listing, made } from './extent.ts'
import type { Finder, Root } from './found.ts'
import { list, readJson } from './json.ts'

// What enters: the manifest.json of `docker save`. What leaves: for each image a manifest, made
// in the very bytes that containerd makes when it imports such an archive, so that a preloaded and
// a pulled image have the same digest. The layers are served as they lie.

interface Item {
  readonly Config?: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers?: readonly string[] | null
}

/** Reads a docker-archive and gives its layers' paths; where it is a sound OCI layout too, that wins. */
export async function readDocker(
  listing: Listing,
  folder: string,
  path: string,
  layout: readonly Root[],
  into: Finder,
): Promise<readonly string[]> {
  const file = listing.get(`${folder}manifest.json`)
  const items = list(readJson<readonly Item[]>(file)).filter(item => item.Config)
  const sound = soundRoots(listing, folder, layout)
  for (const root of layout) {
    if (!items.length || [...sound.values()].includes(root.digest)) into.root(root)
  }
  const full = (name: unknown) => folder + cleanPath(`${name}`)
  const paths: string[] = []
  for (const { Config, RepoTags, Layers } of items) {
    const config = listing.get(full(Config))
    const layers = (Layers ?? []).map(full)
    paths.push(...layers)
    const names = (RepoTags ?? []).map(tag => parseName(`${tag}`, true))
    if (!items[1] && !names[0]) names.push(nameFromPath(path))
    if (!config || !layers.every(one => listing.has(one))) {
      into.say(`${RepoTags?.[0] ?? path} is incomplete`)
      continue
    }
    const configDigest = await digestOf(config)
    let digest = sound.get(configDigest)
    if (!digest) {
      const diffs = readJson(config).rootfs?.diff_ids ?? []
      const docker = 'application/vnd.docker.'
      const described = []
      for (const [at, layer] of layers.entries()) {
        const extent = listing.get(layer) ?? config
        const packed = isGzip(extent)
        const mediaType = `${docker}image.rootfs.diff.tar${packed ? '.gzip' : ''}`
        const stated = digestFromPath(layer) || (!packed && diffs[at])
        const digest = stated || (await digestOf(extent))
        into.blob(digest, extent)
        described.push({ mediaType, digest, size: extent.size })
      }
      const mediaType = `${docker}container.image.v1+json`
      const manifest = made({
        schemaVersion: 2,
        mediaType: `${docker}distribution.manifest.v2+json`,
        config: { mediaType, digest: configDigest, size: config.size },
        layers: described,
      })
      digest = await digestOf(manifest)
      into.blob(configDigest, config)
      into.blob(digest, manifest)
    }
    into.root({ digest, names, from: path })
  }
  return paths
}

// Docker 25 wrote layouts with no layers (moby#47065) and with wrong sizes (moby#47072); what is
// left is one config digest to one good root.
function soundRoots(
  listing: Listing,
  folder: string,
  roots: readonly Root[],
): ReadonlyMap<string, string> {
  const sound = new Map<string, string>()
  const blob = (digest = '') => listing.get(`${folder}blobs/${digest.replace(':', '/')}`)

  function visit(digest: string | undefined, root: string, depth: number): void {
    const { manifests, config, layers } = readJson(blob(digest))
    for (const child of depth ? list(manifests) : []) visit(child.digest, root, depth - 1)
    const { rootfs } = readJson(blob(config?.digest))
    const whole = list(layers).every(layer => blob(layer.digest)?.size === layer.size)
    // An artifact's config, such as a chart's, counts no layers.
    const counted = !rootfs || rootfs.diff_ids?.length === layers?.length
    if (config?.digest && whole && counted) sound.set(config.digest, root)
  }

  for (const { digest } of roots) visit(digest, digest, 3)
  return sound
}
