import { parseName } from '../names.ts'
import type { ImageSink } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
import { readJson } from './json-file.ts'

/** Reads a file of a `<repository>/manifests` folder; its name is a tag or a digest. */
export async function readManifestFile(
  file: Extent,
  folder: string,
  reference: string,
  sink: ImageSink,
): Promise<void> {
  // Kubernetes manifests, which have no schemaVersion, are kept in folders of the same name.
  if (readJson(file).schemaVersion !== 2) return
  const statedDigest = reference.replace('-', ':')
  const digest = await sink.addBlob(file, statedDigest)
  const names = [parseName(digest === statedDigest ? folder : `${folder}:${reference}`)]
  sink.roots.push({
    digest,
    mediaType: undefined,
    names,
    path: folder,
    index: undefined,
    isGenerated: false,
  })
}
