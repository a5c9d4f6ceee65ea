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
    const flags = checkFlags(values, process.env)
    return serveRegistry(flags, openStore, makeLog(flags.logFormat))
  } catch (error) {
    return endWithError((error as Error).message, 2)
  }
}
