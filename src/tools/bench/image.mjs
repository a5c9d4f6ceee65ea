/** The bundles of the registry's benchmark: an image with a large layer, and sparse archives. */
import { createHash, randomFillSync } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const MiB = 1 << 20

/** The size of the large layer. */
export const blobSize = 1024 * MiB

/** Makes an OCI layout of an image with a 1 GiB layer, and returns its digests. */
export function makeImage(folder) {
  const blobs = join(folder, 'layout/blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const put = bytes => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(join(blobs, digest), bytes)
    return { digest: `sha256:${digest}`, size: bytes.length }
  }
  const chunk = randomFillSync(Buffer.alloc(MiB))
  const hash = createHash('sha256')
  const large = openSync(join(blobs, 'large'), 'w')
  for (let i = 0; i < blobSize / MiB; i++) {
    chunk.writeUInt32LE(i)
    writeSync(large, chunk)
    hash.update(chunk)
  }
  closeSync(large)
  const layer = hash.digest('hex')
  renameSync(join(blobs, 'large'), join(blobs, layer))
  const rootfs = { type: 'layers', diff_ids: [`sha256:${layer}`] }
  const config = put(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs })))
  const type = 'application/vnd.oci.image.'
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${type}manifest.v1+json`,
        config: { mediaType: `${type}config.v1+json`, ...config },
        layers: [{ mediaType: `${type}layer.v1.tar`, digest: `sha256:${layer}`, size: blobSize }],
      }),
    ),
  )
  const name = { annotations: { 'org.opencontainers.image.ref.name': 'quay.io/bench/big:1' } }
  const index = {
    schemaVersion: 2,
    manifests: [{ mediaType: `${type}manifest.v1+json`, ...manifest, ...name }],
  }
  writeFileSync(join(folder, 'layout/index.json'), JSON.stringify(index))
  writeFileSync(join(folder, 'layout/oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  return { blobs, layer, config: config.digest.slice(7), manifest: manifest.digest.slice(7) }
}

/** Writes an OCI archive with real headers and documents; the layers are sparse: indexing never reads them. */
export function sparseArchive(path, seed) {
  const file = openSync(path, 'w')
  let offset = 0
  const add = (name, size, bytes) => {
    writeSync(file, header(name, size), 0, 512, offset)
    if (bytes) writeSync(file, bytes, 0, bytes.length, offset + 512)
    offset += 512 + Math.ceil(size / 512) * 512
  }
  const put = bytes => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    add(`blobs/sha256/${digest}`, bytes.length, bytes)
    return { digest: `sha256:${digest}`, size: bytes.length }
  }
  const size = 8 * MiB
  const layers = Array.from({ length: 5 }, (_, layer) => {
    const digest = createHash('sha256').update(`${seed} ${layer}`).digest('hex')
    add(`blobs/sha256/${digest}`, size)
    return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size }
  })
  const config = put(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', seed })))
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })))
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, ...manifest }] }),
  )
  add('index.json', index.length, index)
  ftruncateSync(file, offset + 1024)
  closeSync(file)
}

function header(name, size) {
  const block = Buffer.alloc(512)
  block.write(name)
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
