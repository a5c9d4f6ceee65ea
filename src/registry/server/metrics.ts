import type { Store } from '../store/store.ts'

const maxCounters = 2000

/** Counts what was served and what was asked for in vain, by its name in Prometheus's text form. */
export type Counters = Map<string, number>

/** Adds to a counter and gives its value; a flood of missed names is not kept and counts as nothing. */
export function count(counters: Counters, name: string, amount = 1): number {
  const value = (counters.get(name) ?? 0) + amount
  if (counters.size >= maxCounters && /^m/.test(name) && !counters.has(name)) return 0
  counters.set(name, value)
  return value
}

/** Prints the counters and what there is to serve. */
export function printMetrics(counters: Counters, store: Store): string {
  const images = ['images', store.manifests.size] as const
  return [...counters, images].map(([name, value]) => `registry_${name} ${value}\n`).join('')
}
