import type { Store } from './store/store.ts'

const maxMisses = 1000

/** What was served and what was asked for in vain, since the start. */
export interface Metrics {
  readonly requests: Map<number, number>
  readonly misses: Map<string, number>
  bytes: number
  seconds: number
}

/** Counts a miss; the first of each name is worth a loud line, and a flood of names is not kept. */
export function countMiss({ misses }: Metrics, name: string): boolean {
  const before = misses.get(name)
  if (!before && misses.size >= maxMisses) return false
  misses.set(name, (before ?? 0) + 1)
  return !before
}

/** The counts in Prometheus's text form. */
export function printMetrics({ requests, misses, bytes, seconds }: Metrics, store: Store): string {
  const values: (readonly [name: string, value: number])[] = [
    ['sent_bytes_total', bytes],
    ['request_seconds_total', seconds],
    ['images', store.manifests.size],
    ['repositories', store.repositories.size],
  ]
  for (const [code, count] of requests) values.push([`requests_total{code="${code}"}`, count])
  for (const [name, count] of misses) {
    values.push([`misses_total{name=${JSON.stringify(name)}}`, count])
  }
  return values.map(([name, value]) => `registry_${name} ${value}\n`).join('')
}
