/** The widths of characters on a terminal. */
import { eastAsianWidth } from 'get-east-asian-width'

/** The number of terminal columns of a character: 0, 1 or 2. Ambiguous characters have 1. */
export function characterWidth(codePoint: number): number {
  return zeroWidth.test(String.fromCodePoint(codePoint)) ? 0 : eastAsianWidth(codePoint)
}

// The package counts these as 1. Combining marks are drawn over the character before them.
const zeroWidth = /^(?:\p{Mn}|\p{Me}|[\u200b-\u200d\u2060])$/u
