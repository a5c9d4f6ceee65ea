import paths from 'node:path'
import { archiveForm, digestForm, digestFromPath } from '../names.ts'
import { listArchive } from './archive.ts'
import type { ImageSink, ReadContext, Root } from './bundle-reader.ts'
import { readDockerArchive } from './docker.ts'
import { compressionOf, digestOf, type Extent, fileExtent, isTar, type Listing } from './extent.ts'
import { isFolder, listFolder } from './folder.ts'
import { readLayout } from './layout.ts'
import { readManifestFile } from './manifest-folder.ts'
import { verifyFile, verifyFolder } from './signature.ts'
import { unpack } from './unpack.ts'

// Input: the paths of bundles. Output: all blobs and all listed manifests in them. Folders and archives
// both become a listing of paths, so that each form of bundle has one reader.

const maxDepth = 5

/** What to do about a bundle that cannot be read: on nodes the service has its own user. */
export const readingRemedy = '; check the path, chmod -R a+rX on it, and a+x on its parents'

const documentForm =
  /^(|.*\/)(?:(index|manifest)\.json|_?manifests\/(?:tags\/|revisions\/)?([^/]+|sha256\/\w+)(?:\/current)?(?:\/link)?)$/

/** All blobs by digest, each with its copies, and the listed manifests in the order of the bundles. */
export interface BundleContents {
  readonly blobs: ReadonlyMap<string, readonly Extent[]>
  readonly roots: readonly Root[]
}

interface Reader extends ImageSink, ReadContext {}

/** Reads bundles: folders, .tar and .tar.gz files, with everything that is nested in them. */
export async function readBundles(
  bundlePaths: readonly string[],
  context: ReadContext,
): Promise<BundleContents> {
  const blobs = new Map<string, Extent[]>()
  const blobExtents = new Set<Extent>()
  const roots: Root[] = []
  const addBlob = async (extent: Extent, statedDigest = '') => {
    const digest = digestForm.test(statedDigest) ? statedDigest : await digestOf(extent)
    blobExtents.add(extent)
    const copies = blobs.get(digest) ?? []
    blobs.set(digest, copies)
    copies.push(extent)
    return digest
  }
  for (const path of bundlePaths) {
    try {
      await readBundle(path, { ...context, addBlob, blobExtents, roots })
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      const remedy = /EACCES|ENOENT/.test(code) ? readingRemedy : ''
      throw new Error(`${path}: ${message}${remedy}`)
    }
  }
  return { blobs, roots }
}

async function readBundle(path: string, reader: Reader): Promise<void> {
  const name = paths.basename(paths.resolve(path))
  if (isFolder(path)) {
    const listing = listFolder(path, problem => reader.log('warn', problem))
    await verifyFolder(path, listing, reader)
    return readListing(listing, name, maxDepth, reader)
  }
  const file = (await verifyFile(path, reader)) ?? fileExtent(path)
  return readArchive(file, name, maxDepth, reader)
}

async function readArchive(
  archive: Extent,
  path: string,
  depthLeft: number,
  reader: Reader,
): Promise<void> {
  const tar = compressionOf(archive) ? await unpack(archive, path, reader) : archive
  const listing = listArchive(tar, problem =>
    reader.log('warn', `${path} (${tar.path}): ${problem}`),
  )
  if (listing.size === 0) throw new Error('not a tar with files')
  return readListing(listing, path, depthLeft, reader)
}

async function readListing(
  listing: Listing,
  label: string,
  depthLeft: number,
  reader: Reader,
): Promise<void> {
  // All blobs are known before nested archives are read.
  for (const read of [readFile, readNested]) {
    for (const [path, extent] of listing) {
      try {
        await read(path, extent)
      } catch (error) {
        reader.log('warn', `${label}: ${path}: ${(error as Error).message}`)
      }
    }
  }

  /** Reads a file if it is a blob or a document that lists images. */
  async function readFile(path: string, extent: Extent): Promise<void> {
    const digest = digestFromPath(path)
    if (digest) {
      await reader.addBlob(extent, digest)
      return
    }
    const [document, prefix = '', kind, reference] = documentForm.exec(path) ?? []
    if (!document) return
    const folder = prefix.slice(0, -1).replace(/^(.*\/)?repositories\//, '') || label
    const hasIndex = listing.has(`${prefix}index.json`)
    if (kind === 'index') readLayout(extent, folder, reader)
    else await readManifestFile(extent, folder, reference, reader)
    // A folder with both documents is read once, at its index.json.
    if (kind === 'index' || (kind === 'manifest' && !hasIndex)) {
      await readDockerArchive(listing, prefix, folder, reader)
    }
  }

  async function readNested(path: string, extent: Extent): Promise<void> {
    if (depthLeft === 0 || reader.blobExtents.has(extent)) return
    if (!archiveForm.test(path) && !isTar(extent)) return
    await readArchive(extent, path, depthLeft - 1, reader)
  }
}
