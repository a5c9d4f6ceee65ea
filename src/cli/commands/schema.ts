import { schema } from '../../index.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node schema`: for editors. */
export function printSchema(): number {
  writeStdout(`${JSON.stringify(schema, null, 2)}\n`)
  return 0
}
