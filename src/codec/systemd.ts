/** Arguments, paths and values of systemd unit files. Source: systemd.service(5), version 252. */

/** One argument of ExecStart= that systemd passes to the program as exactly this text, without NUL. */
export function systemdArgument(text: string): string {
  // `$` starts a variable in commands only.
  return quote(escapeText(text).replaceAll('$', '$$$$'), /^[A-Za-z0-9_@+=:,./%$-]+$/)
}

/** One path of RequiresMountsFor=, ReadWritePaths= and the like. */
export function systemdPath(path: string): string {
  return quote(escapeText(path), /^[A-Za-z0-9_@+=:,./%-]+$/)
}

/** `%` starts a specifier, a backslash an escape, and systemd ends a line at \r as well as at \n. */
function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll(
      /[\u0001-\u001f\u007f]/g,
      character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
}

/** Quotes keep spaces and `;`. */
function quote(escaped: string, unquoted: RegExp): string {
  return unquoted.test(escaped) ? escaped : `"${escaped}"`
}

/** A value of one line, such as a description: `%` is escaped, line breaks become spaces. */
export function systemdLine(text: string): string {
  return text
    .replaceAll('%', '%%')
    .replaceAll(/[\r\n]+/g, ' ')
    .trim()
}
