/** "Did you mean": the nearest of the words that would have been right. */

/** The candidate within a third of the word's length in edits, or null where none is that near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const lower = word.toLowerCase()
  const ranked = candidates
    .map(candidate => ({ candidate, distance: distanceOf(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const limit = Math.max(1, Math.ceil(word.length / 3))
  return best !== undefined && best.distance <= limit ? best.candidate : null
}

/** Edits between two words, a swap of neighbours counting once (optimal string alignment). */
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
