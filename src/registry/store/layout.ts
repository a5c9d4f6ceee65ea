import { nameFromPath, parseName } from '../names.ts'
import type { Finder } from './bundle-reader.ts'
import type { Extent } from './extent.ts'
import { list, readJson } from './json.ts'

/** Reads the images that an OCI layout lists; the path names what it leaves without a name. */
export function readLayout(index: Extent | undefined, path: string, into: Finder): void {
  const found = list(readJson(index).manifests)
  const byPath = nameFromPath(path)
  const keys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']
  for (const { annotations, digest = '', mediaType: type } of found) {
    const texts = keys.flatMap(key => annotations?.[key] ?? []).map(String)
    const full = texts.filter(text => /[/:@]/.test(text))
    const names = full.map(text => parseName(text))
    const [tag] = texts
    if (!full[0]) {
      if (tag) names.push(byPath && parseName(`${byPath.repository}:${tag}`))
      // The tag that a path says is known by it, even where an annotation says another.
      if (!found[1] && !(tag && byPath?.tag === 'latest')) names.push(byPath)
    }
    into.roots.push({ digest, type, names, from: path, index })
  }
}
