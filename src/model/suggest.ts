/** "Did you mean": the valid value that is most similar to a wrong one. */

/** The most similar candidate, or null if more than a third of the characters differ. */
export function nearest(text: string, candidates: readonly string[]): string | null {
  const lower = text.toLowerCase()
  const ranked = candidates
    .map(candidate => ({ candidate, distance: distanceOf(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const limit = Math.max(1, Math.ceil(text.length / 3))
  return best !== undefined && best.distance <= limit ? best.candidate : null
}

/** The number of edits between two texts; a swap of neighbours is one edit (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 12) return 99
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(before, j - 2) + 1)
      }
      row.push(best)
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 99
}
