import { digestForm, nameFromPath, parseName } from '../names.ts'
import type { ImageSink } from './bundle-reader.ts'
import { type Extent, readExtent } from './extent.ts'
import { readJson } from './json-file.ts'

/**
 * Reads a file that is a manifest, or whose text is the digest of a manifest, as in the data folder of a
 * registry. Without a reference, which is a tag or digest, the tag is in the name of the folder.
 */
export async function readManifestFile(
  file: Extent,
  folder: string,
  reference: string | undefined,
  sink: ImageSink,
): Promise<void> {
  const statedDigest = reference?.replace(/[-/]/, ':')
  let digest = `${readExtent(file, 200)}`
  if (!digestForm.test(digest)) {
    // Kubernetes manifests, which have no schemaVersion, are kept in folders of the same name.
    if (!digest.startsWith('{') || readJson(file).schemaVersion !== 2) return
    digest = await sink.addBlob(file, statedDigest)
  }
  const tagged = reference ? `${folder}:${reference}` : folder
  const name = digest === statedDigest ? parseName(folder) : nameFromPath(tagged)
  sink.roots.push({ digest, names: [name], path: folder, kind: undefined })
}
