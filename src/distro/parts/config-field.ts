/**
 * The fields of a distribution's configuration file as data: names, types and limits at every depth.
 * `config-check.ts` compares a configuration with such a table.
 */

import { isMapping, type Plain } from '../../codec/plain.ts'
import type { Path } from '../../report/place.ts'

/** One field and what it accepts. */
export type Field =
  | MappingField
  | { readonly kind: 'map'; readonly values: Field }
  | {
      readonly kind: 'list'
      readonly items: Field
      readonly minItems: number
      readonly maxItems: number
      /** Whether a single item may be written without the list. */
      readonly orItem: boolean
    }
  | {
      readonly kind: 'text'
      readonly form: TextForm
      readonly minLength: number
      readonly maxLength: number
      /** No message shows the value. */
      readonly secret: boolean
    }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  /** A text or a whole number. */
  | { readonly kind: 'text or integer'; readonly form: TextForm }
  | { readonly kind: 'anything' }

/** A mapping with a fixed set of keys. */
export interface MappingField {
  readonly kind: 'mapping'
  readonly fields: Fields
  readonly required: readonly string[]
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field>>

/** The grammar of a text. */
export interface TextForm {
  /** What the text must be, for a message. */
  readonly title: string
  readonly isValid: (text: string) => boolean
}

/** The grammar of a regular expression. */
export function matching(title: string, pattern: RegExp): TextForm {
  return { title, isValid: text => pattern.test(text) }
}

/** A mapping with these keys only. */
export function mapping(fields: Fields, required: readonly string[] = []): MappingField {
  return { kind: 'mapping', fields, required }
}

/** A mapping with any keys, whose values are all of the same field. */
export function mapOf(values: Field): Field {
  return { kind: 'map', values }
}

/** A list, with limits for its length where the file has them. */
export function listOf(items: Field, minItems = 0, maxItems: number = unlimited): Field {
  return { kind: 'list', items, minItems, maxItems, orItem: false }
}

/** A list, or one item without a list. */
export function listOrItem(items: Field): Field {
  return { kind: 'list', items, minItems: 0, maxItems: unlimited, orItem: true }
}

/** No limit. */
export const unlimited = Number.MAX_SAFE_INTEGER

const anyText: TextForm = { title: 'a text', isValid: () => true }

/** Any text. */
export const text = textOf(anyText)

/** A text of at least one character. */
export const nonEmptyText = textOf(anyText, 1)

/** A text of a grammar. */
export function textOf(
  form: TextForm,
  minLength = 0,
  maxLength: number = unlimited,
): Extract<Field, { kind: 'text' }> {
  return { kind: 'text', form, minLength, maxLength, secret: false }
}

/** A text that no message shows. */
export function secretText(minLength = 0, maxLength: number = unlimited): Field {
  return { ...textOf(anyText, minLength, maxLength), secret: true }
}

/** One of several texts. */
export function choice(...values: readonly string[]): Field {
  return { kind: 'choice', values }
}

/** A whole number. */
export function integer(min: number = -unlimited, max: number = unlimited): Field {
  return { kind: 'integer', min, max }
}

/** True or false. */
export const boolean: Field = { kind: 'boolean' }

/** A value that the distribution does not check. */
export const anything: Field = { kind: 'anything' }

/** A value in a configuration and its path. */
export interface Found {
  readonly path: Path
  readonly value: Plain
}

/** The values that a list of keys names; `name[]` stands for every item of a list. `path` is that of `root`. */
export function valuesAt(root: Plain, keys: readonly string[], path: Path = []): readonly Found[] {
  const [first, ...others] = keys
  if (first === undefined) return [{ path, value: root }]
  const key = first.replace('[]', '')
  const value = isMapping(root) && Object.hasOwn(root, key) ? root[key] : undefined
  if (value === undefined) return []
  const below = [...path, key]
  if (!first.endsWith('[]')) return valuesAt(value, others, below)
  return Array.isArray(value)
    ? value.flatMap((item: Plain, index) => valuesAt(item, others, [...below, index]))
    : []
}
