/** Compares a configuration with the table of its fields: one finding per error, at its path. */
import { isMapping, type Plain, type PlainMapping } from '../../codec/plain.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import { nearest } from '../../model/suggest.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { report, reportKey } from '../rules.ts'
import { type Field, type MappingField, unlimited } from './config-field.ts'

/** Everything in a value that its field does not accept. An empty collection (null) is accepted. */
export function checkConfig(
  value: Plain,
  field: Field,
  path: Path,
  sourceAt: SourceAt,
): readonly Diagnostic[] {
  switch (field.kind) {
    case 'mapping':
      return isMapping(value)
        ? checkMapping(value, field, path, sourceAt)
        : unlessNull(value, field, path)
    case 'map':
      return isMapping(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            checkConfig(item, field.values, [...path, key], sourceAt),
          )
        : unlessNull(value, field, path)
    case 'list':
      if (isList(value)) return checkList(value, field, path, sourceAt)
      return field.orItem && value !== null
        ? checkConfig(value, field.items, path, sourceAt)
        : unlessNull(value, field, path)
    case 'anything':
      return []
    default:
      return checkScalar(value, field, path, sourceAt)
  }
}

function checkMapping(
  value: PlainMapping,
  { fields, required }: MappingField,
  path: Path,
  sourceAt: SourceAt,
): readonly Diagnostic[] {
  const names = Object.keys(fields)
  const unknown = Object.keys(value)
    .filter(key => !Object.hasOwn(fields, key))
    .map(key => ({ key, nearest: nearest(key, names) }))
  const missing = required.filter(
    key => !Object.hasOwn(value, key) && !unknown.some(entry => entry.nearest === key),
  )
  return [
    ...unknown.map(args => reportKey('spec/unknown-key', [...path, args.key], args)),
    ...missing.map(key => report('spec/missing-key', path, { key, example: `${key}: …` })),
    ...Object.entries(value).flatMap(([key, item]) => {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined
      return field === undefined ? [] : checkConfig(item, field, [...path, key], sourceAt)
    }),
  ]
}

function checkList(
  value: readonly Plain[],
  field: Extract<Field, { kind: 'list' }>,
  path: Path,
  sourceAt: SourceAt,
): readonly Diagnostic[] {
  const fits = value.length >= field.minItems && value.length <= field.maxItems
  return [
    ...(fits ? [] : [malformed(value, field, path)]),
    ...value.flatMap((item, index) => checkConfig(item, field.items, [...path, index], sourceAt)),
  ]
}

type ScalarField = Exclude<Field, { kind: 'mapping' | 'map' | 'list' | 'anything' }>

function checkScalar(
  value: Plain,
  field: ScalarField,
  path: Path,
  sourceAt: SourceAt,
): readonly Diagnostic[] {
  if (accepts(field, value)) return []
  if (value === null) return [report('spec/no-value', path, { expected: titleOf(field) })]
  if (field.kind === 'text' && field.secret) return [malformed(value, field, path)]
  const isTextField = field.kind === 'text' || field.kind === 'choice'
  if (isTextField && (typeof value === 'number' || typeof value === 'boolean')) {
    // The parsed number may have lost digits: 1.10 is 1.1.
    const text = sourceAt(path) ?? String(value)
    const args = { written: text, kind: typeof value, instead: JSON.stringify(text) }
    return [report('spec/unquoted', path, args)]
  }
  if (field.kind === 'choice' && typeof value === 'string') {
    const { values } = field
    const args = {
      found: shown(value),
      allowed: values.join(', '),
      nearest: nearest(value, values),
    }
    return [report('spec/unknown-value', path, args)]
  }
  if (
    field.kind === 'boolean' &&
    typeof value === 'string' &&
    /^(?:yes|no|on|off|y|n)$/i.test(value)
  ) {
    const meant = /^(?:yes|on|y)$/i.test(value) ? 'true' : 'false'
    return [report('spec/yes-no', path, { written: value, meant })]
  }
  return [malformed(value, field, path)]
}

function accepts(field: ScalarField, value: Plain): boolean {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isSafeInteger(value) && Number(value) >= field.min && Number(value) <= field.max
    case 'choice':
      return typeof value === 'string' && field.values.includes(value)
    case 'text or integer':
      return typeof value === 'string' ? field.form.isValid(value) : Number.isSafeInteger(value)
    case 'text':
      return (
        typeof value === 'string' &&
        value.length >= field.minLength &&
        value.length <= field.maxLength &&
        field.form.isValid(value)
      )
  }
}

/** A field that is a collection may be empty; any other value is of the wrong type. */
function unlessNull(value: Plain, field: Field, path: Path): readonly Diagnostic[] {
  return value === null ? [] : [malformed(value, field, path)]
}

function malformed(value: Plain, field: Field, path: Path): Diagnostic {
  const isSecret = field.kind === 'text' && field.secret
  const found = isSecret ? 'this secret' : shown(value)
  return report('spec/malformed', path, { found, expected: titleOf(field) })
}

/** What a field accepts, for a message. */
function titleOf(field: Field): string {
  switch (field.kind) {
    case 'mapping':
    case 'map':
      return 'a mapping'
    case 'list':
      return `a list${lengthOf(field.minItems, field.maxItems, 'items')}`
    case 'text':
      return field.secret
        ? `a text in quotes${lengthOf(field.minLength, field.maxLength, 'characters')}`
        : `${field.form.title}${lengthOf(field.minLength, field.maxLength, 'characters')}`
    case 'choice':
      return `one of ${field.values.join(', ')}`
    case 'integer':
      return `a whole number without quotes${
        field.max === unlimited ? '' : `, from ${field.min} to ${field.max}`
      }`
    case 'boolean':
      return 'true or false'
    case 'text or integer':
      return field.form.title
    case 'anything':
      return 'a value'
  }
}

function lengthOf(min: number, max: number, unit: string): string {
  if (max !== unlimited) return ` of ${min} to ${max} ${unit}`
  return min === 0 ? '' : ` of at least ${min} ${min === 1 ? unit.slice(0, -1) : unit}`
}

/** A value for a message; long texts and collections are named by their type only. */
function shown(value: Plain): string {
  if (isList(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isMapping(value)) return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping'
  const text = JSON.stringify(value)
  return text.length > 60 ? 'this text' : text
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
