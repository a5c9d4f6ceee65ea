/** The texts and positions of diagnostics. */
import type { Yaml } from '../codec/yaml.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Located } from '../report/located.ts'
import type { Path } from '../report/place.ts'
import type { Rule, RuleTable } from '../report/rule.ts'
import { overrideAt } from './overrides.ts'
import { type Source, yamlOf } from './source.ts'

/** Gives diagnostics their sentences and places, in the order of the text. */
export function locate(
  source: Source,
  diagnostics: readonly Diagnostic[],
  rules: RuleTable,
): readonly Located[] {
  const yaml = yamlOf(source)
  return diagnostics
    .map(one => locateOne(source, yaml, one, rules))
    .sort((a, b) => (a.range?.start ?? -1) - (b.range?.start ?? -1))
}

function locateOne(source: Source, yaml: Yaml, one: Diagnostic, rules: RuleTable): Located {
  const entry = rules[one.rule] as Rule<unknown>
  const flag = one.range === null ? overrideAt(source, one.path) : null
  const range = one.range ?? (source.text === null || flag ? null : yaml.locate(one.path, one.at))
  return {
    rule: one.rule,
    severity: one.severity,
    message: entry.message(one.args),
    help: entry.help(one.args),
    path: dotted(one.path),
    file: flag?.flag ?? source.name,
    text: flag ? null : source.text,
    range,
    also: one.also.flatMap(({ path, note }) =>
      source.text === null || overrideAt(source, path)
        ? []
        : [{ range: yaml.locate(path, 'value'), note }],
    ),
  }
}

function dotted(path: Path): string {
  return path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
