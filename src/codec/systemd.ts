/** The grammar of systemd unit files: one argument, one line. Source: systemd.service(5), 252. */

/** One argument of Exec…= that systemd passes on as exactly this text; NUL is in none. */
export function systemdArgument(text: string): string {
  // `$` begins a variable here, and nowhere else.
  return quoted(text, /^[A-Za-z0-9_@+=:,./%$-]+$/, one => one.replaceAll('$', '$$$$'))
}

/** One path of RequiresMountsFor=, ReadWritePaths= and the like. */
export function systemdPath(path: string): string {
  return quoted(path, /^[A-Za-z0-9_@+=:,./%-]+$/, one => one)
}

/** `%` begins a specifier, a backslash an escape; quotes keep spaces and `;`. */
function quoted(text: string, plain: RegExp, more: (text: string) => string): string {
  const escaped = more(text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%'))
    // Not only \n ends a line: systemd takes \r for an end too.
    .replaceAll(/[\u0001-\u001f\u007f]/g, one => {
      return `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`
    })
  return plain.test(escaped) ? escaped : `"${escaped}"`
}

/** A value of one line, such as a description: specifiers kept out, line ends made spaces. */
export function systemdLine(text: string): string {
  return text
    .replaceAll('%', '%%')
    .replaceAll(/[\r\n]+/g, ' ')
    .trim()
}
