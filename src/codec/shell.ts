/** Words quoted for a POSIX shell. */

/** One word that `sh` reads back as exactly this text. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text
  // shellcheck takes a dollar between single quotes for an expansion that was forgotten (SC2016).
  return /[$`\\]/.test(text)
    ? `"${text.replaceAll(/[\\"$`]/g, '\\$&')}"`
    : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A command line of such words. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
