/** The errors of the JSON Schema validator as diagnostics of this room's rules. */
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report, reportKey } from './rules.ts'
import { schemaAt } from './schema.ts'
import { nearest } from './suggest.ts'
import validate, { type SchemaError } from './v1.schema.json?validator'

/** The source text of the scalar at a path; null where the text has no scalar there, or a flag replaces it. */
export type SourceAt = (path: Path) => string | null

/** All errors that the schema finds in a value. */
export function schemaErrors(value: unknown, sourceAt: SourceAt): readonly Diagnostic[] {
  if (validate(value)) return []
  const diagnostics = (validate.errors ?? []).flatMap(error => {
    const path = pathOf(error.instancePath, value)
    const invalid = valueAt(value, path)
    // A message never contains a secret: messages are kept in logs.
    const isSecret = schemaAt(path)?.writeOnly === true && invalid !== null
    return isSecret && isOfKeys(error)
      ? secretKeyErrors(error, path, invalid)
      : toDiagnostics(error, path, isSecret ? hidden : invalid, isSecret ? null : sourceAt(path))
  })
  return diagnostics.filter(diagnostic => !isMisspelt(diagnostic, diagnostics))
}

/** Whether the missing key is present with a misspelt name, which another diagnostic reports. */
function isMisspelt(missing: Diagnostic, diagnostics: readonly Diagnostic[]): boolean {
  if (missing.rule !== 'spec/missing-key') return false
  return diagnostics.some(
    ({ rule, args, path }) =>
      rule === 'spec/unknown-key' &&
      args.nearest === missing.args.key &&
      path.length === missing.path.length + 1 &&
      missing.path.every((step, index) => path[index] === step),
  )
}

/** The errors in the keys of a secret: exactly one source is allowed, and the keys sops and key belong together. */
function secretKeyErrors(error: SchemaError, path: Path, value: unknown): Diagnostic[] {
  if (error.keyword === 'additionalProperties') return toDiagnostics(error, path, hidden, null)
  const present = keysAt(path).filter(
    key => typeof value === 'object' && value !== null && key in value,
  )
  const isPartOfSops = present.length === 1 && (present[0] === 'sops' || present[0] === 'key')
  if (error.keyword === 'dependentRequired' && isPartOfSops) {
    const key = String(error.params.missingProperty)
    return [report('spec/missing-key', path, { key, example: exampleAt([...path, key]) })]
  }
  // maxProperties counts unknown keys too, which another error reports.
  if (error.keyword !== 'minProperties' && present.length < 2) return []
  const sources = present.filter(key => key !== 'key' || !present.includes('sops'))
  return [report('spec/one-of', path, { keys: 'file, env, sops', present: sources.join(' and ') })]
}

function isOfKeys({ keyword }: SchemaError): boolean {
  return keyword.endsWith('Properties') || keyword === 'dependentRequired' || keyword === 'not'
}

/** Replaces a value that must not be shown. */
const hidden = Symbol('secret')

function toDiagnostics(
  error: SchemaError,
  path: Path,
  value: unknown,
  source: string | null,
): Diagnostic[] {
  const params = error.params
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty)
      return [
        reportKey('spec/unknown-key', [...path, key], {
          key,
          nearest: nearest(key, keysAt(path)),
        }),
      ]
    }
    case 'required':
      return [
        report('spec/missing-key', path, {
          key: String(params.missingProperty),
          example: exampleAt([...path, String(params.missingProperty)]),
        }),
      ]
    case 'enum':
      return [unknownValue(path, value, params)]
    case 'type':
      return [wrongType(error, path, value, source)]
    case 'propertyNames': {
      const key = String(params.propertyName)
      const expected = schemaAt(path)?.propertyNames?.title ?? 'a valid name'
      return [reportKey('spec/malformed-key', [...path, key], { key, expected })]
    }
    // `if` repeats an error that its branch reports.
    case 'if':
      return []
    default:
      return error.schemaPath.includes('/propertyNames/')
        ? []
        : [report('spec/malformed', path, { found: describe(value), expected: titleAt(path) })]
  }
}

function unknownValue(path: Path, value: unknown, params: SchemaError['params']): Diagnostic {
  const allowed = (params.allowedValues as readonly string[] | undefined) ?? []
  if (value === null) {
    return report('spec/no-value', path, { expected: `one of ${allowed.join(', ')}` })
  }
  return report('spec/unknown-value', path, {
    found: describe(value),
    allowed: allowed.join(', '),
    nearest: typeof value === 'string' ? nearest(value, allowed) : null,
  })
}

function wrongType(
  error: SchemaError,
  path: Path,
  value: unknown,
  source: string | null,
): Diagnostic {
  const expectedTypes = ([] as unknown[]).concat(error.params.type)
  if (value === hidden)
    return report('spec/malformed', path, { found: describe(value), expected: titleAt(path) })
  if (
    (typeof value === 'number' || typeof value === 'boolean') &&
    expectedTypes.includes('string')
  ) {
    const text = source ?? String(value)
    const instead = quoted(text, schemaAt(path)?.title ?? '')
    return report('spec/unquoted', path, { written: text, kind: typeof value, instead })
  }
  if (
    expectedTypes.includes('boolean') &&
    typeof value === 'string' &&
    /^(yes|no|on|off|y|n)$/i.test(value)
  ) {
    return report('spec/yes-no', path, {
      written: value,
      meant: /^(yes|on|y)$/i.test(value) ? 'true' : 'false',
    })
  }
  if (value === null) return report('spec/no-value', path, { expected: titleAt(path) })
  return report('spec/malformed', path, { found: describe(value), expected: titleAt(path) })
}

/** The quoted form of a number or boolean; for a mode, only if it is octal. */
function quoted(text: string, title: string): string {
  if (!title.includes('octal')) return `"${text}"`
  const octal = /^0o?([0-7]{3,4})$/.exec(text)?.[1]
  return octal === undefined ? title.replace(/^an? /, 'the ') : `"0${octal.replace(/^0/, '')}"`
}

/** A value for a message; long texts, collections and secrets are named by their type only. */
function describe(value: unknown): string {
  if (value === hidden) return 'this secret'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping'
  }
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? 'this text' : text
}

function titleAt(path: Path): string {
  return schemaAt(path)?.title ?? 'a valid value'
}

function keysAt(path: Path): readonly string[] {
  return Object.keys(schemaAt(path)?.properties ?? {})
}

/** The missing key with the example of the schema. */
function exampleAt(path: Path): string {
  const key = String(path.at(-1))
  const example = schemaAt(path)?.examples?.[0]
  return typeof example === 'string' ? `${key}: ${example}` : `${key}: …`
}

function pathOf(pointer: string, root: unknown): Path {
  let node = root
  return pointer
    .split('/')
    .slice(1)
    .map(step => {
      const key = Array.isArray(node) ? Number(step) : unescapeStep(step)
      node = valueAt(node, [key])
      return key
    })
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, step)
        ? (node as Record<string | number, unknown>)[step]
        : undefined,
    value,
  )
}

function unescapeStep(step: string): string {
  return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
}
