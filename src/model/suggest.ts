/** "Did you mean": the valid value that is most similar to an invalid one. */

/**
 * The most similar candidate, or null if more than a third of the characters differ; then the only candidate
 * that contains the text as a word, such as `identity_token` for `token`.
 */
export function nearest(text: string, candidates: readonly string[]): string | null {
  const lower = text.toLowerCase()
  const ranked = candidates
    .map(candidate => ({ candidate, distance: distanceOf(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const limit = Math.max(1, Math.ceil(text.length / 3))
  if (best !== undefined && best.distance <= limit) return best.candidate
  const [only, ...others] = candidates.filter(candidate => candidate.split(/[_-]/).includes(lower))
  return only !== undefined && others.length === 0 ? only : null
}

/** The number of edits between two texts; a swap of neighbours is one edit (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 12) return 99
  let rowBeforeLast: number[] = []
  let lastRow = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(
        distanceAt(lastRow, j) + 1,
        distanceAt(row, j - 1) + 1,
        distanceAt(lastRow, j - 1) + cost,
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, distanceAt(rowBeforeLast, j - 2) + 1)
      }
      row.push(best)
    }
    rowBeforeLast = lastRow
    lastRow = row
  }
  return distanceAt(lastRow, b.length)
}

function distanceAt(row: readonly number[], index: number): number {
  return row[index] ?? 99
}
