import {
  digestDigits,
  type InspectedTree,
  renderContent,
  renderJsonListing,
  renderListing,
} from '../../index.ts'
import type { ReportFlags } from '../args/flags.ts'
import { extract } from '../io/extract.ts'
import { reportFailure, reportUsageError } from '../io/findings.ts'
import { readTree } from '../io/read-config.ts'
import { isTerminal, writeStdout } from '../io/streams.ts'

/** The flags of `gen-node inspect`. */
export interface InspectFlags extends ReportFlags {
  readonly extract?: string
  readonly path?: string
  readonly json?: boolean
  readonly force?: boolean
}

/** `gen-node inspect FILE`: what a rendered config creates on a machine. */
export async function inspectFile(name: string, flags: InspectFlags): Promise<number> {
  const read = await readTree(name, flags)
  if ('code' in read) return read.code
  const { tree } = read
  if (flags.path !== undefined) return printFile(tree, flags.path)
  if (flags.extract !== undefined) {
    const refusals = extract(tree, flags.extract, flags.force === true)
    return refusals.length === 0 ? 0 : reportFailure(refusals.slice(0, 10).join('\n          '))
  }
  const digits = digestDigits[isTerminal('stdout') ? 'terminal' : 'pipe']
  writeStdout(flags.json === true ? renderJsonListing(tree) : renderListing(tree, digits))
  return 0
}

function printFile({ entries }: InspectedTree, path: string): number {
  const entry = entries.find(entry => entry.path === path)
  if (entry?.kind !== 'file') {
    return reportFailure(`the config has no file ${path}`, 'run inspect without --path to list all')
  }
  const content = isTerminal('stdout') ? renderContent(entry.content) : entry.content
  if (content === null) {
    return reportUsageError(
      `${path} is binary and is not written to a terminal`,
      'redirect it to a file',
    )
  }
  writeStdout(content)
  return 0
}
