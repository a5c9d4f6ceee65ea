/** Parses YAML 1.2 to a plain value and the positions of its parts in the text. */
import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  Parser,
  type YAMLMap,
} from 'yaml'
import type { At, Path, Range } from '../report/place.ts'
import { rangesOf } from './line-ranges.ts'
import { memoizeByObject } from './memoize.ts'
import type { YamlNode } from './yaml-node.ts'

/** A syntax error, or a part of YAML that a spec must not use. Each code has a rule. */
export interface YamlError {
  readonly code:
    | 'duplicate-key'
    | 'key-not-plain'
    | 'merge-key'
    | 'several-documents'
    | 'syntax'
    | 'tab'
    | 'tag'
    | 'too-deep'
    | 'too-many-references'
    | 'unknown-anchor'
  readonly message: string
  readonly range: Range
}

/** A parsed text. */
export interface Yaml {
  readonly value: unknown
  readonly errors: readonly YamlError[]
  /** The range of the deepest part of the path that is in the text. */
  readonly locate: (path: Path, at: At) => Range
  /** The source text of the scalar at a path, or null where there is no scalar. */
  readonly sourceAt: (path: Path) => string | null
  /** The value as a tree that keeps the order of keys; call it only for a text without errors. */
  readonly tree: () => YamlNode
}

/** The number of nodes that aliases may expand to: a short document could otherwise fill the memory. */
const maxNodes = 500_000
/** The parser needs seconds for a long line of brackets, and then exceeds the call stack. */
const maxDepth = 100
/** At most 10 syntax errors, since later ones follow from the first, and 100 other errors. */
const maxSyntaxErrors = 10
const maxErrors = 100

/** Parses a YAML 1.2 document; never throws, for any text. */
export function parseYaml(text: string): Yaml {
  // The parser's own line counter is wrong after some `\r\n`, and its offsets can exceed the text.
  const rangeOf = rangesOf(text)
  const { root, errors } = composeRoot(text)
  const document = errors.length > 0 ? null : root
  const find = (path: Path) => findNode(root?.contents, path)
  return {
    value: document?.toJS({ maxAliasCount: -1 }) ?? null,
    errors: errors.map(({ start, end, ...error }) => ({
      ...error,
      range: rangeOf(start, end),
    })),
    locate: (path, at) => rangeOf(...spanAt(find(path), path.length, at)),
    sourceAt: path => {
      const { node, depth } = find(path)
      return depth === path.length && isScalar(node) && node.range
        ? text.slice(node.range[0], node.range[1])
        : null
    },
    tree: () => toTree(root?.contents, root),
  }
}

function toTree(node: unknown, document: Document | undefined): YamlNode {
  if (isAlias(node) && document !== undefined) return toTree(node.resolve(document), document)
  if (isSeq(node)) return { kind: 'list', items: node.items.map(item => toTree(item, document)) }
  if (!isMap(node)) {
    if (!isScalar(node)) return { kind: 'scalar', value: null, plain: null }
    const { value, type, source, tag } = node
    const isPlain = type === 'PLAIN' && tag === undefined
    return { kind: 'scalar', value, plain: isPlain ? (source ?? null) : null }
  }
  const entries = node.items.map(({ key, value }) => {
    const name = nameOf(isScalar(key) ? key.value : key)
    return [name, toTree(value, document)] as const
  })
  return { kind: 'mapping', entries }
}

interface Composed {
  readonly root: Document | undefined
  readonly errors: readonly ErrorSpan[]
}

/** The first document of a text and its errors. Content is checked where the syntax is correct. */
function composeRoot(text: string): Composed {
  const tooDeep = excessDepthOffset(text)
  if (tooDeep >= 0) {
    return { root: undefined, errors: [errorAt('too-deep', tooDeep, tooDeep + 1)] }
  }
  const [root, ...laterDocuments] = compose(text)
  if (root === undefined) return { root, errors: [] }
  const errors = [...syntaxErrors(root, text), ...laterDocuments.map(extraDocument)]
  return {
    root,
    errors:
      errors.length > 0 ? errors.slice(0, maxSyntaxErrors) : checkContent(root.contents, text),
  }
}

function compose(text: string): readonly Document[] {
  // checkContent() finds duplicate keys; the parser would compare all pairs of keys, which is slow.
  const options = { uniqueKeys: false, stringKeys: false, version: '1.2', merge: false } as const
  const tokens = new Parser().parse(text)
  return [...new Composer(options).compose(tokens, true, text.length)]
}

interface ErrorSpan {
  readonly code: YamlError['code']
  readonly message: string
  readonly start: number
  readonly end: number
}

function errorAt(code: ErrorSpan['code'], start: number, end: number, message = ''): ErrorSpan {
  return { code, message, start, end }
}

/** The errors that the parser reports for a document. */
function syntaxErrors(document: Document, text: string): readonly ErrorSpan[] {
  const { version, explicit } = document.directives?.yaml ?? { version: '1.2', explicit: false }
  if (explicit && version !== '1.2') {
    return [errorAt('syntax', 0, 1, `unsupported version %YAML ${version}: a spec is YAML 1.2`)]
  }
  const errors = document.errors.map(({ code, message, pos: [start, end] }) =>
    errorAt(codeOf(code, text, start), start, end, message),
  )
  // After the first syntax error, the parser's further errors are unreliable.
  const firstSyntaxError = errors.find(({ code }) => code === 'syntax')
  return errors.filter(error => error.code !== 'syntax' || error === firstSyntaxError)
}

function extraDocument(document: Document): ErrorSpan {
  const [start] = document.range ?? [0]
  return errorAt('several-documents', start, start + 3)
}

