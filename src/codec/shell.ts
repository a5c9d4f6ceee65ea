/** Arguments quoted for a POSIX shell. */

/** One argument that `sh` parses to exactly this text. NUL is not possible in an argument. */
export function shellArgument(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text
  // shellcheck reports a dollar sign in single quotes as a forgotten expansion (SC2016).
  return /[$`\\]/.test(text)
    ? `"${text.replaceAll(/[\\"$`]/g, '\\$&')}"`
    : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A command of quoted arguments. */
export function shellCommand(args: readonly string[]): string {
  return args.map(shellArgument).join(' ')
}
