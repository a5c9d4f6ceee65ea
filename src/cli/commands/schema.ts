import { schema } from '../../index.ts'
import { print } from '../io/world.ts'

/** `gen-node schema`: for editors. */
export function printSchema(): number {
  print(`${JSON.stringify(schema, null, 2)}\n`)
  return 0
}
