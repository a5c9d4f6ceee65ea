/** Lines of shell scripts: the arguments of simple commands, and the commands that end a script. */

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

// Commands that end the script, or change how the commands after them work.
const endingCommands =
  /(?:^|[\s;&|(){}`!])(?:\.|alias|eval|exec|exit|halt|kill|poweroff|reboot|return|set|shutdown|source|trap|umask|PATH=\S*)(?=$|[\s;&|(){}`])/

// Words that begin and end a compound command.
const compounds = [
  ['if', 'fi'],
  ['do', 'done'],
  ['case', 'esac'],
] as const

/** Whether commands after a line may not run, or work in another way. */
export function mayEndScript(line: string): boolean {
  // `set -x` only prints commands.
  const text = line.replaceAll(/(^|[\s;&])set [-+]x(?=$|[\s;&])/g, '$1')
  if (endingCommands.test(text) || /<<|\\$/.test(text)) return true
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  const wordCount = (word: string) => count(new RegExp(`(?:^|[\\s;])${word}(?=$|[\\s;])`, 'g'))
  if (compounds.some(([begin, end]) => wordCount(begin) !== wordCount(end))) return true
  const isOdd = (pattern: RegExp) => count(pattern) % 2 === 1
  return (
    isOdd(/'/g) ||
    isOdd(/(?<!\\)"/g) ||
    isOdd(/(?<!\\)`/g) ||
    count(/\(/g) !== count(/\)/g) ||
    count(/\{/g) !== count(/\}/g)
  )
}
