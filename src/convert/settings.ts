/**
 * The registry settings of containerd's deprecated pattern (`registry.mirrors` and `registry.configs` of a
 * config.toml), and of a registries.yaml, which has the same fields.
 */
import { isMapping, type Plain, type PlainMapping, valueAt } from '../codec/plain.ts'
import { parseToml } from '../codec/toml-document.ts'
import { parseYaml } from '../codec/yaml.ts'
import { type Diagnostic, failure, type Outcome, success } from '../report/diagnostic.ts'
import { report } from './rules.ts'

/** The settings of a file. */
export interface Settings {
  readonly form: 'config.toml' | 'registries.yaml'
  readonly mirrors: PlainMapping
  readonly configs: PlainMapping
  /** Keys beside them that no other form has, such as `auths`. */
  readonly otherKeys: readonly string[]
  /** The line of a key below the settings, counted from 1; null where it is not in the text. */
  readonly lineOf: (...keys: readonly string[]) => number | null
}

const tables = [
  ['plugins', 'io.containerd.grpc.v1.cri', 'registry'],
  ['plugins', 'io.containerd.cri.v1.images', 'registry'],
  ['plugins', 'cri', 'registry'],
] as const

/** Reads the settings of a config.toml (TOML) or of a registries.yaml (YAML). */
export function readSettings(text: string): Outcome<Settings> {
  const toml = parseToml(text)
  if (toml.ok) {
    const found = tables.flatMap(table => {
      const value = valueAt(toml.value, table)
      return isMapping(value) ? [{ table, value }] : []
    })
    const [first, second] = found
    if (first === undefined) return failure([report('convert/nothing-found', [], {})])
    const lineOf = (...keys: readonly string[]) => toml.lineOf([...first.table, ...keys])
    const settings = settingsOf('config.toml', first.value, lineOf)
    const both = second === undefined ? bothPatterns(first.value, lineOf) : []
    return both.length > 0 ? failure(both) : withContent(settings)
  }
  const yaml = parseYaml(text)
  const [error] = yaml.errors
  if (!isMapping(yaml.value) || error !== undefined) {
    const { line, column } = error?.range ?? toml
    const reason = error?.message ?? toml.reason
    return failure([report('convert/syntax', [], { reason, line, column })])
  }
  const lineOf = (...keys: readonly string[]) => yaml.locate(keys, 'key').line
  return withContent(settingsOf('registries.yaml', yaml.value, lineOf))
}

function settingsOf(
  form: Settings['form'],
  registry: PlainMapping,
  lineOf: Settings['lineOf'],
): Settings {
  const known = ['mirrors', 'configs', 'config_path']
  return {
    form,
    mirrors: mappingAt(registry, 'mirrors'),
    configs: mappingAt(registry, 'configs'),
    otherKeys: Object.keys(registry).filter(
      key => !known.includes(key) && !isEmpty(registry[key] ?? null),
    ),
    lineOf,
  }
}

function withContent(settings: Settings): Outcome<Settings> {
  const isUseful = Object.keys(settings.mirrors).length + Object.keys(settings.configs).length > 0
  return isUseful ? success(settings) : failure([report('convert/nothing-found', [], {})])
}

/** containerd's CRI plugin does not load a configuration with both patterns. */
function bothPatterns(registry: PlainMapping, lineOf: Settings['lineOf']): readonly Diagnostic[] {
  if (isEmpty(registry.config_path ?? null) || isEmpty(registry.mirrors ?? null)) return []
  const args = { mirrors: lineOf('mirrors'), configPath: lineOf('config_path') }
  return [report('convert/both-patterns', [], args)]
}

/** The mapping at a key; empty where there is none. */
export function mappingAt(mapping: PlainMapping, key: string): PlainMapping {
  const value = Object.hasOwn(mapping, key) ? mapping[key] : undefined
  return isMapping(value) ? value : {}
}

/** Whether a value sets nothing. */
export function isEmpty(value: Plain): boolean {
  if (value === null || value === '' || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
