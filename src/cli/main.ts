/**
 * The command line: a call enters, documents and findings leave, and an exit code. It fetches what
 * the core asks for and writes what the core gives; of distros and formats it knows the names only.
 */

import { commandTree, teaching } from './args/command-tree.ts'
import { reportFailure, reportUsageError } from './io/findings.ts'
import { commandLineArguments, onInterrupt, setExitCode } from './io/process.ts'
import { verbLike } from './io/spec-call.ts'
import { writeStderr, writeStdout } from './io/streams.ts'
import { describeError, isSystemError } from './io/system-error.ts'

declare const GEN_NODE_VERSION: string

/** The registry answers an interrupt itself: running transfers end first. */
const ownsInterrupt = 'registry'

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] !== ownsInterrupt) onInterrupt(() => {})
  if (argv.length === 0) {
    writeStderr(teaching)
    return setExitCode(2)
  }
  try {
    const program = commandTree(GEN_NODE_VERSION, { out: writeStdout, finish: setExitCode })
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (isUsage(error)) setExitCode(codeOfUsage(error, argv))
    else
      setExitCode(
        isSystemError(error)
          ? reportFailure(`that cannot be done: ${describeError(error)}`)
          : codeOfBug(error),
      )
  }
}

interface Usage {
  readonly code: string
  readonly exitCode: number
  readonly message: string
}

/** What commander throws: help and the version as well, with exit code 0. */
function isUsage(error: unknown): error is Usage {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

function codeOfUsage({ code, exitCode, message }: Usage, argv: readonly string[]): number {
  if (exitCode === 0) return 0
  if (code === 'commander.excessArguments')
    return reportUsageError('there are too many arguments', verbLike(argv[0]))
  const [sentence = '', ...hints] = message.replace(/^error: /, '').split('\n')
  const guess = hints.join(' ').replace(/^\(?did you mean (.*?)\?\)?$/i, 'did you mean $1?')
  return reportUsageError(sentence, guess === '' ? undefined : guess)
}

function codeOfBug(error: unknown): 70 {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  writeStderr(
    `gen-node: this is a bug in gen-node, please report it with the lines below\n${trace}\n`,
  )
  return 70
}

void main(commandLineArguments())
