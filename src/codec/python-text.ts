/** Texts by the rules of Python, in which cloud-init is written. */

// The characters of str.isspace(); JavaScript's trim() also removes byte order marks, and keeps others.
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** Python's str.lstrip. */
export function stripStart(text: string): string {
  let start = 0
  while (space.test(text.charAt(start))) start++
  return text.slice(start)
}

/** Python's str.rstrip. */
export function stripEnd(text: string): string {
  let end = text.length
  while (space.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Python's str.strip. */
export function strip(text: string): string {
  return stripEnd(stripStart(text))
}
