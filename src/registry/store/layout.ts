import { type Name, nameFromPath, parseName } from '../names.ts'
import type { Extent } from './extent.ts'
import type { Root } from './found.ts'
import { type Descriptor, list, readJson } from './json.ts'

/** An index.json may list thousands of images. */
export const maxIndexSize = 20 << 20

/** Reads the images that an OCI layout lists; the path names what it leaves without a name. */
export function readLayout(index: Extent | undefined, path: string): readonly Root[] {
  const found = list(readJson(index, maxIndexSize).manifests)
  const texts = found.map(textsOf)
  const alone = texts.filter(own => own.length).length === 1 || found.length === 1
  const byPath = nameFromPath(path)
  return found.map(({ digest = '', mediaType }, at): Root => {
    const full = texts[at]?.filter(text => /[/:@]/.test(text)) ?? []
    const [tag] = texts[at] ?? []
    const names: (Name | undefined)[] = full.map(text => parseName(text, false))
    if (!full.length) {
      if (tag) names.push(parseName(`${byPath?.repository}:${tag}`, false))
      // The tag that a path says is known by it, even where an annotation says another.
      if (alone && (tag ? byPath?.tag !== 'latest' : found.length === 1)) names.push(byPath)
    }
    return { digest, type: mediaType, names: names.flatMap(name => name ?? []), from: path }
  })
}

function textsOf({ annotations }: Descriptor): readonly string[] {
  const keys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']
  return keys.flatMap(key => String(annotations?.[key] ?? '') || [])
}
