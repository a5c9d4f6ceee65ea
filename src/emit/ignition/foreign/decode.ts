/**
 * Decodes JSON into the fields of a config as Go's encoding/json does: keys in any letter case, and
 * repeated keys, whose values are decoded one over the other (go1.26 src/encoding/json/decode.go).
 */
import type { GoJson, GoJsonList, GoJsonMember, GoJsonObject } from '../../../codec/go-json.ts'
import type { Plain, PlainMapping } from '../../../codec/plain.ts'
import type { At, Path, Span } from '../../../report/place.ts'
import { type Field, type FieldType, fieldsIn, type ListType, type ObjectType } from './fields.ts'
import { type Finding, keyWarning, refusal } from './finding.ts'
import { isList } from './json-values.ts'

/** The known fields of a config under the names of the specification, and what was found in the others. */
export interface Decoded {
  readonly value: PlainMapping
  readonly findings: readonly Finding[]
}

/** Decodes an object of a type; `minor` is the minor version of specification 3. */
export function decodeObject(node: GoJson, type: ObjectType, minor: number): Decoded {
  const findings: Finding[] = []
  const place = { previous: undefined, keptByNull: true, path: [] }
  const value = decode(node, type, place, { minor, findings })
  return { value: (value ?? {}) as PlainMapping, findings }
}

interface Context {
  readonly minor: number
  readonly findings: Finding[]
}

/** The place of a value, the value of an earlier key of the same name, and whether null leaves it. */
interface Place {
  readonly previous: Plain | undefined
  readonly keptByNull: boolean
  readonly path: Path
}

function decode(node: GoJson, type: FieldType, place: Place, context: Context): Plain | undefined {
  if (node.kind === 'null') return place.keptByNull ? place.previous : undefined
  if (typeof type === 'object') {
    if (node.kind === 'object' && type.kind === 'object') {
      return decodeMembers(node, type, place, context)
    }
    if (node.kind === 'list' && type.kind === 'list') return decodeItems(node, type, place, context)
    return refused(type.kind === 'object' ? 'not-an-object' : 'not-a-list', place, context)
  }
  switch (type) {
    case 'text':
      return node.kind === 'text' ? node.value : refused('not-text', place, context)
    case 'boolean':
      return node.kind === 'boolean' ? node.value : refused('not-a-boolean', place, context)
    case 'integer':
      return node.kind === 'number' && isInteger(node.literal)
        ? Number(node.literal)
        : refused('not-an-integer', place, context)
  }
}

type TypeProblem = Extract<Finding['cause'], `not-${string}`>

function refused(
  cause: TypeProblem,
  { previous, path }: Place,
  { findings }: Context,
): Plain | undefined {
  findings.push(refusal(path, cause))
  return previous
}

/** Whether a number is written as an integer of 64 bits. */
function isInteger(literal: string): boolean {
  return /^-?[0-9]+$/.test(literal) && BigInt.asIntN(64, BigInt(literal)) === BigInt(literal)
}

function decodeMembers(
  node: GoJsonObject,
  type: ObjectType,
  { previous, path }: Place,
  context: Context,
): Plain {
  const fields = fieldsIn(type, context.minor)
  const value = new Map(Object.entries((previous ?? {}) as PlainMapping))
  for (const { key, value: child } of node.members) {
    const name = fieldNamed(key, fields)
    if (name !== key) {
      const cause = name === null ? 'unused-key' : 'key-in-other-case'
      context.findings.push(keyWarning([...path, key], cause, name ?? key))
    }
    const field = name === null ? undefined : fields.get(name)
    if (name === null || field === undefined) continue
    const keptByNull = field.required || isObject(field.type)
    const place = { previous: value.get(name), keptByNull, path: [...path, name] }
    const decoded = decode(child, field.type, place, context)
    if (decoded === undefined) value.delete(name)
    else value.set(name, decoded)
  }
  return Object.fromEntries(value)
}

/** The name of the field that a key sets: the exact name, otherwise the name in another letter case. */
function fieldNamed(key: string, fields: ReadonlyMap<string, Field>): string | null {
  if (fields.has(key)) return key
  const folded = foldCase(key)
  return [...fields.keys()].find(name => foldCase(name) === folded) ?? null
}

/** Go's letter case folding, as far as names in ASCII need it: the long s and the Kelvin sign. */
export function foldCase(text: string): string {
  return text.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase()
}

/** The items of a repeated list are decoded over those of the earlier list. */
function decodeItems(
  node: GoJsonList,
  type: ListType,
  { previous, path }: Place,
  context: Context,
): Plain {
  return node.items.map((item, index) => {
    const before = isList(previous) ? previous[index] : undefined
    const place = { previous: before, keptByNull: true, path: [...path, index] }
    return decode(item, type.item, place, context) ?? (isObject(type.item) ? {} : '')
  })
}

function isObject(type: FieldType): boolean {
  return typeof type === 'object' && type.kind === 'object'
}

/** The offsets of the innermost value on a path that exists in the text, or of its key. */
export function spanOf(root: GoJson, path: Path, at: At): Span {
  let node = root
  for (const [index, step] of path.entries()) {
    if (node.kind === 'object') {
      const member = memberNamed(node, String(step))
      if (member === undefined) return node
      if (at === 'key' && index === path.length - 1) return member
      node = member.value
    } else if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step]
      if (item === undefined) return node
      node = item
    } else return node
  }
  return node
}

/** The member of an object that sets a field last. */
function memberNamed(object: GoJsonObject, name: string): GoJsonMember | undefined {
  const folded = foldCase(name)
  return (
    object.members.findLast(({ key }) => key === name) ??
    object.members.findLast(({ key }) => foldCase(key) === folded)
  )
}
