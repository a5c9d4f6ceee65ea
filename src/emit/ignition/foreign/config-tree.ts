/**
 * Reads a config as Ignition does: parsed, validated by its version, replaced by or merged with the
 * configs that it references, and validated again (github.com/coreos/ignition
 * internal/exec/config_fetcher.go and engine.go).
 */
import { type BrokenGoJson, type GoJson, parseGoJson } from '../../../codec/go-json.ts'
import { rangesOf } from '../../../codec/line-ranges.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import { decodeLossyUtf8 } from '../../../codec/text.ts'
import {
  andThen,
  checked,
  collectOutcomes,
  type Diagnostic,
  failure,
  type Outcome,
  success,
} from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { report } from '../../rules.ts'
import { decodeObject, spanOf } from './decode.ts'
import { configType } from './fields.ts'
import { diagnosticOf, failsAt, fieldName } from './finding.ts'
import { objectAt, objectsAt, textAt } from './json-values.ts'
import { mergeConfigs } from './merge.ts'
import { bytesOf, isRemote } from './resource.ts'
import { experimentalMinor, inNewestVersion, specificationOf } from './specification.ts'
import { validate } from './validity.ts'

const maxDepth = 100

/** A config, and the function that adds the position in its text to a diagnostic. */
export interface ReadConfig {
  readonly config: PlainMapping
  readonly locate: (diagnostic: Diagnostic) => Diagnostic
}

/** The config of these bytes with all configs that it references. */
export function readConfig(bytes: Uint8Array): Outcome<ReadConfig> {
  const text = decodeLossyUtf8(bytes)
  const json = parseGoJson(text)
  if (!json.ok) return failure([brokenJson(text, json, [])])
  const range = rangesOf(text)
  const locate = (diagnostic: Diagnostic): Diagnostic => {
    const { start, end } = spanOf(json.value, diagnostic.path, diagnostic.at)
    return { ...diagnostic, range: diagnostic.range ?? range(start, end) }
  }
  const parsed = parseConfig(json.value, [])
  const complete = andThen(parsed, config => withReferences(config, [], maxDepth))
  const diagnostics = complete.diagnostics.map(locate)
  if (!complete.ok) return failure(diagnostics)
  // Paths of a merged config are not those of the text.
  const isMerged = parsed.ok && referencesOf(parsed.value, []).length > 0
  const locateFinal = isMerged ? (diagnostic: Diagnostic) => diagnostic : locate
  const problems = validate(complete.value, experimentalMinor)
    .filter(({ severity }) => severity === 'error')
    .map(finding => locateFinal(diagnosticOf(finding, [])))
  return checked({ config: complete.value, locate: locateFinal }, [...diagnostics, ...problems])
}

/** The fields of one config in the newest version, with the findings of its own version. */
function parseConfig(json: GoJson, path: Path): Outcome<PlainMapping> {
  const specification = specificationOf(json)
  if (specification.kind === 'version-two') {
    const { version } = specification
    return failure([report('inspect/version-two', [...path, 'ignition', 'version'], { version })])
  }
  if (specification.kind === 'refused') {
    return failure(specification.findings.map(finding => diagnosticOf(finding, path)))
  }
  const { minor } = specification
  const decoded = decodeObject(json, configType, minor)
  const findings = [
    ...specification.findings,
    ...decoded.findings,
    ...validate(decoded.value, minor),
  ]
  return checked(
    inNewestVersion(decoded.value, minor),
    findings.map(finding => diagnosticOf(finding, path)),
  )
}

/** A referenced config: the resource, and its path in the outer config. */
interface Reference {
  readonly value: PlainMapping
  readonly kind: 'replace' | 'merge'
  readonly path: Path
}

/** The config that replaces a config, otherwise those that are merged into it, in order. */
function referencesOf(config: PlainMapping, path: Path): readonly Reference[] {
  const settings = objectAt(objectAt(config, 'ignition'), 'config')
  const settingsPath = [...path, 'ignition', 'config']
  const replace = objectAt(settings, 'replace')
  if (textAt(replace, 'source') !== null) {
    return [{ value: replace, kind: 'replace', path: [...settingsPath, 'replace'] }]
  }
  return objectsAt(settings, 'merge').map((value, index) => ({
    value,
    kind: 'merge',
    path: [...settingsPath, 'merge', index],
  }))
}

function withReferences(config: PlainMapping, path: Path, depth: number): Outcome<PlainMapping> {
  const references = referencesOf(config, path)
  const configs = collectOutcomes(references.map(reference => referenced(reference, depth)))
  return andThen(configs, children => {
    const replacing = references[0]?.kind === 'replace' ? children[0] : undefined
    return success(replacing ?? children.reduce(mergeConfigs, config))
  })
}

/** The config that a resource contains; an empty one where Ignition would fetch it. */
function referenced({ value, kind, path }: Reference, depth: number): Outcome<PlainMapping> {
  if ((textAt(value, 'source') ?? '') === '') return failure([failsAt(path, 'source-empty')])
  if (depth === 0) return failure([failsAt(path, 'merge-depth')])
  // internal/util/verification.go: AssertValid compares texts, unlike the check of files.
  if (/-.*[A-F]/.test(textAt(objectAt(value, 'verification'), 'hash') ?? '')) {
    return failure([failsAt([...path, 'verification', 'hash'], 'hash-digits')])
  }
  const name = kind === 'replace' ? 'the replacing config' : 'a merged config'
  return andThen(bytesOf({ value, name, path }), bytes => {
    if (isRemote(value)) return success({})
    const text = decodeLossyUtf8(bytes)
    const json = parseGoJson(text)
    if (!json.ok) return failure([brokenJson(text, json, path)])
    const parsed = parseConfig(json.value, path)
    return andThen(parsed, config => withReferences(config, path, depth - 1))
  })
}

function brokenJson(text: string, { offset, expected }: BrokenGoJson, path: Path): Diagnostic {
  const range = rangesOf(text)(offset, offset + 1)
  const { line, column } = range
  const found = [...text.slice(offset, offset + 2)][0] ?? ''
  const args = { where: fieldName(path), line, column, expected, found }
  const diagnostic = report('inspect/broken-json', path, args)
  return path.length === 0 ? { ...diagnostic, range } : diagnostic
}
