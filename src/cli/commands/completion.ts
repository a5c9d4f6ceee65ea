import { scripts, type Verb } from '../args/completions.ts'
import { reportUsageError } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** The part of commander's Command that completion scripts need. */
interface CommandNode {
  readonly commands: readonly CommandNode[]
  readonly options: readonly {
    readonly long?: string | undefined
    readonly short?: string | undefined
    readonly description: string
    readonly argChoices?: readonly string[] | undefined
    readonly required: boolean
  }[]
  readonly name: () => string
  readonly description: () => string
}

/** `gen-node completion SHELL`: made from the tree of commands, so that it contains every flag. */
export function completion(shell: string, program: CommandNode): number {
  const script = Object.entries(scripts).find(([name]) => name === shell)?.[1]
  if (script === undefined)
    return reportUsageError(`there is no completion for "${shell}"`, 'there are bash, zsh and fish')
  writeStdout(
    script([verbOf(program, ''), ...program.commands.map(verb => verbOf(verb, verb.name()))]),
  )
  return 0
}

function verbOf(command: CommandNode, name: string): Verb {
  return {
    name,
    description: command.description(),
    flags: [
      ...command.options.map(option => ({
        names: [option.long, option.short].filter(name => name !== undefined),
        description: option.description,
        takesValue: option.required,
        choices: option.argChoices ?? [],
      })),
      { names: ['--help', '-h'], description: 'print help', takesValue: false, choices: [] },
    ],
  }
}
