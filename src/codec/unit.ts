/** The grammar of systemd unit files: one argument, one line. Source: systemd.service(5), 252. */

/** One argument of Exec…= that systemd passes on as exactly this text. */
export function systemdArgument(text: string): string {
  // `%` begins a specifier, `$` a variable, a backslash an escape; quotes keep spaces and `;`.
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return /^[A-Za-z0-9_@+=:,./%$-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/** A value of one line, such as a description: specifiers kept out, line ends made spaces. */
export function systemdLine(text: string): string {
  return text
    .replaceAll('%', '%%')
    .replaceAll(/[\r\n]+/g, ' ')
    .trim()
}
