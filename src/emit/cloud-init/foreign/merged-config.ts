/** Merges the parts of user-data into one config, as cloud-init does. */

import { strip } from '../../../codec/python-text.ts'
import {
  isList,
  isMapping,
  keyText,
  parseYaml11,
  type Yaml11,
  type Yaml11Map,
} from '../../../codec/pyyaml.ts'
import { type Diagnostic, type Outcome, success } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import type { Unmodelled } from '../../emitter.ts'
import { type Cause, report } from '../../rules.ts'
import { renderTemplate } from './jinja-template.ts'
import { patchedKeys } from './json-patch.ts'
import { mergeConfig } from './merge.ts'
import { declaredType, type Part, sizeOf, unreadable } from './part.ts'
import { isUnknown, patchedText, printValue, withSources } from './unknown.ts'

/** A config, and the parts whose effect is not in it. */
export interface Config {
  readonly config: Yaml11Map
  readonly unmodelled: readonly Unmodelled[]
  /** Parts that a warning names as unknown. */
  readonly unknown: readonly Unmodelled[]
}

/** The config that the parts are merged into. */
export function configOf(parts: readonly Part[]): Outcome<Config> {
  const diagnostics: Diagnostic[] = []
  let merged: Config = { config: new Map(), unmodelled: [], unknown: [] }
  for (const part of parts) {
    const outcome = withPart(merged, part)
    diagnostics.push(...outcome.diagnostics)
    if (!outcome.ok) return { ok: false, diagnostics }
    merged = outcome.value
  }
  return success(merged, diagnostics)
}

function withPart(before: Config, part: Part): Outcome<Config> {
  const launchIndex = /^\s*[-+]?\d+\s*$/.exec(headerOf(part, 'launch-index'))
  if (launchIndex !== null) return unknownPart(before, part, 'launch-index', strip(launchIndex[0]))
  if (part.type === 'text/cloud-config') return withYaml(before, part)
  if (part.type === 'text/cloud-config-jsonp') return withPatch(before, part)
  if (part.type === 'text/jinja2') return withTemplate(before, part)
  const text = withSources(part.text)
  const size = `${sizeOf(text)} bytes`
  const name = unmodelledTypes.get(part.type)
  if (name !== undefined) {
    const unmodelled = { path: [], what: `${name} of ${size}`, text }
    return success({ ...before, unmodelled: [...before.unmodelled, unmodelled] })
  }
  if (strip(part.text) === '') return success(before)
  return ignored(before, `${part.name} (${part.type}, ${size})`, 'unknown-type')
}

function headerOf({ headers }: Part, name: string): string {
  return [...headers].find(([key]) => key.toLowerCase() === name)?.[1] ?? ''
}

const unmodelledTypes: ReadonlyMap<string, string> = new Map([
  ['text/x-shellscript', 'a script'],
  ['text/x-shellscript-per-boot', 'a script for every boot'],
  ['text/x-shellscript-per-instance', 'a script'],
  ['text/x-shellscript-per-once', 'a script'],
  ['text/cloud-boothook', 'a boothook'],
  ['text/part-handler', 'a part handler'],
  ['text/x-include-url', 'a list of included URLs'],
  ['text/x-include-once-url', 'a list of included URLs'],
])

function ignored(before: Config, what: string, cause: Cause, detail = ''): Outcome<Config> {
  return success(before, [report('inspect/ignored', [], { what, cause, detail })])
}

function unknownPart(before: Config, part: Part, cause: Cause, detail = ''): Outcome<Config> {
  const what = `the effect of ${part.name}`
  const unknown = [...before.unknown, { path: [], what, text: part.text }]
  return success({ ...before, unknown }, [report('inspect/unknown', [], { what, cause, detail })])
}

