/** What Ignition reports about a config, as data, and the diagnostics of it. */
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { At, Path } from '../../../report/place.ts'
import type { RefusalCause } from '../../refusal-texts.ts'
import { report, reportKey } from '../../rules.ts'

/** One finding; an error is a reason to refuse the config. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly path: Path
  readonly at: At
  readonly cause: RefusalCause
  /** The value that the text of the cause quotes; empty where it quotes none. */
  readonly detail: string
}

/** A reason to refuse the config. */
export function refusal(path: Path, cause: RefusalCause, detail = ''): Finding {
  return { severity: 'error', path, at: 'value', cause, detail }
}

/** A warning of Ignition about a value. */
export function warning(path: Path, cause: RefusalCause, detail = ''): Finding {
  return { severity: 'warning', path, at: 'value', cause, detail }
}

/** A warning of Ignition about a key. */
export function keyWarning(path: Path, cause: RefusalCause, detail = ''): Finding {
  return { severity: 'warning', path, at: 'key', cause, detail }
}

/** The diagnostic of a finding; `outer` is the path of its config in an outer config. */
export function diagnosticOf(finding: Finding, outer: Path): Diagnostic {
  const { severity, at, cause, detail } = finding
  const path = [...outer, ...finding.path]
  const rule = severity === 'error' ? 'inspect/ignition-refuses' : 'inspect/ignition-warns'
  const reportAt = at === 'key' ? reportKey : report
  return reportAt(rule, path, { where: fieldName(path), cause, detail })
}

/** The diagnostic of a step at which Ignition fails while it applies the config. */
export function failsAt(path: Path, cause: RefusalCause, detail = ''): Diagnostic {
  return report('inspect/ignition-fails', path, { where: fieldName(path), cause, detail })
}

/** A path as text, such as storage.files[0].mode. */
export function fieldName(path: Path): string {
  if (path.length === 0) return 'the config'
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('')
}
