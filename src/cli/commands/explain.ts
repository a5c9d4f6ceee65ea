import { schema } from '../../index.ts'
import { fieldAt, pageOf } from '../../view/explain.ts'
import { parsePath } from '../args/flags.ts'
import { refused } from '../io/findings.ts'
import { print } from '../io/world.ts'

/** `gen-node explain [PATH]`: the spec's documentation. */
export function explain(argument: string | undefined): number {
  const path =
    argument === undefined ? [] : parsePath(argument.replaceAll('[]', '').replace(/^\./, ''))
  if (path === null) return refused(`"${argument}" is no path`, 'write it like nodes.files.mode')
  const found = fieldAt(schema, path)
  if ('unknown' in found) {
    const { unknown, below, nearest } = found
    const where = below === '' ? 'the spec' : below
    const guess = nearest === null ? `gen-node explain ${below}`.trim() : nearest
    return refused(
      `${where} has no field "${unknown}"`,
      nearest === null ? `see \`${guess}\`` : `did you mean "${nearest}"?`,
    )
  }
  print(pageOf(found))
  return 0
}
