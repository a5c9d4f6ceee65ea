import fs from 'node:fs'
import { basename } from 'node:path'
import { listArchive } from './archive.ts'
import { readDocker } from './docker.ts'
import { type Extent, type Listing, readExtent, wholeFile } from './extent.ts'
import { listFolder } from './folder.ts'
import type { Reading } from './found.ts'
import { readLayout } from './layout.ts'
import { readTreeManifest } from './tree.ts'
import { unpack } from './unpack.ts'
import { verifyFile, verifyFolder } from './verify.ts'

// What enters: the path of a bundle. What leaves: every blob and image in it. A container, folder
// or tar, is only a list of paths here, so each form is read the same way in any of them.

const maxDepth = 5
const blobForm = /(?:^|\/)blobs\/(?:sha\d+[:/-])?((?:[0-9a-f]{64}){1,2})$/
const archiveForm = /\.(tgz|tar(\.(gz|zst|xz|bz2|lz4))?)$/i
const documentForm = /^(|.*\/)(?:(index|manifest)\.json|manifests\/([^/]+))$/

/** Reads a folder, a tar or a tar.gz, and everything that is nested in it. */
export async function readBundle(path: string, reading: Reading): Promise<void> {
  const name = basename(path)
  if (fs.statSync(path).isDirectory()) {
    const listing = listFolder(path, reading.say)
    await verifyFolder(path, listing, reading)
    return readContainer(listing, name, maxDepth, reading)
  }
  const file = (await verifyFile(path, reading)) ?? wholeFile(path)
  return readArchive(file, name, maxDepth, reading)
}

async function readArchive(
  archive: Extent,
  path: string,
  depth: number,
  reading: Reading,
): Promise<void> {
  const magic = readExtent(archive, 2).toString('hex')
  if (magic === '1f8b') {
    return readArchive(await unpack(archive, path, reading), path, depth - 1, reading)
  }
  const listing = listArchive(archive, trouble => reading.say(`${path}: ${trouble}`))
  if (!listing.size) throw new Error(`${path} is no .tar or .tar.gz`)
  return readContainer(listing, path, depth, reading)
}

async function readContainer(
  listing: Listing,
  label: string,
  depth: number,
  reading: Reading,
): Promise<void> {
  const layers = new Set<string>()
  for (const [path, extent] of listing) {
    const [, hex] = blobForm.exec(path) ?? []
    const [, folder = '', kind, ref] = documentForm.exec(path) ?? []
    const own = folder.slice(0, -1) || label
    if (hex) reading.blob(`sha${hex.length * 4}:${hex}`, extent)
    else if (ref) await readTreeManifest(extent, own, ref, reading)
    else if (kind === 'index' || (kind && !listing.has(`${folder}index.json`))) {
      const layout = readLayout(listing.get(`${folder}index.json`), own)
      const found = await readDocker(listing, folder, own, layout, reading)
      for (const layer of found) layers.add(layer)
    }
  }
  for (const [path, extent] of listing) {
    if (!archiveForm.test(path) || layers.has(path) || /(^|\/)layer\.tar$/.test(path)) continue
    try {
      if (depth > 0) await readArchive(extent, path, depth - 1, reading)
    } catch (error) {
      reading.say((error as Error).message)
    }
  }
}
