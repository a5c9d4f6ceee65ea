import { readJson } from './store/json.ts'
import type { Manifest, Store } from './store/store.ts'

/** What would be served, a line each: name, platforms, size, digest. */
export function printImages(store: Store): string {
  const lines: string[] = []
  for (const [repository, tags] of store.repositories) {
    for (const [tag, manifest] of tags) {
      const platforms = new Set<string>()
      const bytes = visit(manifest, store, platforms)
      const about = `${[...platforms].join() || '-'}  ${bytes} B`
      lines.push(`${repository}:${tag}  ${about}  ${manifest.digest}\n`)
    }
  }
  return lines.join('')
}

function visit({ size, needs, children }: Manifest, store: Store, platforms: Set<string>): number {
  let sum = size
  for (const need of needs) sum += need.size ?? 0
  for (const child of children) sum += visit(child, store, platforms)
  const [config] = store.blobs.get(needs[0]?.digest ?? '') ?? []
  const { os, architecture } = readJson(config)
  if (os) platforms.add(`${os}/${architecture}`)
  return sum
}
