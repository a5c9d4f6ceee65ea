/**
 * YAML by the rules of PyYAML's safe loader, with which cloud-init parses user-data: the scalars of
 * YAML 1.1, the last of two equal keys, merge keys, and errors for what PyYAML refuses.
 */
import type { Path } from '../report/place.ts'
import { beyondLimits, composeNodes, type Node, type Pair } from './pyyaml-nodes.ts'
import { type PyyamlScalar, parsePyyamlScalar, yamlTag } from './pyyaml-scalar.ts'
import { decodeLatin1 } from './text.ts'

/** A mapping. Its keys are neither lists nor mappings. */
export type Yaml11Map = ReadonlyMap<Yaml11, Yaml11>

/** The keys of a set. */
export interface Yaml11Set {
  readonly set: readonly Yaml11[]
}

/** A value that PyYAML can return. */
export type Yaml11 = PyyamlScalar | readonly Yaml11[] | Yaml11Map | Yaml11Set

/** The value of a document, or the first error. */
export type Yaml11Result =
  | {
      readonly ok: true
      readonly value: Yaml11
      /** The paths of keys that occur more than once in a mapping: only the last value counts. */
      readonly repeatedKeys: readonly Path[]
    }
  | {
      readonly ok: false
      readonly reason: string
      /** Whether PyYAML refuses the text; otherwise it exceeds the limits of this reader. */
      readonly isRefused: boolean
    }

/** Parses a document; never throws, for any text. */
export function parseYaml11(text: string): Yaml11Result {
  const [unprintable] = notPrintable.exec(text) ?? []
  if (unprintable !== undefined) {
    const digits = unprintable.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return { ok: false, reason: `YAML does not allow the character U+${digits}`, isRefused: true }
  }
  try {
    const root = composeNodes(text)
    const builder: Builder = { values: new Map(), pairs: new Map(), repeatedKeys: [] }
    const value = root === null ? null : construct(builder, root, [])
    return { ok: true, value, repeatedKeys: builder.repeatedKeys }
  } catch (error) {
    if (error === beyondLimits || !(error instanceof Error)) return beyondReader
    return { ok: false, reason: error.message, isRefused: true }
  }
}

const beyondReader = { ok: false, reason: 'it is too deep or too large', isRefused: false } as const

