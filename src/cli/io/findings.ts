/** Findings on their way to the user: which of them stop the work, and how they are told. */
import {
  type Diagnostic,
  locate,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  type Source,
} from '../../index.ts'
import { printable } from '../../report/cells.ts'
import type { ReportFlags } from '../args/flags.ts'
import { environmentVariable } from './process.ts'
import { isTerminal, writeStderr, writeStdout } from './streams.ts'

/** More than this on a screen helps nobody. */
const maxShown = 50

/** Whether there may be output: no error, and under --strict no warning. */
export function preventsOutput(
  diagnostics: readonly Diagnostic[],
  { strict }: ReportFlags,
): boolean {
  return diagnostics.some(
    ({ severity }) => severity === 'error' || (strict === true && severity === 'warning'),
  )
}

/** Tells all findings; text is for people and goes to stderr, the other forms go where `to` says. */
export function printDiagnostics(
  source: Source,
  diagnostics: readonly Diagnostic[],
  flags: ReportFlags,
  to: (text: string) => void,
): void {
  const form = flags.report ?? 'text'
  if (form !== 'text') {
    to(machines[form](locate(source, diagnostics)))
    return
  }
  const silent = flags.quiet === true && flags.strict !== true
  const heard = diagnostics.filter(({ severity }) => !silent || severity === 'error')
  if (heard.length === 0) return
  const located = locate(source, heard)
  writeStderr(renderText(located.slice(0, maxShown), { colour: wantsColour(flags) }))
  if (located.length > maxShown) writeStderr(`\nand ${located.length - maxShown} more findings\n`)
  if (flags.strict && preventsOutput(heard, flags) && !preventsOutput(heard, {})) {
    writeStderr('\ngen-node: --strict takes a warning for an error\n')
  }
}

const machines = { json: renderJson, github: renderGithub, sarif: renderSarif }

/** To where findings in a form for programs go when they are the result itself. */
export const toStdout: (text: string) => void = writeStdout

/** To where they go when the result has stdout. */
export const toStderr: (text: string) => void = writeStderr

/** --color, then NO_COLOR and FORCE_COLOR (no-color.org, force-color.org), then what stderr is. */
function wantsColour({ color }: ReportFlags): boolean {
  if (color === 'always' || color === 'never') return color === 'always'
  if ((environmentVariable('NO_COLOR') ?? '') !== '') return false
  const force = environmentVariable('FORCE_COLOR')
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  return isTerminal('stderr') && environmentVariable('TERM') !== 'dumb'
}

/** A call that makes no sense; its code is 2. */
export function reportUsageError(sentence: string, hint = 'see `gen-node --help`'): 2 {
  writeStderr(`gen-node: ${printable(sentence)}\n  = help: ${printable(hint)}\n`)
  return 2
}

/** Work that the world did not allow; its code is 1. */
export function reportFailure(sentence: string, hint?: string): 1 {
  writeStderr(
    `gen-node: ${printable(sentence)}\n${hint === undefined ? '' : `  = help: ${hint}\n`}`,
  )
  return 1
}
