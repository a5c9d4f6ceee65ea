import { readJson } from './store/json.ts'
import type { Store } from './store/store.ts'

/** What would be served, a line each: name, platforms, size, digest. */
export function printImages({ repositories, blobs }: Store): string {
  const lines: string[] = []
  for (const [repository, tags] of repositories) {
    for (const [tag, manifest] of tags) {
      const platforms = new Set<string>()
      let bytes = 0
      const parts = new Set([manifest])
      for (const { size, needs, children } of parts) {
        for (const child of children) parts.add(child)
        for (const part of [{ size }, ...needs]) bytes += part.size ?? 0
        const [config] = blobs.get(`${needs[0]?.digest}`) ?? []
        const { os, architecture } = readJson(config)
        if (os) platforms.add(`${os}/${architecture}`)
      }
      const about = `${[...platforms].join() || '-'}  ${bytes} B`
      lines.push(`${repository}:${tag}  ${about}  ${manifest.digest}\n`)
    }
  }
  return lines.join('')
}
