/**
 * Loads a spec: a text enters, a Spec or its findings leave. The room contains the written form of the
 * spec; distributions and output formats are not known here.
 */
import { decodeUtf8 } from '../codec/text.ts'
import type { Yaml } from '../codec/yaml.ts'
import { checked, type Diagnostic, failure, type Outcome, success } from '../report/diagnostic.ts'
import { checkSpec } from './check.ts'
import { applyOverrides, overrideAt, removeInvalid } from './overrides.ts'
import { report } from './rules.ts'
import { type SourceAt, schemaErrors } from './schema-errors.ts'
import { type Source, yamlOf } from './source.ts'
import type { Spec } from './spec.ts'
import { toSpec } from './v1.ts'
import type { SpecV1 } from './written.ts'

/** A spec of a thousand nodes has about 100 KB: a larger file is not a spec. */
const maxBytes = 4 << 20

/** Decodes the bytes of a spec. */
export function decodeSpec(bytes: Uint8Array): Outcome<string> {
  if (bytes.length > maxBytes)
    return failure([report('spec/too-large', [], { bytes: bytes.length, maxBytes })])
  const [a, b, c] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    return failure([report('spec/utf-16', [], {})])
  }
  if (a === 0xef && b === 0xbb && c === 0xbf)
    return failure([report('spec/byte-order-mark', [], {})])
  const text = bytes.includes(0) ? null : decodeUtf8(bytes)
  return text === null ? failure([report('spec/not-text', [], {})]) : success(text)
}

/** Additional checks of a spec: those of its distribution. */
export type SpecCheck = (spec: Spec, sourceAt: SourceAt) => readonly Diagnostic[]

/** Reads a spec from its text and flags; never throws, for any text. */
export function loadSpec(source: Source, check: SpecCheck): Outcome<Spec> {
  const yaml = yamlOf(source)
  const syntaxErrors = source.text === null ? [] : yamlErrors(source.text, yaml)
  if (syntaxErrors.length > 0) return failure(syntaxErrors)
  const value = applyOverrides(
    source.text === null ? { apiVersion: 'gen-node/v1' } : yaml.value,
    source.overrides,
  )
  const sourceAt: SourceAt = path => (overrideAt(source, path) ? null : yaml.sourceAt(path))
  const errors = schemaErrors(value, sourceAt)
  // Every removal copies the value; a file with more errors is hardly a spec.
  if (errors.length > maxRemovals) return failure(errors)
  const withoutInvalid = errors.reduce<unknown>(
    (remaining, { path }) => removeInvalid(remaining, path),
    value,
  )
  // Some errors cannot be removed: a missing key, or a list instead of a mapping.
  if (errors.length > 0 && schemaErrors(withoutInvalid, () => null).length > 0) {
    return failure(errors)
  }
  const spec = toSpec(withoutInvalid as SpecV1)
  const findings = [...checkSpec(withoutInvalid as SpecV1, spec), ...check(spec, sourceAt)]
  if (errors.length === 0) return checked(spec, findings)
  return failure([...errors, ...findings.filter(finding => !isConsequence(finding, errors))])
}

const maxRemovals = 100

/** Whether a finding exists only because an invalid value was removed. */
function isConsequence({ rule, path }: Diagnostic, errors: readonly Diagnostic[]): boolean {
  if (crossFieldRules.has(rule)) return true
  const isAtOrBelow = (error: Diagnostic) => path.every((step, index) => error.path[index] === step)
  return missingFieldRules.has(rule) && errors.some(isAtOrBelow)
}

/** Rules about two fields: either field may have been removed. */
const crossFieldRules: ReadonlySet<string> = new Set([
  'registry/address-unused',
  'spec/no-bootstrap',
])
/** Rules about a field that is missing at the path of the finding. */
const missingFieldRules: ReadonlySet<string> = new Set([
  'mirror/without-effect',
  'network/isolated-without-address',
  'spec/missing-key',
  'spec/one-of',
])

function yamlErrors(text: string, yaml: Yaml): readonly Diagnostic[] {
  if (text.startsWith('\uFEFF')) return [report('spec/byte-order-mark', [], {})]
  const errors = yaml.errors.map(({ code, message, range }) => ({
    ...(code === 'syntax'
      ? report('yaml/syntax', [], { message })
      : report(`yaml/${code}` as const, [], {})),
    range,
  }))
  if (errors.length > 0) return errors
  return yaml.value === null || yaml.value === undefined ? [report('spec/empty', [], {})] : []
}
