import fs from 'node:fs'
import paths from 'node:path'
import { archiveForm, digestFromPath } from '../names.ts'
import { listArchive } from './archive.ts'
import { readDocker } from './docker.ts'
import { type Extent, isGzip, type Listing, wholeFile } from './extent.ts'
import { listFolder } from './folder.ts'
import type { Reading } from './found.ts'
import { readLayout } from './layout.ts'
import { readTreeManifest } from './tree.ts'
import { unpack } from './unpack.ts'
import { verifyFile, verifyFolder } from './verify.ts'

// What enters: the path of a bundle. What leaves: every blob and image in it. A container, folder
// or tar, is only a list of paths here, so each form is read the same way in any of them.

const maxDepth = 5
const documentForm = /^(|.*\/)(?:(index|manifest)\.json|manifests\/([^/]+))$/

/** Reads a folder, a tar or a tar.gz, and everything that is nested in it. */
export async function readBundle(path: string, reading: Reading): Promise<void> {
  const name = paths.basename(paths.resolve(path))
  if (fs.statSync(path).isDirectory()) {
    const listing = listFolder(path, reading.say)
    await verifyFolder(path, listing, reading)
    return readContainer(listing, name, maxDepth, reading)
  }
  const file = (await verifyFile(path, reading)) ?? wholeFile(path)
  return readContainer(await listPacked(file, name, reading), name, maxDepth, reading)
}

async function listPacked(archive: Extent, path: string, reading: Reading): Promise<Listing> {
  const tar = isGzip(archive) ? await unpack(archive, path, reading) : archive
  const listing = listArchive(tar, trouble => reading.say(`${path}: ${trouble}`))
  if (!listing.size) throw new Error(`${path} is no .tar or .tar.gz`)
  return listing
}

async function readContainer(
  listing: Listing,
  label: string,
  depth: number,
  reading: Reading,
): Promise<void> {
  const layers = new Set<string>()
  for (const [path, extent] of listing) {
    const digest = digestFromPath(path)
    const [, folder = '', kind, ref] = documentForm.exec(path) ?? []
    const own = folder.slice(0, -1) || label
    if (digest) reading.blob(digest, extent)
    else if (ref) await readTreeManifest(extent, own, ref, reading)
    else if (kind === 'index' || (kind && !listing.has(`${folder}index.json`))) {
      const layout = readLayout(listing.get(`${folder}index.json`), own)
      const found = await readDocker(listing, folder, own, layout, reading)
      for (const layer of found) layers.add(layer)
    }
  }
  for (const [path, extent] of listing) {
    if (!depth || !archiveForm.test(path) || layers.has(path)) continue
    try {
      await readContainer(await listPacked(extent, path, reading), path, depth - 1, reading)
    } catch (error) {
      reading.say((error as Error).message)
    }
  }
}
