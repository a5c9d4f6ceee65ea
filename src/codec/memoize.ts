/** Functions that keep their results: the nodes of a cluster share most of their files and lists. */
import { sameBytes } from './bytes.ts'

/**
 * A function that keeps its results for the last `capacity` different inputs; the oldest is replaced.
 * Inputs are compared by content. Results must not be changed.
 */
export function memoizeByBytes<T>(
  compute: (bytes: Uint8Array) => T,
  capacity: number,
): (bytes: Uint8Array) => T {
  const entries: { readonly bytes: Uint8Array; readonly result: T }[] = []
  let oldest = 0
  return bytes => {
    const existing = entries.find(entry => sameBytes(entry.bytes, bytes))
    if (existing !== undefined) return existing.result
    // The input is copied: a change of the caller's array must not change the entry.
    const entry = { bytes: bytes.slice(), result: compute(bytes) }
    entries[oldest] = entry
    oldest = (oldest + 1) % capacity
    return entry.result
  }
}

/** A function that keeps its result for each input object until the object is garbage-collected. */
export function memoizeByObject<K extends object, T>(compute: (input: K) => T): (input: K) => T {
  const entries = new WeakMap<K, { readonly result: T }>()
  return input => {
    const entry = entries.get(input) ?? { result: compute(input) }
    entries.set(input, entry)
    return entry.result
  }
}
