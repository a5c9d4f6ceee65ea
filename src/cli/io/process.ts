/** The process: its arguments, environment, exit code and interrupts. */
import process from 'node:process'

/** The value of an environment variable, or undefined. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name]
}

/** All environment variables, for the registry. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** The arguments of the command line, without the program. */
export function commandLineArguments(): readonly string[] {
  return process.argv.slice(2)
}

/** Sets the exit code that the process has when all its work is done. */
export function setExitCode(code: number): void {
  process.exitCode = code
}

/** Runs `undo` and exits with code 130 on SIGINT; returns a function that removes the handler. */
export function onInterrupt(undo: () => void): () => void {
  const handleInterrupt = () => {
    undo()
    process.exit(130)
  }
  // Prepended: an earlier handler would exit the process before `undo` ran.
  process.prependListener('SIGINT', handleInterrupt)
  return () => {
    process.off('SIGINT', handleInterrupt)
  }
}

/** Lets pending signals be handled between two parts of a long computation. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
