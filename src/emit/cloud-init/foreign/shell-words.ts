/** The words of simple shell commands; whatever needs a shell to be understood has none. */

/** The commands of a line, as argument lists, or null where only a shell can tell. */
export function commandsOf(line: string): readonly (readonly string[])[] | null {
  const commands: string[][] = [[]]
  let rest = line.trim()
  while (rest !== '') {
    const between = /^(?:[ \t]+|\\\n)/.exec(rest)
    const next = /^(?:[ \t]*(?:&&|;|\n)[ \t\n]*)/.exec(rest)
    const comment = /^#[^\n]*/.exec(rest)
    const token = between ?? next ?? comment
    if (token !== null) {
      if (next !== null && between === null) commands.push([])
      rest = rest.slice(token[0].length)
      continue
    }
    const word = wordOf(rest)
    if (word === null) return null
    commands.at(-1)?.push(word.text)
    rest = word.rest
  }
  return commands.filter(command => command.length > 0)
}

// `$`, backquotes, globs, redirections, pipes, groups, tildes and assignments are the shell's.
const piece = /^(?:'([^']*)'|"((?:[^"\\$`]|\\["\\$`])*)"|\\([^\n])|([A-Za-z0-9_@%+:,./=-]+))/

function wordOf(from: string): { readonly text: string; readonly rest: string } | null {
  let text = ''
  let rest = from
  for (;;) {
    const found = piece.exec(rest)
    if (found === null) break
    const [whole, single, double, escaped, bare] = found
    text += single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? bare ?? ''
    rest = rest.slice(whole.length)
  }
  return rest === from || !/^(?:[ \t\n;]|&&|$)/.test(rest) ? null : { text, rest }
}
