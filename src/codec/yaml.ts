/** YAML as people write it: a text becomes a plain value that remembers where everything stands. */
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
import { memoizeByObject } from './memoize.ts'

/** A mistake of the notation; `code` is one of a few that deserve their own words. */
export interface YamlMistake {
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

export interface Yaml {
  readonly value: unknown
  readonly mistakes: readonly YamlMistake[]
  /** The deepest part of the path that was really written. */
  readonly locate: (path: Path, at: At) => Range
  /** A scalar exactly as it was written, or null where the path leads to none. */
  readonly written: (path: Path) => string | null
}

/** What references may unfold to: a document of a few lines could fill all memory. */
const maxNodes = 500_000
/** Deeper than any spec; a parser takes seconds for a line of brackets, and then its stack ends. */
const maxDepth = 100
/** After a few mistakes of syntax everything else is a consequence; more than a hundred read nobody. */
const maxErrors = 10
const maxMistakes = 100

/** Reads a YAML 1.2 document; never throws, whatever the text. */
export function parseYaml(text: string): Yaml {
  const rangeOf = rangesOf(text)
  const deep = depthEnds(text)
  const documents = deep >= 0 ? [] : compose(text)
  const [document] = documents
  const found = [
    ...(deep >= 0 ? [mistake('too-deep', deep, deep + 1)] : []),
    ...documents.flatMap((one, at) => (at === 0 ? notation(one, text) : [secondOf(one)])),
  ].slice(0, maxErrors)
  const mistakes = (
    found.length > 0 || document === undefined ? found : contentMistakes(document.contents, text)
  ).map(({ start, end, ...one }) => ({ ...one, range: rangeOf(start, end) }))
  const value = mistakes.length > 0 ? null : (document?.toJS({ maxAliasCount: -1 }) ?? null)
  const walk = (path: Path) => walkTo(document?.contents, path)
  return {
    value,
    mistakes,
    locate: (path, at) => {
      const [start, end] = placeOf(walk(path), path.length, at)
      return rangeOf(start, end)
    },
    written: path => {
      const found = walk(path)
      return found.depth === path.length && isScalar(found.node) && found.node.range
        ? text.slice(found.node.range[0], found.node.range[1])
        : null
    },
  }
}

/** Lines and columns of a text; the parser's own count is off by one after some `\r\n`. */
function rangesOf(text: string): (start: number, end: number) => Range {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (from, to) => {
    // What is missing is missing behind the end.
    const start = Math.min(from, text.length)
    const end = Math.min(Math.max(to, start), text.length)
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] as number) <= start) low = middle
      else high = middle
    }
    return { start, end, line: low + 1, column: start - (starts[low] as number) + 1 }
  }
}

function compose(text: string): readonly Document[] {
  // Equal keys are found below: here every key would be compared with every other.
  const options = { uniqueKeys: false, stringKeys: false, version: '1.2', merge: false } as const
  const tokens = new Parser().parse(text)
  return [...new Composer(options).compose(tokens, true, text.length)]
}

interface Mistake {
  readonly code: YamlMistake['code']
  readonly message: string
  readonly start: number
  readonly end: number
}

function mistake(code: Mistake['code'], start: number, end: number, message = ''): Mistake {
  return { code, message, start, end }
}

/** What the parser says of a document. */
function notation(document: Document, text: string): readonly Mistake[] {
  const { version, explicit } = document.directives?.yaml ?? { version: '1.2', explicit: false }
  const said = document.errors.map(one =>
    mistake(codeOf(one.code, text, one.pos[0]), one.pos[0], one.pos[1], one.message),
  )
  if (explicit && version !== '1.2') {
    return [mistake('syntax', 0, 1, `a spec is YAML 1.2, and this says ${version}`)]
  }
  // After the first one the parser guesses.
  const first = said.find(one => one.code === 'syntax')
  return said.filter(one => one.code !== 'syntax' || one === first)
}

function secondOf(document: Document): Mistake {
  const [start] = document.range ?? [0]
  return mistake('several-documents', start, start + 3)
}

