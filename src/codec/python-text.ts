/** Texts by the rules of Python, in which cloud-init is written. */

// The characters of str.isspace(); JavaScript's trim() also removes byte order marks, and keeps others.
const space =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+'
const leadingSpace = new RegExp(`^${space}`)
const trailingSpace = new RegExp(`${space}$`)

/** Python's str.lstrip. */
export function stripStart(text: string): string {
  return text.replace(leadingSpace, '')
}

/** Python's str.strip. */
export function strip(text: string): string {
  return stripStart(text).replace(trailingSpace, '')
}
