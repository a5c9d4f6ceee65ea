import { serveRegistry } from '../../registry/program.ts'
import { environment } from '../world.ts'

/** `gen-node registry`: the program that runs on nodes, here. */
export function registry(argv: readonly string[]): Promise<number> {
  return serveRegistry(argv, environment())
}
