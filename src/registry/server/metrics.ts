import type { Store } from '../store/store.ts'

const maxCounters = 2000

/** Counters by name and labels in Prometheus text form, without the prefix `registry_`. */
export type Counters = Map<string, number>

/** Adds to a counter and returns its value; 0 for a new missed name beyond the limit, which is dropped. */
export function count(counters: Counters, name: string, amount = 1): number {
  const value = (counters.get(name) ?? 0) + amount
  const isNew = !counters.has(name)
  // Clients choose the names of misses: without a limit they could fill the memory.
  if (isNew && counters.size >= maxCounters && name.startsWith('misses_total')) return 0
  counters.set(name, value)
  return value
}

/** Prints the counters and the number of images. */
export function printMetrics(counters: Counters, store: Store): string {
  const lines = [...counters, ['images', store.manifests.size] as const]
  return lines.map(([name, value]) => `registry_${name} ${value}\n`).join('')
}
