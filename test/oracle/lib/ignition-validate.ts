/** The findings of ignition-validate and of `inspect` in one form: `severity path line`, sorted and distinct. */
import { inspect } from '../../../src/emit/emitters.ts'
import { runs } from '../../lib/judge.ts'

/** What the real validator reports about a config; the warnings only where there are no errors. */
export function validated(program: string, config: string): readonly string[] {
  const { stdout, stderr } = runs([program, '-'], config)
  const pattern = /^(error|warning) at \$\.([^,: ]*), line ([0-9]+) /gm
  const found = [...`${stdout}${stderr}`.matchAll(pattern)]
  return worst(found.map(([, severity, path, line]) => `${severity} ${path} ${line}`))
}

/** Whether the real validator accepts a config. */
export function isValid(program: string, config: string): boolean {
  return runs([program, '-'], config).code === 0
}

/** What `inspect` reports about a config by itself; the warnings only where there are no errors. */
export function findingsOf(config: string): readonly string[] {
  const { diagnostics } = inspect(new Uint8Array(Buffer.from(config)))
  const rules = ['inspect/ignition-refuses', 'inspect/ignition-warns']
  const found = diagnostics.filter(({ rule }) => rules.includes(rule))
  return worst(
    found.map(({ severity, path, range }) => `${severity} ${path.join('.')} ${range?.line}`),
  )
}

function worst(findings: readonly string[]): readonly string[] {
  const errors = findings.filter(finding => finding.startsWith('error'))
  return [...new Set(errors.length > 0 ? errors : findings)].sort()
}
