import fs from 'node:fs'
import paths from 'node:path'
import { archiveForm, digestFromPath } from '../names.ts'
import { listArchive } from './archive.ts'
import type { Reading } from './bundle-reader.ts'
import { readDocker } from './docker.ts'
import { type Extent, isGzip, isTar, type Listing, wholeFile } from './extent.ts'
import { listFolder } from './folder.ts'
import { readLayout } from './layout.ts'
import { readTreeManifest } from './manifest-folder.ts'
import { verifyFile, verifyFolder } from './signature.ts'
import { unpack } from './unpack.ts'

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
  return readArchive(file, name, maxDepth, reading)
}

async function readArchive(
  archive: Extent,
  path: string,
  depth: number,
  reading: Reading,
): Promise<void> {
  const tar = isGzip(archive) ? await unpack(archive, path, reading) : archive
  const listing = listArchive(tar, trouble => reading.say(`${path}: ${trouble}`))
  if (!listing.size) throw new Error(`${path} is no .tar or .tar.gz`)
  return readContainer(listing, path, depth, reading)
}

async function readContainer(
  listing: Listing,
  label: string,
  depth: number,
  reading: Reading,
): Promise<void> {
  let found = reading.roots.length
  for (const [path, extent] of listing) {
    const digest = digestFromPath(path)
    const [, folder = '', kind, ref] = documentForm.exec(path) ?? []
    const own = folder.slice(0, -1) || label
    const index = listing.get(`${folder}index.json`)
    if (digest) await reading.blob(extent, digest)
    else if (ref) await readTreeManifest(extent, own, ref, reading)
    else if (kind === 'index' || (kind && !index)) {
      readLayout(index, own, reading)
      await readDocker(listing, folder, own, index, reading)
    }
  }
  for (const [path, extent] of listing) {
    if (!depth || reading.taken.has(extent) || /\/layer\.tar$/.test(path)) continue
    try {
      if (!archiveForm.test(path) && !isTar(extent)) continue
      found--
      await readArchive(extent, path, depth - 1, reading)
    } catch (error) {
      reading.say((error as Error).message)
    }
  }
  if (reading.roots.length === found) reading.say(`${label} has no image in it`)
}
