import { scripts, type Verb } from '../args/completions.ts'
import { reportUsageError } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** What of commander's tree a shell needs. */
interface Tree {
  readonly commands: readonly Tree[]
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

/** `gen-node completion SHELL`: made from the tree itself, so that no flag is forgotten. */
export function completion(shell: string, program: Tree): number {
  const script = Object.entries(scripts).find(([name]) => name === shell)?.[1]
  if (script === undefined)
    return reportUsageError(`there is no completion for "${shell}"`, 'there are bash, zsh and fish')
  writeStdout(
    script([verbOf(program, ''), ...program.commands.map(verb => verbOf(verb, verb.name()))]),
  )
  return 0
}

function verbOf(tree: Tree, name: string): Verb {
  return {
    name,
    description: tree.description(),
    flags: [
      ...tree.options.map(option => ({
        names: [option.long, option.short].filter(name => name !== undefined),
        description: option.description,
        takesValue: option.required,
        choices: option.argChoices ?? [],
      })),
      { names: ['--help', '-h'], description: 'print help', takesValue: false, choices: [] },
    ],
  }
}
