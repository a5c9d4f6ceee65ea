/**
 * The command line: arguments enter; files, diagnostics and an exit code leave. It reads the files that
 * the core needs and writes the files that the core returns.
 */
import { commandTree, usageText } from './args/command-tree.ts'
import { reportFailure, reportUsageError } from './io/findings.ts'
import { commandLineArguments, onInterrupt, setExitCode } from './io/process.ts'
import { verbHint } from './io/spec-call.ts'
import { writeStderr, writeStdout } from './io/streams.ts'
import { describeError, isSystemError } from './io/system-error.ts'

declare const GEN_NODE_VERSION: string

/** This verb handles SIGINT itself: it first waits for running transfers. */
const verbWithOwnInterrupt = 'registry'

async function main(args: readonly string[]): Promise<void> {
  if (args[0] !== verbWithOwnInterrupt) onInterrupt(() => {})
  if (args.length === 0) {
    writeStderr(usageText)
    return setExitCode(2)
  }
  try {
    const program = commandTree(GEN_NODE_VERSION, { writeOut: writeStdout, setExitCode })
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    setExitCode(reportError(error, args))
  }
}

function reportError(error: unknown, args: readonly string[]): number {
  if (isCommanderError(error)) return reportCommanderError(error, args)
  if (isSystemError(error)) return reportFailure(`error: ${describeError(error)}`)
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  writeStderr(
    `gen-node: this is a bug in gen-node, please report it with the lines below\n${trace}\n`,
  )
  return 70
}

interface CommanderError {
  readonly code: string
  readonly exitCode: number
  readonly message: string
}

/** Commander throws for --help and --version as well, with exit code 0. */
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

function reportCommanderError(
  { code, exitCode, message }: CommanderError,
  args: readonly string[],
): number {
  if (exitCode === 0) return 0
  if (code === 'commander.excessArguments') {
    return reportUsageError('too many arguments', verbHint(args[0]))
  }
  const [sentence = '', ...hints] = message.replace(/^error: /, '').split('\n')
  const hint = hints.join(' ').replace(/^\(?did you mean (.*?)\?\)?$/i, 'did you mean $1?')
  return reportUsageError(sentence, hint === '' ? undefined : hint)
}

void main(commandLineArguments())
