import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Entry, tar } from './tar.ts'

/** The files of a folder or archive by path. */
export type Tree = Map<string, Buffer>

/** Content with the fields of its descriptor. */
export interface Content {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly bytes: Buffer
}

/** An image with all of its content. */
export interface Image {
  readonly manifest: Content
  readonly config: Content
  readonly layers: readonly Content[]
  readonly plainLayers: readonly Buffer[]
  readonly architecture: string
}

/** The digest of some bytes. */
export function digestOf(bytes: Buffer, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/** Wraps bytes as content. */
export function content(bytes: Buffer, mediaType: string): Content {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes }
}

/** Random bytes, equal at every run. */
export function noise(seed: string, size: number): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; i * 64 < size; i++) {
    blocks.push(createHash('sha512').update(`${seed} ${i}`).digest())
  }
  return Buffer.concat(blocks).subarray(0, size)
}

/** Makes an OCI image; the seed decides its bytes. */
export function image(seed: string, architecture = 'amd64', layerSize = 3000): Image {
  const plainLayers = ['a', 'b'].map(part =>
    tar([{ path: `${part}-${seed}`, content: noise(`${seed} ${part}`, layerSize) }]),
  )
  const layers = plainLayers.map(layer =>
    content(gzipSync(layer), 'application/vnd.oci.image.layer.v1.tar+gzip'),
  )
  const rootfs = { type: 'layers', diff_ids: plainLayers.map(layer => digestOf(layer)) }
  const config = content(
    Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs })),
    'application/vnd.oci.image.config.v1+json',
  )
  return { manifest: manifest(config, layers), config, layers, plainLayers, architecture }
}

/** Makes the manifest of a config and layers. */
export function manifest(config: Content, layers: readonly Content[], more: object = {}): Content {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const body = {
    schemaVersion: 2,
    mediaType,
    config: point(config),
    layers: layers.map(point),
    ...more,
  }
  return content(Buffer.from(JSON.stringify(body)), mediaType)
}

/** Makes the index over several platforms' images. */
export function index(images: readonly Image[]): Content {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map(({ manifest, architecture }) => ({
    ...point(manifest),
    platform: { os: 'linux', architecture },
  }))
  return content(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })), mediaType)
}

/** A descriptor of content. */
export function point({ mediaType, digest, size }: Content): object {
  return { mediaType, digest, size }
}

/** Where an OCI layout keeps content. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

/** An entry of a layout: its manifest, the other content, its name. */
export interface Named {
  readonly root: Content
  readonly with?: readonly Content[]
  readonly name?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** Makes an OCI layout; skopeo and others write index.json last, and so does this. */
export function layout(entries: readonly Named[]): Tree {
  const tree: Tree = new Map()
  for (const { root, with: others = [] } of entries) {
    for (const { digest, bytes } of [root, ...others]) tree.set(blobPath(digest), bytes)
  }
  const manifests = entries.map(({ root, name, annotations }) => ({
    ...point(root),
    annotations: { ...(name && { 'org.opencontainers.image.ref.name': name }), ...annotations },
  }))
  tree.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
  tree.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })))
  return tree
}

/** An image as a layout's entry. */
export function named({ manifest, config, layers }: Image, name?: string): Named {
  return { root: manifest, with: [config, ...layers], ...(name && { name }) }
}

/** Images as `docker save` wrote them before Docker 25: a folder for each layer. */
export function dockerArchive(
  images: readonly { readonly image: Image; readonly tags: readonly string[] | null }[],
): readonly Entry[] {
  const entries: Entry[] = []
  const items = images.map(({ image: saved, tags }) => {
    const config = `${saved.config.digest.slice(7)}.json`
    entries.push({ path: config, content: saved.config.bytes })
    const layers = saved.plainLayers.map((layer, at) => {
      const id = digestOf(Buffer.from(`${saved.config.digest} ${at}`)).slice(7)
      entries.push({ path: `${id}/`, type: '5' })
      entries.push({ path: `${id}/VERSION`, content: Buffer.from('1.0') })
      entries.push({ path: `${id}/json`, content: Buffer.from('{}') })
      entries.push({ path: `${id}/layer.tar`, content: layer })
      return `${id}/layer.tar`
    })
    return { Config: config, RepoTags: tags, Layers: layers }
  })
  entries.push({ path: 'manifest.json', content: Buffer.from(JSON.stringify(items)) })
  return entries
}

/** A Helm chart as an OCI artifact. */
export function chart(name: string, version: string): Image {
  const file = tar([
    { path: `${name}/Chart.yaml`, content: Buffer.from(`name: ${name}\nversion: ${version}\n`) },
  ])
  const config = content(
    Buffer.from(JSON.stringify({ name, version, apiVersion: 'v2' })),
    'application/vnd.cncf.helm.config.v1+json',
  )
  const layer = content(gzipSync(file), 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')
  return {
    manifest: manifest(config, [layer]),
    config,
    layers: [layer],
    plainLayers: [],
    architecture: '',
  }
}

/** Packs a tree into a tar. */
export function treeTar(tree: Tree): Buffer {
  return tar([...tree].map(([path, bytes]) => ({ path, content: bytes })))
}

/** A tree below a folder. */
export function below(folder: string, tree: Tree): Tree {
  return new Map([...tree].map(([path, bytes]) => [`${folder}/${path}`, bytes]))
}

/** Writes a tree to the disk. */
export function writeTree(folder: string, tree: Tree): string {
  for (const [path, bytes] of tree) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}
