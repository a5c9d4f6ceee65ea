import { parseName } from '../names.ts'
import type { Finder } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
import { readJson } from './json.ts'

/** Reads one file of a `<repo>/manifests` folder, called by its tag or digest. */
export async function readTreeManifest(
  file: Extent,
  folder: string,
  ref: string,
  into: Finder,
): Promise<void> {
  // Kubernetes manifests live in folders of the same name; they have no schemaVersion.
  if (readJson(file).schemaVersion !== 2) return
  const stated = ref.replace('-', ':')
  const digest = await into.blob(file, stated)
  const names = [parseName(digest === stated ? folder : `${folder}:${ref}`)]
  into.roots.push({ digest, names, from: folder })
}
