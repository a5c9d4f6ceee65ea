/** The arguments of simple shell commands; lines that need a shell are not split. */

/** The commands of a line as argument lists, or null where only a shell can evaluate the line. */
export function commandsOf(line: string): readonly (readonly string[])[] | null {
  const commands: string[][] = [[]]
  let remaining = line.trim()
  while (remaining !== '') {
    const space = /^(?:[ \t]+|\\\n)/.exec(remaining)
    const separator = /^(?:[ \t]*(?:&&|;|\n)[ \t\n]*)/.exec(remaining)
    const comment = /^#[^\n]*/.exec(remaining)
    const token = space ?? separator ?? comment
    if (token !== null) {
      if (separator !== null && space === null) commands.push([])
      remaining = remaining.slice(token[0].length)
      continue
    }
    const argument = argumentAt(remaining)
    if (argument === null) return null
    commands.at(-1)?.push(argument.text)
    remaining = argument.remaining
  }
  return commands.filter(command => command.length > 0)
}

// A quoted or plain part of an argument; `$`, backquotes, globs, redirections, pipes, groups, tildes
// and assignments need a shell.
const part = /^(?:'([^']*)'|"((?:[^"\\$`]|\\["\\$`])*)"|\\([^\n])|([A-Za-z0-9_@%+:,./=-]+))/

function argumentAt(text: string): { readonly text: string; readonly remaining: string } | null {
  let argument = ''
  let remaining = text
  for (;;) {
    const match = part.exec(remaining)
    if (match === null) break
    const [whole, single, double, escaped, bare] = match
    argument += single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? bare ?? ''
    remaining = remaining.slice(whole.length)
  }
  const isComplete = remaining !== text && /^(?:[ \t\n;]|&&|$)/.test(remaining)
  return isComplete ? { text: argument, remaining } : null
}
