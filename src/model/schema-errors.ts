/** What the schema finds, in the words of the catalogue. */
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report, reportKey } from './rules.ts'
import { schemaAt } from './schema.ts'
import { nearest } from './suggest.ts'
import validate, { type SchemaError } from './v1.schema.json?validator'

/** A scalar as it was written, or null. */
type Written = (path: Path) => string | null

/** All mistakes that the schema finds in a value. */
export function mistakesOf(value: unknown, written: Written): readonly Diagnostic[] {
  if (validate(value)) return []
  const mistakes = (validate.errors ?? []).flatMap(error => {
    const path = pathOf(error.instancePath, value)
    const found = at(value, path)
    // Never a secret's own text: messages end in logs.
    const secret = schemaAt(path)?.writeOnly === true && found !== null
    return secret && error.keyword.endsWith('Properties')
      ? secretMistake(error, path, found)
      : mistakeOf(error, path, secret ? hidden : found, secret ? null : written(path))
  })
  return mistakes.filter(one => !isMisspelt(one, mistakes))
}

/** Whether a missing key stands there in other letters, of which another finding tells. */
function isMisspelt(one: Diagnostic, all: readonly Diagnostic[]): boolean {
  if (one.rule !== 'spec/missing-key') return false
  const { key } = one.args
  return all.some(
    other =>
      other.rule === 'spec/unknown-key' &&
      other.args.nearest === key &&
      other.path.length === one.path.length + 1 &&
      one.path.every((step, at) => other.path[at] === step),
  )
}

/** A secret that is a mapping says where it is, in one way. */
function secretMistake(error: SchemaError, path: Path, found: unknown): Diagnostic[] {
  if (error.keyword === 'additionalProperties') return mistakeOf(error, path, hidden, null)
  const keys = keysAt(path)
  const given = keys.filter(key => typeof found === 'object' && found !== null && key in found)
  if (error.keyword === 'maxProperties' && given.length < 2) return []
  return [report('spec/one-of', path, { keys: keys.join(', '), given: given.join(' and ') })]
}

/** Stands for a value that is not to be shown. */
const hidden = Symbol('secret')

function mistakeOf(
  error: SchemaError,
  path: Path,
  found: unknown,
  written: string | null,
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
      return [unknownValue(path, found, params)]
    case 'type':
      return [wrongType(error, path, found, written)]
    case 'propertyNames': {
      const key = String(params.propertyName)
      const expected = schemaAt(path)?.propertyNames?.title ?? 'what belongs here'
      return [reportKey('spec/malformed-key', [...path, key], { key, expected })]
    }
    // Consequences of the ones above; they would tell the same mistake twice.
    case 'if':
      return []
    default:
      return error.schemaPath.includes('/propertyNames/')
        ? []
        : [report('spec/malformed', path, { found: shown(found), expected: titleAt(path) })]
  }
}

function unknownValue(path: Path, found: unknown, params: SchemaError['params']): Diagnostic {
  const allowed = (params.allowedValues as readonly string[] | undefined) ?? []
  if (found === null) {
    return report('spec/no-value', path, { expected: `one of ${allowed.join(', ')}` })
  }
  return report('spec/unknown-value', path, {
    found: shown(found),
    allowed: allowed.join(', '),
    nearest: typeof found === 'string' ? nearest(found, allowed) : null,
  })
}

function wrongType(
  error: SchemaError,
  path: Path,
  found: unknown,
  written: string | null,
): Diagnostic {
  const wanted = ([] as unknown[]).concat(error.params.type)
  if (found === hidden)
    return report('spec/malformed', path, { found: shown(found), expected: titleAt(path) })
  if ((typeof found === 'number' || typeof found === 'boolean') && wanted.includes('string')) {
    const text = written ?? String(found)
    const instead = quoted(text, schemaAt(path)?.title ?? '')
    return report('spec/unquoted', path, { written: text, kind: typeof found, instead })
  }
  if (
    wanted.includes('boolean') &&
    typeof found === 'string' &&
    /^(yes|no|on|off|y|n)$/i.test(found)
  ) {
    return report('spec/yes-no', path, {
      written: found,
      meant: /^(yes|on|y)$/i.test(found) ? 'true' : 'false',
    })
  }
  if (found === null) return report('spec/no-value', path, { expected: titleAt(path) })
  return report('spec/malformed', path, { found: shown(found), expected: titleAt(path) })
}

/** A number or boolean as the text that was meant; of a mode only the octal forms tell. */
function quoted(text: string, title: string): string {
  if (!title.includes('octal')) return `"${text}"`
  const octal = /^0o?([0-7]{3,4})$/.exec(text)?.[1]
  return octal === undefined ? title.replace(/^an? /, 'the ') : `"0${octal.replace(/^0/, '')}"`
}

/** A value in few words; long texts, and what may be secret, are only named by their kind. */
function shown(value: unknown): string {
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
  return schemaAt(path)?.title ?? 'what belongs here'
}

function keysAt(path: Path): readonly string[] {
  return Object.keys(schemaAt(path)?.properties ?? {})
}

/** How the missing key could be written, from the schema's own example. */
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
      node = at(node, [key])
      return key
    })
}

function at(value: unknown, path: Path): unknown {
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
