import { nameFromPath, parseName } from '../names.ts'
import type { ImageSink } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
import { type Descriptor, objectsIn, readJson } from './json-file.ts'

const nameAnnotations = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']

/** Reads the images that an OCI layout lists; images without a name get the name of the path. */
export function readLayout(index: Extent, path: string, sink: ImageSink): void {
  const descriptors = objectsIn(readJson(index).manifests)
  const nameOfPath = nameFromPath(path)
  const hasOneName = new Set(descriptors.map(item => `${textsOf(item)}`)).size === 1
  for (const descriptor of descriptors) {
    const { annotations, digest = '' } = descriptor
    const texts = textsOf(descriptor)
    const fullNames = texts.filter(text => /[/:@]/.test(text))
    const names = fullNames.map(parseName)
    if (fullNames.length === 0) {
      const [tag] = texts
      if (tag) names.push(nameOfPath && parseName(`${nameOfPath.repository}:${tag}`))
      // A tag in the path stays valid beside another tag in the annotation.
      if (hasOneName && (!tag || nameOfPath?.tag !== 'latest')) names.push(nameOfPath)
    }
    sink.roots.push({ digest, names, path, kind: annotations?.kind })
  }
}

/** The names in the annotations of a descriptor. */
function textsOf({ annotations }: Descriptor): readonly string[] {
  const texts = nameAnnotations.flatMap(key => annotations?.[key] ?? [])
  return texts.filter(text => typeof text === 'string' && text.length < 999)
}
