/** Words quoted for a POSIX shell. */

/** One word that `sh` reads back as exactly this text. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A command line of such words. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
