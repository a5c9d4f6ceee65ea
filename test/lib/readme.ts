/** The README as its tests use it: fenced blocks, commands with their output, inline code. */
import { read } from './source-tree.ts'

/** One fenced block. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** One command and the output that is shown below it. */
export interface Command {
  readonly line: string
  readonly output: string
}

/** The text of the README. */
export const readme = read('README.md')

/** All fenced blocks, in order. */
export const blocks: readonly Block[] = [...readme.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
)

/** The texts of all blocks of a language. */
export function textsOf(language: string): readonly string[] {
  return blocks.filter(block => block.language === language).map(({ text }) => text)
}

/** The spec of the example. */
export const spec = textsOf('yaml')[0] ?? ''

/** The commands of a block: `sh` has one in each line, `console` has them after a prompt. */
export function commandsOf({ language, text }: Block): readonly Command[] {
  if (language === 'sh') {
    const lines = text.split('\n').filter(line => line !== '')
    return lines.map(line => ({ line, output: '' }))
  }
  if (language !== 'console') return []
  const [before, ...parts] = text.split(/^\$ /m)
  if (before !== '') throw new Error(`a console block begins without a command: ${before}`)
  return parts.map(part => {
    const [line = '', ...output] = part.split('\n')
    return { line, output: output.join('\n') }
  })
}

/** The commands of all blocks, in order. */
export const commands: readonly Command[] = blocks.flatMap(commandsOf)

/** The inline code of the text, without the fenced blocks. */
export const inlineCode: readonly string[] = [
  ...readme.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g),
].map(([, code = '']) => code.replaceAll(/\s+/g, ' '))

/** The arguments of a command up to a pipe, a redirection or an ampersand. */
export function argumentsOf(line: string): readonly string[] {
  const tokens = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  const end = tokens.findIndex(token => /^[|>&]$/.test(token))
  return end === -1 ? tokens : tokens.slice(0, end)
}

/** An output with `…` for the numbers and digests for which the README shows `…`. */
export function elided(output: string, shown: string): string {
  const shownLines = shown.split('\n')
  return output
    .split('\n')
    .map((line, at) => {
      const shownLine = shownLines[at] ?? ''
      const parts = shownLine.split('…').map(part => part.replaceAll(/[^\w\s]/g, '\\$&'))
      const pattern = new RegExp(`^${parts.join('[0-9a-f,]+')}$`)
      return pattern.test(line) ? shownLine : line
    })
    .join('\n')
}
