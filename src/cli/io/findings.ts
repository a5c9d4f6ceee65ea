/** Prints diagnostics and errors, and decides which of them prevent output. */
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

/** The number of diagnostics that are printed as text; further ones are only counted. */
const maxShown = 50

/** Whether a diagnostic prevents output: an error, and under --strict a warning too. */
export function preventsOutput(
  diagnostics: readonly Diagnostic[],
  { strict }: ReportFlags,
): boolean {
  return diagnostics.some(
    ({ severity }) => severity === 'error' || (strict === true && severity === 'warning'),
  )
}

/** Prints diagnostics: as text to stderr, in another format through `write`. */
export function printDiagnostics(
  source: Source,
  diagnostics: readonly Diagnostic[],
  flags: ReportFlags,
  write: (text: string) => void,
): void {
  const format = flags.report ?? 'text'
  if (format !== 'text') {
    write(renderers[format](locate(source, diagnostics)))
    return
  }
  const silent = flags.quiet === true && flags.strict !== true
  const shown = diagnostics.filter(({ severity }) => !silent || severity === 'error')
  if (shown.length === 0) return
  const located = locate(source, shown)
  writeStderr(renderText(located.slice(0, maxShown), { colour: wantsColour(flags) }))
  if (located.length > maxShown) writeStderr(`\nand ${located.length - maxShown} more findings\n`)
  if (flags.strict && preventsOutput(shown, flags) && !preventsOutput(shown, {})) {
    writeStderr('\ngen-node: --strict: warnings are errors\n')
  }
}

const renderers = { json: renderJson, github: renderGithub, sarif: renderSarif }

/** For diagnostics that are the result of the call. */
export const toStdout: (text: string) => void = writeStdout

/** For diagnostics in addition to a result on stdout. */
export const toStderr: (text: string) => void = writeStderr

/** Reads --color, then NO_COLOR (no-color.org) and FORCE_COLOR (force-color.org), then the terminal. */
function wantsColour({ color }: ReportFlags): boolean {
  if (color === 'always' || color === 'never') return color === 'always'
  if ((environmentVariable('NO_COLOR') ?? '') !== '') return false
  const force = environmentVariable('FORCE_COLOR')
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  return isTerminal('stderr') && environmentVariable('TERM') !== 'dumb'
}

/** Reports a call with invalid arguments; returns exit code 2. */
export function reportUsageError(sentence: string, hint = 'see `gen-node --help`'): 2 {
  writeStderr(`gen-node: ${printable(sentence)}\n  = help: ${printable(hint)}\n`)
  return 2
}

/** Reports a call that failed; returns exit code 1. */
export function reportFailure(sentence: string, hint?: string): 1 {
  writeStderr(
    `gen-node: ${printable(sentence)}\n${hint === undefined ? '' : `  = help: ${hint}\n`}`,
  )
  return 1
}
