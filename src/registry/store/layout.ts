import { nameFromPath, parseName } from '../names.ts'
import type { ImageSink } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
import { objectsIn, readJson } from './json-file.ts'

const nameAnnotations = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']

/** Reads the images that an OCI layout lists; an image without a name gets one from the path. */
export function readLayout(index: Extent | undefined, path: string, sink: ImageSink): void {
  const descriptors = objectsIn(readJson(index).manifests)
  const nameOfPath = nameFromPath(path)
  for (const { annotations, digest = '', mediaType } of descriptors) {
    const texts = nameAnnotations.flatMap(key => annotations?.[key] ?? []).map(String)
    const fullNames = texts.filter(text => /[/:@]/.test(text))
    const names = fullNames.map(parseName)
    if (fullNames.length === 0) {
      const [tag] = texts
      if (tag) names.push(nameOfPath && parseName(`${nameOfPath.repository}:${tag}`))
      // A tag in the path stays valid beside another tag in the annotation.
      if (descriptors.length === 1 && (!tag || nameOfPath?.tag !== 'latest')) names.push(nameOfPath)
    }
    sink.roots.push({ digest, mediaType, names, path, index, isGenerated: false })
  }
}
