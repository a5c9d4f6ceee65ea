import { diffTrees } from '../../view/diff.ts'
import type { ReportFlags } from '../args/flags.ts'
import { readTree } from '../io/read-config.ts'
import { print } from '../io/world.ts'

/** `gen-node diff OLD NEW`: what changes on the node. */
export async function diffFiles(old: string, now: string, flags: ReportFlags): Promise<number> {
  const left = await readTree(old, flags)
  if ('code' in left) return left.code
  const right = await readTree(now, flags)
  if ('code' in right) return right.code
  const text = await diffTrees(left.tree, right.tree)
  print(text)
  return text === '' ? 0 : 3
}
