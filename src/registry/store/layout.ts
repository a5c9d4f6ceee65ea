import { nameFromPath, parseName } from '../names.ts'
import type { Extent } from './extent.ts'
import type { Root } from './found.ts'
import { type Descriptor, list, readJson } from './json.ts'

/** Reads the images that an OCI layout lists; the path names what it leaves without a name. */
export function readLayout(index: Extent | undefined, path: string): readonly Root[] {
  const found = list(readJson(index).manifests)
  const byPath = nameFromPath(path)
  return found.map((descriptor): Root => {
    const texts = textsOf(descriptor)
    const full = texts.filter(text => /[/:@]/.test(text))
    const names = full.map(text => parseName(text, false))
    const [tag] = texts
    if (tag && !full[0]) names.push(parseName(`${byPath?.repository}:${tag}`, false))
    // The tag that a path says is known by it, even where an annotation says another.
    if (!found[1] && !full[0] && !(tag && byPath?.tag === 'latest')) names.push(byPath)
    const { digest = '', mediaType: type } = descriptor
    return { digest, type, names: names.flatMap(name => name ?? []), from: path }
  })
}

function textsOf({ annotations }: Descriptor): readonly string[] {
  const keys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']
  return keys.flatMap(key => String(annotations?.[key] ?? '') || [])
}
