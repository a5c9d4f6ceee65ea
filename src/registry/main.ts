import { checkFlags, flagTable, readFlagValues } from './flags.ts'
import { endWithError, makeLog } from './log.ts'
import { exitWhenFlushed, serveRegistry } from './serve.ts'
import { openStore } from './store/store.ts'

// Input: arguments. Output: an exit code. This is the program on nodes; `gen-node registry` adds the flags
// that are useful at a terminal.

exitWhenFlushed(await main(process.argv.slice(2)))

async function main(argv: readonly string[]): Promise<number> {
  try {
    const values = readFlagValues(argv, process.env, flagTable)
    if (values.get('help')?.[0] === 'true') {
      // `gen-node registry --help` explains them.
      process.stdout.write(`--${Object.keys(flagTable).join(' --')}\n`)
      return 0
    }
    const flags = checkFlags(values, process.env)
    return serveRegistry(flags, openStore, makeLog(flags.logFormat))
  } catch (error) {
    return endWithError((error as Error).message, 2)
  }
}