/** Checks for parts of YAML that a spec must not use: duplicate keys, tags, merge keys, undefined anchors. */
function checkContent(root: unknown, text: string): readonly ErrorSpan[] {
  const errors: ErrorSpan[] = []
  /** The number of nodes that an anchor refers to; set after all of them are counted. */
  const sizes = new Map<string, number>()
  let expanded = 0
  const add = (code: ErrorSpan['code'], node: unknown) =>
    errors.push(errorAt(code, ...(spanOf(node) ?? firstSpan(node) ?? [0, 0])))
  const sizeOf = (node: unknown): number => {
    if (!isAlias(node)) {
      const tag = foreignTagOffset(node, text)
      if (tag >= 0) errors.push(errorAt('tag', tag, tag + 1))
      const size = 1 + childrenSize(node)
      if ((isScalar(node) || isCollection(node)) && node.anchor) sizes.set(node.anchor, size)
      return size
    }
    const size = sizes.get(node.source)
    if (size === undefined) add('unknown-anchor', node)
    const before = expanded
    expanded += size ?? 0
    if (before <= maxNodes && expanded > maxNodes) add('too-many-references', node)
    return size ?? 1
  }
  const childrenSize = (node: unknown): number => {
    if (isSeq(node)) return node.items.reduce<number>((sum, item) => sum + sizeOf(item), 0)
    if (!isMap(node)) return 0
    const names = new Set<string>()
    let sum = 0
    for (const { key, value } of node.items) {
      sum += sizeOf(key) + sizeOf(value)
      if (!isScalar(key)) add('key-not-plain', key ?? value)
      else if (key.type === 'PLAIN' && key.value === '<<') add('merge-key', key)
      else if (names.has(nameOf(key.value))) add('duplicate-key', key)
      if (isScalar(key)) names.add(nameOf(key.value))
    }
    return sum
  }
  sizeOf(root)
  return errors.slice(0, maxErrors)
}

/** The offset of a node's tag, or -1 where it has none or one of the core schema. */
function foreignTagOffset(node: unknown, text: string): number {
  if (!(isScalar(node) || isCollection(node)) || node.tag === undefined || !node.range) return -1
  return /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/.test(node.tag)
    ? -1
    : Math.max(0, text.lastIndexOf('!', node.range[0]))
}

/** The key of a mapping entry as a property name of the value. */
function nameOf(key: unknown): string {
  return key === null || key === undefined ? '' : String(key)
}

/** The offset where the nesting exceeds maxDepth, or -1. Only tokens are read, no nodes are built. */
function excessDepthOffset(text: string): number {
  let offset = 0
  let brackets = 0
  /** Block indicators on the current line. */
  let indicators = 0
  let isLineStart = true
  for (const token of new Lexer().lex(text)) {
    // Control tokens of the lexer (document, early end of a collection, scalar): not part of the text.
    if (token === '\x02' || token === '\x18' || token === '\x1f') continue
    if (token === '[' || token === '{') brackets++
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1)
    else if (token === '\n' || token === '\r\n') indicators = 0
    else if (brackets === 0 && /^[-?:]$/.test(token)) indicators++
    if (brackets + indicators > maxDepth || (isLineStart && /^ {1000}/.test(token))) return offset
    isLineStart = token.endsWith('\n')
    offset += token.length
  }
  return -1
}

interface Match {
  /** The number of steps of the path that the document has. */
  readonly depth: number
  readonly node: unknown
  /** The mapping entry of the node, or null where it is not in a mapping. */
  readonly pair: Pair | null
}

function findNode(root: unknown, path: Path): Match {
  let match: Match = { depth: 0, node: root, pair: null }
  for (const step of path) {
    const next = stepInto(match.node, step)
    if (next === null) return match
    match = { depth: match.depth + 1, ...next }
  }
  return match
}

function stepInto(node: unknown, step: string | number): Omit<Match, 'depth'> | null {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return item === undefined ? null : { node: item, pair: null }
  }
  if (!isMap(node)) return null
  const pair = pairsOf(node).get(String(step))
  return pair === undefined ? null : { node: pair.value, pair }
}

const pairsOf = memoizeByObject((map: YAMLMap): ReadonlyMap<string, Pair> => {
  const pairs = map.items.flatMap(pair =>
    isScalar(pair.key) ? [[nameOf(pair.key.value), pair] as const] : [],
  )
  // Of two equal keys the first counts; later ones are reported as errors.
  return new Map(pairs.reverse())
})

/** The offsets of the part to mark: a scalar itself, or the key of a collection. */
function spanAt(match: Match, pathLength: number, at: At): readonly [number, number] {
  const exact = match.depth === pathLength
  const key = match.pair === null ? null : spanOf(match.pair.key)
  if (exact && at === 'value') {
    const value = isCollection(match.node) ? null : spanOf(match.node)
    if (value !== null && value[1] > value[0]) return value
  }
  return key ?? firstSpan(match.node) ?? [0, 0]
}

function spanOf(node: unknown): readonly [number, number] | null {
  if ((isScalar(node) || isAlias(node) || isCollection(node)) && node.range) {
    return [node.range[0], node.range[1]]
  }
  return null
}

function firstSpan(node: unknown): readonly [number, number] | null {
  if (isMap(node) && node.items[0] !== undefined) return spanOf(node.items[0].key)
  if (isSeq(node) && node.items[0] !== undefined) return firstSpan(node.items[0])
  return spanOf(node)
}

function codeOf(code: string, text: string, offset: number): YamlError['code'] {
  if (code === 'TAB_AS_INDENT' || text[offset] === '\t') return 'tab'
  if (code === 'TAG_RESOLVE_FAILED') return 'tag'
  return 'syntax'
}
