import type { Store } from '../store/store.ts'

/** Counters by name and labels in Prometheus text form, without the prefix `registry_`. */
export type Counters = Map<string, number>

/** Adds to a counter and returns its value. */
export function count(counters: Counters, name: string, amount = 1): number {
  const value = (counters.get(name) ?? 0) + amount
  counters.set(name, value)
  return value
}

/** Prints counters and the number of images. */
export function printMetrics(counters: Iterable<readonly [string, number]>, store: Store): string {
  const lines = [...counters, ['images', store.manifests.size] as const]
  return lines.map(([name, value]) => `registry_${name} ${value}\n`).join('')
}
