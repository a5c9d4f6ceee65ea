/**
 * A text enters, a Spec or all of its mistakes leave. This room knows the written form and its
 * words; it knows nothing of what a distro or a format makes of them.
 */

import { decodeUtf8 } from '../codec/text.ts'
import type { Yaml } from '../codec/yaml.ts'
import { type Diagnostic, failure, type Outcome, success } from '../report/diagnostic.ts'
import { checkSpec } from './check.ts'
import { applyOverrides, mend, overrideAt } from './overrides.ts'
import { report } from './rules.ts'
import { mistakesOf } from './schema-errors.ts'
import { type Source, yamlOf } from './source.ts'
import type { Spec } from './spec.ts'
import { toSpec } from './v1.ts'
import type { SpecV1 } from './written.ts'

/** A spec of a thousand nodes has 100 KB; what is larger is another file. */
const maxBytes = 4 << 20

/** The text of a spec's bytes, or why they are none. */
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

/** What else a spec must fulfil: the rules of its distribution. */
export type SpecCheck = (spec: Spec) => readonly Diagnostic[]

/** Reads a spec from its text and flags; never throws, whatever the text. */
export function loadSpec(source: Source, check: SpecCheck): Outcome<Spec> {
  const yaml = yamlOf(source)
  const wrong = source.text === null ? [] : notationMistakes(source.text, yaml)
  if (wrong.length > 0) return failure(wrong)
  const value = applyOverrides(
    source.text === null ? { apiVersion: 'gen-node/v1' } : yaml.value,
    source.overrides,
  )
  const mistakes = mistakesOf(value, path => (overrideAt(source, path) ? null : yaml.written(path)))
  // Each is taken out of a copy of its own: of a file of another kind all are wrong.
  if (mistakes.length > maxMended) return failure(mistakes)
  const rest = mistakes.reduce<unknown>((left, one) => mend(left, one.path), value)
  // Some mistakes leave nothing to look at further: a missing key, a list where a mapping belongs.
  if (mistakes.length > 0 && mistakesOf(rest, () => null).length > 0) return failure(mistakes)
  const spec = toSpec(rest as SpecV1)
  const found = [...checkSpec(rest as SpecV1, spec), ...check(spec)]
  if (mistakes.length > 0)
    return failure([...mistakes, ...found.filter(one => !isConsequence(one, mistakes))])
  const stops = found.some(one => one.severity === 'error')
  return stops ? failure(found) : success(spec, found)
}

const maxMended = 100

/** Whether a finding is about something that is only missing because its mistake was taken out. */
function isConsequence(one: Diagnostic, mistakes: readonly Diagnostic[]): boolean {
  if (aboutTwo.has(one.rule)) return true
  return (
    aboutMissing.has(one.rule) &&
    mistakes.some(({ path }) => one.path.every((step, at) => path[at] === step))
  )
}

const aboutTwo: ReadonlySet<string> = new Set(['registry/address-unused', 'spec/no-bootstrap'])
const aboutMissing: ReadonlySet<string> = new Set([
  'network/isolated-without-address',
  'spec/missing-key',
  'spec/one-of',
])

function notationMistakes(text: string, yaml: Yaml): readonly Diagnostic[] {
  if (text.startsWith('\uFEFF')) return [report('spec/byte-order-mark', [], {})]
  const mistakes = yaml.mistakes.map(one => ({
    ...(one.code === 'syntax'
      ? report('yaml/syntax', [], { message: one.message })
      : report(`yaml/${one.code}` as const, [], {})),
    range: one.range,
  }))
  if (mistakes.length > 0) return mistakes
  return yaml.value === null || yaml.value === undefined ? [report('spec/empty', [], {})] : []
}