/** What YAML allows and a spec does not. */
function contentMistakes(root: unknown, text: string): readonly Mistake[] {
  const mistakes: Mistake[] = []
  /** How many nodes an anchor stands for, once all of it is read. */
  const sizes = new Map<string, number>()
  let unfolded = 0
  const tell = (code: Mistake['code'], node: unknown) =>
    mistakes.push(mistake(code, ...(spanOf(node) ?? firstSpan(node) ?? [0, 0])))
  const sizeOf = (node: unknown): number => {
    if (!isAlias(node)) {
      const tag = foreignTag(node, text)
      if (tag >= 0) mistakes.push(mistake('tag', tag, tag + 1))
      const size = 1 + sizesWithin(node)
      if ((isScalar(node) || isCollection(node)) && node.anchor) sizes.set(node.anchor, size)
      return size
    }
    const size = sizes.get(node.source)
    if (size === undefined) tell('unknown-anchor', node)
    const before = unfolded
    unfolded += size ?? 0
    if (before <= maxNodes && unfolded > maxNodes) tell('too-many-references', node)
    return size ?? 1
  }
  const sizesWithin = (node: unknown): number => {
    if (isSeq(node)) return node.items.reduce<number>((sum, item) => sum + sizeOf(item), 0)
    if (!isMap(node)) return 0
    const names = new Set<string>()
    let sum = 0
    for (const { key, value } of node.items) {
      sum += sizeOf(key) + sizeOf(value)
      if (!isScalar(key)) tell('key-not-plain', key ?? value)
      else if (key.type === 'PLAIN' && key.value === '<<') tell('merge-key', key)
      else if (names.has(nameOf(key.value))) tell('duplicate-key', key)
      if (isScalar(key)) names.add(nameOf(key.value))
    }
    return sum
  }
  sizeOf(root)
  return mistakes.slice(0, maxMistakes)
}

/** Where a node's tag stands, or -1 where it has none but those of YAML's own kinds. */
function foreignTag(node: unknown, text: string): number {
  if (!(isScalar(node) || isCollection(node)) || node.tag === undefined || !node.range) return -1
  return /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/.test(node.tag)
    ? -1
    : Math.max(0, text.lastIndexOf('!', node.range[0]))
}

/** The name by which a key is known in the value. */
function nameOf(key: unknown): string {
  return key === null || key === undefined ? '' : String(key)
}

/** Where a text is nested too deeply, or -1: told from its tokens, before anything is built of them. */
function depthEnds(text: string): number {
  let at = 0
  let open = 0
  let within = 0
  let isStart = true
  for (const token of new Lexer().lex(text)) {
    if (token === '\x02' || token === '\x18' || token === '\x1f') continue
    if (token === '[' || token === '{') open++
    else if (token === ']' || token === '}') open = Math.max(0, open - 1)
    else if (token === '\n' || token === '\r\n') within = 0
    else if (open === 0 && /^[-?:]$/.test(token)) within++
    if (open + within > maxDepth || (isStart && /^ {1000}/.test(token))) return at
    isStart = token.endsWith('\n')
    at += token.length
  }
  return -1
}

interface Found {
  /** How many steps of the path were really there. */
  readonly depth: number
  readonly node: unknown
  /** The entry that led to the node, where a mapping did. */
  readonly pair: Pair | null
}

function walkTo(root: unknown, path: Path): Found {
  let found: Found = { depth: 0, node: root, pair: null }
  for (const step of path) {
    const next = stepInto(found.node, step)
    if (next === null) return found
    found = { depth: found.depth + 1, ...next }
  }
  return found
}

function stepInto(node: unknown, step: string | number): Omit<Found, 'depth'> | null {
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
  // The first of two equal keys: later ones are mistakes.
  return new Map(pairs.reverse())
})

/** What a caret should stand under: scalars themselves, collections by the key that opens them. */
function placeOf(found: Found, wanted: number, at: At): readonly [number, number] {
  const exact = found.depth === wanted
  const key = found.pair === null ? null : spanOf(found.pair.key)
  if (exact && at === 'value') {
    const value = isCollection(found.node) ? null : spanOf(found.node)
    if (value !== null && value[1] > value[0]) return value
  }
  return key ?? firstSpan(found.node) ?? [0, 0]
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

function codeOf(code: string, text: string, at: number): YamlMistake['code'] {
  if (code === 'TAB_AS_INDENT' || text[at] === '\t') return 'tab'
  if (code === 'TAG_RESOLVE_FAILED') return 'tag'
  return 'syntax'
}
