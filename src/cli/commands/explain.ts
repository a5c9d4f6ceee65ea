import { explain } from '../../index.ts'
import { parsePath } from '../args/overrides.ts'
import { reportFailure } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node explain [PATH]`: the spec's documentation. */
export function explainField(argument: string | undefined): number {
  const path =
    argument === undefined ? [] : parsePath(argument.replaceAll('[]', '').replace(/^\./, ''))
  if (path === null)
    return reportFailure(`"${argument}" is not a path`, 'use a form such as nodes.files.mode')
  const explanation = explain(path)
  if (explanation.kind === 'page') {
    writeStdout(explanation.text)
    return 0
  }
  const { key, parent, nearest } = explanation
  return reportFailure(
    `${parent === '' ? 'the spec' : parent} has no field "${key}"`,
    nearest === null
      ? `see \`${`gen-node explain ${parent}`.trim()}\``
      : `did you mean "${nearest}"?`,
  )
}