function withYaml(before: Config, part: Part): Outcome<Config> {
  const read = parseYaml11(part.text)
  if (!read.ok) {
    return read.isRefused
      ? ignored(before, part.name, 'bad-yaml', read.reason)
      : unreadable(part.name, 'too-deep')
  }
  if (!isMapping(read.value)) {
    return ignored(before, part.name, read.value === null ? 'empty' : 'not-a-mapping')
  }
  const launchIndex = read.value.get('launch-index')
  if (typeof launchIndex === 'number') {
    return unknownPart(before, part, 'launch-index', String(launchIndex))
  }
  const hasUnknownKey = [...read.value.keys()].some(key => isUnknown(key))
  if (hasUnknownKey || isUnknown(read.value.get('merge_how') ?? read.value.get('merge_type'))) {
    return unknownPart(before, part, 'known-on-the-node')
  }
  const config = mergeConfig(before.config, read.value, part.headers)
  if (typeof config === 'string') return ignored(before, part.name, config)
  const notes = [
    ...(pythonUnicode.test(part.text)
      ? [versionDependent(`${part.name} with its tag python/unicode`, 'read', 'ignored', '24.2')]
      : []),
    ...read.repeatedKeys.map(path =>
      report('inspect/repeated-key', path, { key: printPath(path) }),
    ),
    ...lostEntries(before.config, read.value, config),
  ]
  return success({ ...before, config }, notes)
}

const pythonUnicode = /(?:^|[\s,[{])!(?:!|<tag:yaml\.org,2002:)python\/unicode\b/

/** `write_files[0].path`. */
function printPath(path: Path): string {
  const steps = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
  return steps.join('').replace(/^\./, '')
}

/** Notes about lists and mappings of one part that are not in the merged config. */
function lostEntries(
  earlier: Yaml11Map,
  later: Yaml11Map,
  merged: Yaml11Map,
): readonly Diagnostic[] {
  const keys = [...later.keys()].filter(key => earlier.has(key))
  return keys.flatMap(key => {
    const kept = new Set(entriesOf(merged.get(key)))
    const name = keyText(key)
    return (['earlier', 'later'] as const).flatMap(lost => {
      const entries = entriesOf((lost === 'earlier' ? earlier : later).get(key))
      const count = entries.filter(entry => !kept.has(entry)).length
      return count === 0
        ? []
        : [report('inspect/lost-in-merge', [name], { key: name, count, lost })]
    })
  })
}

/** The items of a list, or the keys of a mapping, as texts. */
function entriesOf(value: Yaml11 | undefined): readonly string[] {
  const entries = isList(value) ? value : isMapping(value) ? [...value.keys()] : []
  return entries.map(entry => printValue(entry))
}

function withPatch(before: Config, part: Part): Outcome<Config> {
  const keys = patchedKeys(part.text)
  if (keys === null) return ignored(before, part.name, 'bad-patch')
  const marks = keys.map(key => [key, patchedText(part.text)] as const)
  return success({ ...before, config: new Map([...before.config, ...marks]) })
}

/** cloud-init renders a template before it reads the type of the result. */
function withTemplate(before: Config, part: Part): Outcome<Config> {
  const [, language = '', content = ''] =
    /^##\s*template:([^\n]*)(?:\n(.*))?$/is.exec(part.text) ?? []
  if (strip(language).toLowerCase() !== 'jinja') return ignored(before, part.name, 'not-a-template')
  const rendered = renderTemplate(content)
  if (rendered.kind === 'refused') return ignored(before, part.name, 'bad-template')
  if (rendered.kind === 'unknown') return unknownPart(before, part, 'known-on-the-node')
  const { text, values } = rendered
  if (text === '') return success(before)
  const warnings =
    values.length === 0
      ? []
      : [report('inspect/template', [], { what: part.name, values: [...new Set(values)] })]
  const type = declaredType(text)
  if (type === null && isUnknown(text.slice(0, 40))) {
    return unknownPart(before, part, 'known-on-the-node')
  }
  const expressions = values.map(value => ({ path: [], what: 'a Jinja template', text: value }))
  const known = { ...before, unknown: [...before.unknown, ...expressions] }
  const result = withRendered(known, { ...part, text, type: type ?? '' })
  return { ...result, diagnostics: [...warnings, ...result.diagnostics] }
}

function withRendered(before: Config, part: Part): Outcome<Config> {
  if (part.type === 'text/cloud-config' || part.type === 'text/x-shellscript') {
    return withPart(before, part)
  }
  if (part.type !== 'text/cloud-boothook') return ignored(before, part.name, 'template-type')
  const result = withPart(before, part)
  const note = versionDependent('a boothook in a template', 'ignored', 'run', '24.4')
  return { ...result, diagnostics: [note, ...result.diagnostics] }
}

function versionDependent(what: string, before: string, after: string, since: string): Diagnostic {
  return report('inspect/version-dependent', [], { what, before, after, since })
}
