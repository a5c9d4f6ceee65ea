import { diff } from '../../index.ts'
import type { ReportFlags } from '../args/flags.ts'
import { readTree } from '../io/read-config.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node diff OLD NEW`: what changes on the node. */
export async function diffFiles(
  before: string,
  after: string,
  flags: ReportFlags,
): Promise<number> {
  const left = await readTree(before, flags)
  if ('code' in left) return left.code
  const right = await readTree(after, flags)
  if ('code' in right) return right.code
  const text = diff(left.tree, right.tree)
  writeStdout(text)
  return text === '' ? 0 : 3
}
