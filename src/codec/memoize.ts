/** Answers about bytes that were asked before: the nodes of a cluster share most of their files. */

/** The same function with a memory of its last answers; answers must not be changed. */
export function memoizeByBytes<T>(
  answer: (bytes: Uint8Array) => T,
  places: number,
): (bytes: Uint8Array) => T {
  const known: { readonly bytes: Uint8Array; readonly answer: T }[] = []
  let next = 0
  return bytes => {
    const found = known.find(one => same(one.bytes, bytes))
    if (found !== undefined) return found.answer
    // A copy, since whoever asked may write into the bytes later.
    const fresh = { bytes: bytes.slice(), answer: answer(bytes) }
    known[next] = fresh
    next = (next + 1) % places
    return fresh.answer
  }
}

/** The same function with a memory for each thing asked about, as long as the thing is there. */
export function memoizeByObject<K extends object, T>(answer: (thing: K) => T): (thing: K) => T {
  const known = new WeakMap<K, { readonly answer: T }>()
  return thing => {
    const found = known.get(thing) ?? { answer: answer(thing) }
    known.set(thing, found)
    return found.answer
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
