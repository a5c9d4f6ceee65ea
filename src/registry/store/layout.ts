import { nameFromPath, parseName } from '../names.ts'
import type { Extent } from './extent.ts'
import type { Root } from './found.ts'
import { list, readJson } from './json.ts'

/** Reads the images that an OCI layout lists; the path names what it leaves without a name. */
export function readLayout(index: Extent | undefined, path: string): readonly Root[] {
  const found = list(readJson(index).manifests)
  const byPath = nameFromPath(path)
  const keys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']
  return found.map(({ annotations, digest = '', mediaType: type }): Root => {
    const texts = keys.flatMap(key => annotations?.[key] ?? []).map(String)
    const full = texts.filter(text => /[/:@]/.test(text))
    const names = full.map(text => parseName(text))
    const [tag] = texts
    if (!full[0]) {
      if (tag) names.push(parseName(`${byPath?.repository}:${tag}`))
      // The tag that a path says is known by it, even where an annotation says another.
      if (!found[1] && !(tag && byPath?.tag === 'latest')) names.push(byPath)
    }
    return { digest, type, names, from: path }
  })
}