// https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/reader.py NON_PRINTABLE. First halves of surrogate pairs
// are accepted: UTF-8 has none, and callers may mark a place in a text with them.
const notPrintable = /[^\t\n\r -~\x85\xa0-\udbff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** A value with objects instead of maps, for comparisons; keys become texts. */
export function plainOf(value: Yaml11): unknown {
  if (isList(value)) return value.map(plainOf)
  if (!isMapping(value)) return value
  return Object.fromEntries([...value].map(([key, item]) => [String(key), plainOf(item)]))
}

/** Whether a value is a mapping. */
export function isMapping(value: Yaml11 | undefined): value is Yaml11Map {
  return value instanceof Map
}

/** Whether a value is a list. */
export function isList(value: Yaml11 | undefined): value is readonly Yaml11[] {
  return Array.isArray(value)
}

interface Builder {
  /** The values of nodes: a node with several aliases has one value. */
  readonly values: Map<Node, Yaml11>
  /** The pairs of mappings, with those that `<<` merges into them. */
  readonly pairs: Map<Node, Pairs>
  readonly repeatedKeys: Path[]
}

interface Pairs {
  readonly merged: readonly Pair[]
  readonly own: readonly Pair[]
}

type MappingNode = Extract<Node, { kind: 'mapping' }>

function construct(builder: Builder, node: Node, path: Path): Yaml11 {
  const known = builder.values.get(node)
  if (known !== undefined) return known
  const value = constructByTag(builder, node, path)
  builder.values.set(node, value)
  return value
}

function constructByTag(builder: Builder, node: Node, path: Path): Yaml11 {
  switch (node.tag) {
    case `${yamlTag}seq`:
      return itemsOf(node).map((item, index) => construct(builder, item, [...path, index]))
    case `${yamlTag}map`:
      return constructMapping(builder, node, path)
    case `${yamlTag}set`:
      return { set: [...constructMapping(builder, node, path).keys()] }
    case `${yamlTag}omap`:
    case `${yamlTag}pairs`:
      return itemsOf(node).map((item, index) => constructPair(builder, item, [...path, index]))
    default:
      return parsePyyamlScalar(node.tag, textOf(node))
  }
}

function itemsOf(node: Node): readonly Node[] {
  if (node.kind !== 'list') throw new Error(`the tag "${node.tag}" on a ${node.kind}`)
  return node.items
}

/** An entry of an ordered mapping: a mapping of one pair becomes a list of two values. */
function constructPair(builder: Builder, node: Node, path: Path): Yaml11 {
  const pairs = node.kind === 'mapping' ? node.pairs : []
  const [pair] = pairs
  if (pair === undefined || pairs.length > 1) throw new Error('an entry that is not a single pair')
  return pair.map((part, index) => construct(builder, part, [...path, index]))
}

/** The text of a scalar, or of the value of the key `=` of a mapping. */
function textOf(node: Node): string {
  if (node.kind === 'scalar') return node.text
  const pairs = node.kind === 'mapping' ? node.pairs : []
  const value = pairs.find(([key]) => key.tag === `${yamlTag}value`)?.[1]
  if (value === undefined) throw new Error(`the tag "${node.tag}" on a ${node.kind}`)
  return textOf(value)
}

/** The merged pairs come first; the mapping's own pairs override them. */
function constructMapping(builder: Builder, node: Node, path: Path): Yaml11Map {
  if (node.kind !== 'mapping') throw new Error(`the tag "${node.tag}" on a ${node.kind}`)
  const { merged, own } = pairsOf(builder, node)
  const mapping = new Map<Yaml11, Yaml11>()
  const keys = new Map<string, Yaml11>()
  const add = ([keyNode, valueNode]: Pair): string => {
    const key = isKind(keyNode, 'value') ? '=' : construct(builder, keyNode, path)
    const id = keyId(key)
    // A Python dict keeps the first of two equal keys and the last value: `1`, `1.0` and `true` are equal.
    const firstKey = keys.get(id) ?? key
    keys.set(id, firstKey)
    mapping.set(firstKey, construct(builder, valueNode, [...path, keyText(key)]))
    return id
  }
  for (const pair of merged) add(pair)
  const ownIds = new Set<string>()
  for (const pair of own) {
    const id = add(pair)
    if (ownIds.has(id)) builder.repeatedKeys.push([...path, id.slice(1)])
    ownIds.add(id)
  }
  return mapping
}

/** A text that is equal for keys that are equal in Python; its first character is the type. */
function keyId(key: Yaml11): string {
  if (isList(key) || isMapping(key) || isSet(key)) {
    throw new Error('a key that is a list, a mapping or a set')
  }
  if (typeof key === 'boolean') return `#${Number(key)}`
  return typeof key === 'number'
    ? `#${key}`
    : typeof key === 'string'
      ? `'${key}`
      : `=${keyText(key)}`
}

/** A key as text, for messages and paths. */
export function keyText(key: Yaml11): string {
  if (key instanceof Uint8Array) return decodeLatin1(key)
  return typeof key === 'object' && key !== null && 'moment' in key ? key.moment : String(key)
}

/** Whether a value is a set. */
export function isSet(value: Yaml11): value is Yaml11Set {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'set')
}

/** More pairs than this in one mapping come from merges of merges. */
const maxPairs = 100_000

/** The pairs of a mapping; `<<` merges the pairs of a mapping, or of a list where the first has precedence. */
function pairsOf(builder: Builder, node: MappingNode): Pairs {
  const known = builder.pairs.get(node)
  if (known !== undefined) return known
  const merged: Pair[] = []
  for (const [key, value] of node.pairs) {
    if (!isKind(key, 'merge')) continue
    const sources = value.kind === 'list' ? [...value.items].reverse() : [value]
    for (const source of sources) {
      if (source.kind !== 'mapping') throw new Error('"<<" needs a mapping or a list of mappings')
      const pairs = pairsOf(builder, source)
      if (merged.length + pairs.merged.length + pairs.own.length > maxPairs) throw beyondLimits
      merged.push(...pairs.merged, ...pairs.own)
    }
  }
  const pairs = { merged, own: node.pairs.filter(([key]) => !isKind(key, 'merge')) }
  builder.pairs.set(node, pairs)
  return pairs
}

function isKind(node: Node, name: 'merge' | 'value'): boolean {
  return node.tag === `${yamlTag}${name}`
}
