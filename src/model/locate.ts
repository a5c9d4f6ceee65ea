/** Adds texts and positions to diagnostics. */
import type { Yaml } from '../codec/yaml.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Located } from '../report/located.ts'
import type { Path } from '../report/place.ts'
import type { Rule, RuleTable } from '../report/rule.ts'
import { overrideAt } from './overrides.ts'
import { type Source, yamlOf } from './source.ts'

/** The diagnostics with their texts and positions, in the order of the spec's text. */
export function locate(
  source: Source,
  diagnostics: readonly Diagnostic[],
  rules: RuleTable,
): readonly Located[] {
  const yaml = yamlOf(source)
  return diagnostics
    .map(diagnostic => locateDiagnostic(source, yaml, diagnostic, rules))
    .sort((a, b) => (a.range?.start ?? -1) - (b.range?.start ?? -1))
}

function locateDiagnostic(
  source: Source,
  yaml: Yaml,
  diagnostic: Diagnostic,
  rules: RuleTable,
): Located {
  const { path, at, args } = diagnostic
  const rule = rules[diagnostic.rule] as Rule<unknown>
  const flag = diagnostic.range === null ? overrideAt(source, path) : null
  const range = diagnostic.range ?? (source.text === null || flag ? null : yaml.locate(path, at))
  return {
    rule: diagnostic.rule,
    severity: diagnostic.severity,
    message: rule.message(args),
    help: rule.help(args),
    path: dotted(path),
    file: flag?.flag ?? source.name,
    text: flag ? null : source.text,
    range,
    also: diagnostic.also.flatMap(related =>
      source.text === null || overrideAt(source, related.path)
        ? []
        : [{ range: yaml.locate(related.path, 'value'), note: related.note }],
    ),
  }
}

function dotted(path: Path): string {
  return path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
