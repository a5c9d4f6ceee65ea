/** Offsets in a text as ranges with line and column. */
import type { Range } from '../report/place.ts'

/** A function from two offsets in the text to a range; offsets beyond the end mean the end. */
export function rangesOf(text: string): (start: number, end: number) => Range {
  const lineStarts = [0]
  for (let offset = text.indexOf('\n'); offset >= 0; offset = text.indexOf('\n', offset + 1)) {
    lineStarts.push(offset + 1)
  }
  return (from, to) => {
    const start = Math.min(from, text.length)
    const end = Math.min(Math.max(to, start), text.length)
    let [low, high] = [0, lineStarts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((lineStarts[middle] as number) <= start) low = middle
      else high = middle
    }
    return { start, end, line: low + 1, column: start - (lineStarts[low] as number) + 1 }
  }
}
