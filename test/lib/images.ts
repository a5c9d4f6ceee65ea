/** Small images for registries: written by this file, or by umoci and skopeo. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runOrThrow } from './judge.ts'

/** An image to make. */
export interface ImageToMake {
  /** The names in the annotations of its descriptors, such as registry.k8s.io/pause:3.9. */
  readonly names: readonly string[]
  /** Bytes of each layer before compression; two small ones by default. */
  readonly layers?: readonly number[]
}

/** The digest of each image's manifest, by name. */
export type Digests = ReadonlyMap<string, string>

/** Writes an OCI layout; equal names give equal bytes on every machine. */
export function makeLayout(folder: string, images: readonly ImageToMake[]): Digests {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  const put = (bytes: Uint8Array) => {
    const digest = sha256(bytes)
    writeFileSync(join(folder, 'blobs/sha256', digest.slice(7)), bytes)
    return { digest, size: bytes.length }
  }
  const digests = new Map<string, string>()
  const manifests = images.flatMap(image => {
    const tars = (image.layers ?? [2000, 700]).map((size, at) =>
      tarOf(`file-${at}`, noise(`${image.names[0]} ${at}`, size)),
    )
    const config = put(json(configOf(tars.map(sha256))))
    const layers = tars.map(tar => put(gzipSync(tar, { level: 9 })))
    const manifest = put(json(manifestOf(config, layers)))
    return image.names.map(name => {
      digests.set(name, manifest.digest)
      return {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        ...manifest,
        annotations: { 'org.opencontainers.image.ref.name': name },
      }
    })
  })
  writeFileSync(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
  writeFileSync(join(folder, 'index.json'), json({ schemaVersion: 2, manifests }))
  return digests
}

/** Writes an OCI layout with umoci (layers and configs) and skopeo (names). */
export function makeLayoutWithTools(folder: string, images: readonly ImageToMake[]): Digests {
  const work = mkdtempSync(join(tmpdir(), 'gen-node-images-'))
  try {
    for (const [at, image] of images.entries()) {
      const made = `${work}/made:image-${at}`
      if (at === 0) runOrThrow('umoci', 'init', '--layout', `${work}/made`)
      runOrThrow('umoci', 'new', '--image', made)
      for (const [layer, size] of (image.layers ?? [2000, 700]).entries()) {
        const file = join(work, `file-${layer}`)
        writeFileSync(file, noise(`${image.names[0]} ${layer}`, size))
        runOrThrow('umoci', 'insert', '--image', made, file, `/file-${layer}`)
      }
      for (const name of image.names) {
        runOrThrow(
          'skopeo',
          '--insecure-policy',
          'copy',
          '-q',
          `oci:${made}`,
          `oci:${folder}:${name}`,
        )
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return digestsOf(folder)
}

/** Packs a layout into an OCI archive, as `skopeo copy … oci-archive:` does. */
export function packLayout(folder: string, archive: string): void {
  runOrThrow(
    'tar',
    '--create',
    '--file',
    archive,
    '--directory',
    folder,
    'blobs',
    'index.json',
    'oci-layout',
  )
}

/** The manifest digests in a layout's index, by name. */
export function digestsOf(folder: string): Digests {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations?: Record<string, string> }[]
  }
  return new Map(
    index.manifests.flatMap(({ digest, annotations }) => {
      const name = annotations?.['org.opencontainers.image.ref.name']
      return name === undefined ? [] : [[name, digest] as const]
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function configOf(diffIds: readonly string[]): object {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: ['/file-0'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
  }
}

interface Descriptor {
  readonly digest: string
  readonly size: number
}

function manifestOf(config: Descriptor, layers: readonly Descriptor[]): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: layers.map(layer => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      ...layer,
    })),
  }
}

/** Bytes that do not compress, equal for equal seeds. */
export function noise(seed: string, size: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(size / 32) }, (_, at) =>
    createHash('sha256').update(`${seed} ${at}`).digest(),
  )
  return Buffer.concat(parts).subarray(0, size)
}

function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)])
}
