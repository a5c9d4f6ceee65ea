/**
 * YAML by the rules of PyYAML's safe loader, with which cloud-init parses user-data: the scalars of
 * YAML 1.1, the last of two equal keys, merge keys, and errors for what PyYAML refuses.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { implicitTag, type PyyamlScalar, parsePyyamlScalar } from './pyyaml-scalar.ts'

/** A mapping. Its keys are scalars. */
export type Yaml11Map = ReadonlyMap<Yaml11, Yaml11>

/** A value that PyYAML can return. */
export type Yaml11 = PyyamlScalar | readonly Yaml11[] | Yaml11Map

/** The value of a document, or the first error. */
export type Yaml11Result =
  | { readonly ok: true; readonly value: Yaml11 }
  | { readonly ok: false; readonly reason: string }

/** Parses a document; never throws, for any text. */
export function parseYaml11(text: string): Yaml11Result {
  const [unprintable] = notPrintable.exec(text) ?? []
  if (unprintable !== undefined) {
    const digits = unprintable.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return { ok: false, reason: `YAML does not allow the character U+${digits}` }
  }
  try {
    const document = parseDocument(text.replaceAll(/\r\n|\r|\x85/g, '\n'), {
      version: '1.1',
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    })
    const syntaxError = document.errors[0]
    if (syntaxError?.code === 'RESOURCE_EXHAUSTION')
      return { ok: false, reason: 'nested too deeply' }
    if (syntaxError !== undefined) return { ok: false, reason: syntaxError.message }
    const root = document.contents
    return { ok: true, value: root === null ? null : construct(root as ParsedNode, new Map()) }
  } catch (error) {
    // construct() throws an Error for a value that PyYAML refuses; a RangeError means a full call stack.
    const isRefusal = error instanceof Error && !(error instanceof RangeError)
    return { ok: false, reason: isRefusal ? error.message : 'nested too deeply' }
  }
}

// https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/reader.py NON_PRINTABLE.
const notPrintable = /[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

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

type Anchors = Map<string, Yaml11>

function construct(node: ParsedNode | Alias | null, anchors: Anchors): Yaml11 {
  if (node === null) return null
  if (isAlias(node)) {
    const value = anchors.get(node.source)
    if (value === undefined) throw new Error(`undefined anchor "${node.source}"`)
    return value
  }
  if (node.anchor !== undefined && anchors.has(node.anchor)) {
    throw new Error(`duplicate anchor "${node.anchor}"`)
  }
  const value = constructNode(node, anchors)
  if (node.anchor !== undefined) anchors.set(node.anchor, value)
  return value
}

function constructNode(node: ParsedNode, anchors: Anchors): Yaml11 {
  if (isScalar(node)) return constructScalar(node)
  const tag = node.tag === undefined || node.tag === '!' ? null : tagName(node.tag)
  if (isSeq(node)) {
    if (tag !== null && tag !== 'seq') throw new Error(`tag "${node.tag}" on a list`)
    return node.items.map(item => construct(item as ParsedNode, anchors))
  }
  if (!isMap(node)) return null
  if (tag !== null && tag !== 'map') throw new Error(`tag "${node.tag}" on a mapping`)
  return constructMapping(node, anchors)
}

/** The merged pairs come first; the mapping's own pairs override them. */
function constructMapping(node: YAMLMap, anchors: Anchors): Yaml11Map {
  const merged = new Map<Yaml11, Yaml11>()
  const explicit = new Map<Yaml11, Yaml11>()
  for (const pair of node.items) {
    const key = pair.key as ParsedNode | null
    const item = (pair.value ?? null) as ParsedNode | null
    if (isScalar(key) && key.type === 'PLAIN' && key.source === '<<') {
      for (const [name, value] of mergedPairs(construct(item, anchors))) merged.set(name, value)
      continue
    }
    const name = isScalar(key) && key.source === '=' ? '=' : construct(key, anchors)
    if (typeof name === 'object' && name !== null) {
      throw new Error('a key that is not a text, number, boolean or null')
    }
    explicit.set(name, construct(item, anchors))
  }
  return new Map([...merged, ...explicit])
}

/** The pairs of the value of `<<`; of a list the first mapping has precedence. */
function mergedPairs(value: Yaml11): readonly (readonly [Yaml11, Yaml11])[] {
  const sources = isList(value) ? [...value].reverse() : [value]
  return sources.flatMap(source => {
    if (!isMapping(source)) throw new Error('"<<" needs a mapping or a list of mappings')
    return [...source]
  })
}

function constructScalar(node: Scalar): PyyamlScalar {
  const text = String(node.value ?? '')
  if (node.tag !== undefined && node.tag !== '!') return parsePyyamlScalar(tagName(node.tag), text)
  // PyYAML reads `! "12"` as a plain 12: lib/yaml/parser.py parse_node.
  if (node.type !== 'PLAIN' && node.tag === undefined) return text
  return parsePyyamlScalar(implicitTag(text), text)
}

function tagName(tag: string): string {
  return tag.startsWith('tag:yaml.org,2002:') ? tag.slice('tag:yaml.org,2002:'.length) : tag
}
