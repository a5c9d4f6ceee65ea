/** Answers about bytes that were asked before: the nodes of a cluster share most of their files. */

/** The same function with a memory of its last answers; answers must not be changed. */
export function remembering<T>(
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

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
