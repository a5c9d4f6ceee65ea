/**
 * YAML as PyYAML's safe loader reads it, which is how cloud-init reads user-data: YAML 1.1 words
 * and numbers, the last of two equal keys, merge keys, and refusal where it refuses.
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
import { parseLooseBase64 } from './base64.ts'

/** A date or time, which is neither text nor number to a program that meets one. */
export interface Moment {
  readonly moment: string
}

export type Yaml11Map = ReadonlyMap<Yaml11, Yaml11>
export type Yaml11 =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Moment
  | readonly Yaml11[]
  | Yaml11Map

/** The value of a document, or why there is none. */
export type Read =
  | { readonly ok: true; readonly value: Yaml11 }
  | { readonly ok: false; readonly why: string }

/** Reads a document; never throws, whatever the text. */
export function parseYaml11(text: string): Read {
  // https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/reader.py NON_PRINTABLE.
  const forbidden = /[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text)
  if (forbidden !== null) return { ok: false, why: 'it has a character that YAML forbids' }
  try {
    const document = parseDocument(text.replaceAll(/\r\n|\r|\x85/g, '\n'), {
      version: '1.1',
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    })
    const mistake = document.errors[0]
    if (mistake !== undefined) return { ok: false, why: mistake.message }
    const root = document.contents
    return { ok: true, value: root === null ? null : construct(root as ParsedNode, new Map()) }
  } catch (error) {
    // Refusals of construct(), and what yaml itself throws on nesting deeper than the stack.
    return { ok: false, why: error instanceof Error ? error.message : 'it cannot be read' }
  }
}

/** The JSON value that a YAML value is, with keys as text: for those who only look. */
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
    if (value === undefined) throw new Error(`there is no anchor "${node.source}"`)
    return value
  }
  if (node.anchor !== undefined && anchors.has(node.anchor)) {
    throw new Error(`the anchor "${node.anchor}" is there twice`)
  }
  const value = bare(node, anchors)
  if (node.anchor !== undefined) anchors.set(node.anchor, value)
  return value
}

function bare(node: ParsedNode, anchors: Anchors): Yaml11 {
  if (isScalar(node)) return scalarOf(node)
  const kind = node.tag === undefined || node.tag === '!' ? null : tagName(node.tag)
  if (isSeq(node)) {
    if (kind !== null && kind !== 'seq') throw new Error(`it has a tag "${node.tag}" on a list`)
    return node.items.map(item => construct(item as ParsedNode, anchors))
  }
  if (!isMap(node)) return null
  if (kind !== null && kind !== 'map') throw new Error(`it has a tag "${node.tag}" on a mapping`)
  return mapOf(node, anchors)
}

function mapOf(node: YAMLMap, anchors: Anchors): Yaml11Map {
  const merged = new Map<Yaml11, Yaml11>()
  const own = new Map<Yaml11, Yaml11>()
  for (const pair of node.items) {
    const key = pair.key as ParsedNode | null
    const item = (pair.value ?? null) as ParsedNode | null
    if (isScalar(key) && key.type === 'PLAIN' && key.source === '<<') {
      for (const [name, value] of merge(construct(item, anchors))) merged.set(name, value)
      continue
    }
    const name = isScalar(key) && key.source === '=' ? '=' : construct(key, anchors)
    if (typeof name === 'object' && name !== null) throw new Error('a key is no plain value')
    own.set(name, construct(item, anchors))
  }
  return new Map([...merged, ...own])
}

/** The pairs that `<<` brings; earlier ones of a list win. */
function merge(from: Yaml11): readonly (readonly [Yaml11, Yaml11])[] {
  const sources = isList(from) ? [...from].reverse() : [from]
  return sources.flatMap(source => {
    if (!isMapping(source)) throw new Error('"<<" wants a mapping or a list of mappings')
    return [...source]
  })
}

function scalarOf(node: Scalar): Yaml11 {
  const text = String(node.value ?? '')
  if (node.tag !== undefined && node.tag !== '!') return typed(tagName(node.tag), text)
  // PyYAML takes `! "12"` for a plain 12, lib/yaml/parser.py parse_node.
  if (node.type !== 'PLAIN' && node.tag === undefined) return text
  return typed(implicit.find(([, pattern]) => pattern.test(text))?.[0] ?? 'str', text)
}

function tagName(tag: string): string {
  return tag.startsWith('tag:yaml.org,2002:') ? tag.slice('tag:yaml.org,2002:'.length) : tag
}

// https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/resolver.py, in its order.
const implicit: readonly (readonly [string, RegExp])[] = [
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  ['float', /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/],
  ['float', /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/],
  ['float', /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/],
  ['float', /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ['int', /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$/],
  ['int', /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/],
  ['merge', /^<<$/],
  ['null', /^(?:~|null|Null|NULL|)$/],
  ['timestamp', /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/],
  [
    'timestamp',
    /^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?$/,
  ],
  ['value', /^=$/],
]

function typed(kind: string, text: string): Yaml11 {
  if (kind === 'str' || kind === 'python/unicode') return text
  if (kind === 'null') return null
  if (kind === 'bool') return /^(?:yes|true|on)$/i.test(text)
  if (kind === 'int') return integer(text)
  if (kind === 'float') return float(text)
  if (kind === 'timestamp') return { moment: text }
  if (kind === 'binary') {
    const bytes = parseLooseBase64(text)
    if (bytes !== null) return bytes
  }
  throw new Error(`"${text.slice(0, 40)}" is no ${kind}`)
}

function integer(text: string): number {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '')) ?? []
  const value = digits.startsWith('0b')
    ? Number.parseInt(digits.slice(2), 2)
    : digits.startsWith('0x')
      ? Number.parseInt(digits.slice(2), 16)
      : digits.includes(':')
        ? sixties(digits)
        : Number.parseInt(digits, digits.startsWith('0') ? 8 : 10)
  if (Number.isNaN(value)) throw new Error(`"${text}" is no int`)
  return sign === '-' ? -value : value
}

function float(text: string): number {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '').toLowerCase()) ?? []
  if (digits === '.nan') return Number.NaN
  const value =
    digits === '.inf'
      ? Number.POSITIVE_INFINITY
      : digits.includes(':')
        ? sixties(digits)
        : Number(digits)
  if (Number.isNaN(value)) throw new Error(`"${text}" is no float`)
  return sign === '-' ? -value : value
}

/** 1:30 is 90. */
function sixties(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
