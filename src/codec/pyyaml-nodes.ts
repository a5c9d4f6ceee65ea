/**
 * The nodes of a YAML document, by the rules of PyYAML:
 * https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/parser.py and composer.py.
 */
import { implicitTag, yamlTag } from './pyyaml-scalar.ts'
import type { Token } from './pyyaml-scan.ts'
import { openTokens, type Tokens } from './pyyaml-tokens.ts'

/** A node with its full tag. An alias is represented by the node of its anchor. */
export type Node =
  | { readonly kind: 'scalar'; readonly tag: string; readonly text: string }
  | { readonly kind: 'list'; readonly tag: string; readonly items: readonly Node[] }
  | { readonly kind: 'mapping'; readonly tag: string; readonly pairs: readonly Pair[] }

/** A key and its value. */
export type Pair = readonly [key: Node, value: Node]

/** The number of nested lists and mappings that are read; Python's own limit depends on its call stack. */
const maxDepth = 100

/** Thrown for a text that PyYAML may accept and that is not read here. */
export const beyondLimits = new Error('beyond the limits of this reader')

/** The root of the only document, or null without one; throws an Error where PyYAML refuses the text. */
export function composeNodes(text: string): Node | null {
  const tokens = openTokens(text)
  if (nextIs(tokens, ['text-end'])) return null
  const isExplicit = nextIs(tokens, ['directive', 'document-start'])
  const handles = isExplicit ? takeDirectives(tokens) : defaultHandles
  const reader: Reader = { tokens, handles, anchors: new Map(), depth: 0 }
  const isEmpty =
    isExplicit && nextIs(tokens, ['directive', 'document-start', 'document-end', 'text-end'])
  const root = isEmpty ? emptyNode : takeNode(reader, 'block')
  while (nextIs(tokens, ['document-end'])) tokens.take()
  if (!nextIs(tokens, ['text-end'])) refuseNext(tokens, 'the document ends before this')
  return root
}

interface Reader {
  readonly tokens: Tokens
  /** The prefixes of tags by their handles. */
  readonly handles: ReadonlyMap<string, string>
  /** The nodes by their anchors; null for a node that is not complete. */
  readonly anchors: Map<string, Node | null>
  readonly depth: number
}

type Kind = Token['kind']

const defaultHandles: ReadonlyMap<string, string> = new Map([
  ['!', '!'],
  ['!!', yamlTag],
])

const emptyNode: Node = { kind: 'scalar', tag: `${yamlTag}null`, text: '' }

function nextIs(tokens: Tokens, kinds: readonly Kind[]): boolean {
  return kinds.includes(tokens.peek().kind)
}

function refuseNext(tokens: Tokens, problem: string): never {
  return tokens.refuse(problem, tokens.peek().offset)
}

/** The handles that directives declare before `---`. */
function takeDirectives(tokens: Tokens): ReadonlyMap<string, string> {
  const declared = new Map<string, string>()
  let hasVersion = false
  for (let token = tokens.take(); token.kind !== 'document-start'; token = tokens.take()) {
    if (token.kind !== 'directive') return tokens.refuse('"---" is missing', token.offset)
    const [first = '', second = ''] = token.values
    if (token.name === 'YAML') {
      if (hasVersion) tokens.refuse('the version is declared twice', token.offset)
      if (Number(first) !== 1) tokens.refuse(`YAML ${first}.${second} is unknown`, token.offset)
      hasVersion = true
    } else if (token.name === 'TAG') {
      if (declared.has(first)) tokens.refuse(`${first} is declared twice`, token.offset)
      declared.set(first, second)
    }
  }
  return new Map([...defaultHandles, ...declared])
}

/** The position of a node: inside brackets or braces, in a block, or as a key or value of a block mapping. */
type Place = 'flow' | 'block' | 'pair'

function takeNode(reader: Reader, place: Place): Node {
  const { tokens, anchors } = reader
  const first = tokens.peek()
  if (first.kind === 'alias') {
    tokens.take()
    const node = anchors.get(first.name)
    if (node === null) throw beyondLimits
    return node ?? tokens.refuse(`undefined anchor "${first.name}"`, first.offset)
  }
  const { anchor, tag } = takeProperties(reader)
  if (anchor === null) return takeContent(reader, place, tag, false)
  if (anchors.has(anchor)) tokens.refuse(`duplicate anchor "${anchor}"`, first.offset)
  anchors.set(anchor, null)
  const node = takeContent(reader, place, tag, true)
  anchors.set(anchor, node)
  return node
}

interface Properties {
  readonly anchor: string | null
  /** The full tag; null without one. */
  readonly tag: string | null
}

/** An anchor and a tag, in any order. */
function takeProperties({ tokens, handles }: Reader): Properties {
  let anchor: string | null = null
  let tag: string | null = null
  for (;;) {
    const token = tokens.peek()
    if (token.kind === 'anchor' && anchor === null) anchor = token.name
    else if (token.kind === 'tag' && tag === null) {
      const prefix = token.handle === null ? '' : handles.get(token.handle)
      if (prefix === undefined) refuseNext(tokens, `undefined tag prefix "${token.handle}"`)
      tag = `${prefix}${token.suffix}`
    } else return { anchor, tag }
    tokens.take()
  }
}

function takeContent(reader: Reader, place: Place, tag: string | null, hasAnchor: boolean): Node {
  const { tokens, depth } = reader
  const { kind } = tokens.peek()
  const inner = { ...reader, depth: depth + 1 }
  if (depth > maxDepth) throw beyondLimits
  if (kind === 'scalar') return takeScalar(tokens, tag)
  if (kind === '[') return listOf(takeFlowItems(inner), tag)
  if (kind === '{') return mappingOf(takeFlowPairs(inner), tag)
  if (kind === 'entry' && place === 'pair') return listOf(takeOpenItems(inner), tag)
  if (kind === 'block-list' && place !== 'flow') return listOf(takeBlockItems(inner), tag)
  if (kind === 'block-mapping' && place !== 'flow') return mappingOf(takeBlockPairs(inner), tag)
  if (tag === null && !hasAnchor) return refuseNext(tokens, 'a value is missing')
  return { kind: 'scalar', tag: tag === null || tag === '!' ? `${yamlTag}null` : tag, text: '' }
}

function takeScalar(tokens: Tokens, tag: string | null): Node {
  const token = tokens.take()
  if (token.kind !== 'scalar') return emptyNode
  const { text, isPlain } = token
  // PyYAML reads `! "12"` as a plain 12.
  const isImplicit = tag === '!' || (tag === null && isPlain)
  const defaultTag = isImplicit ? implicitTag(text) : `${yamlTag}str`
  return { kind: 'scalar', tag: tag === null || tag === '!' ? defaultTag : tag, text }
}

function listOf(items: readonly Node[], tag: string | null): Node {
  return { kind: 'list', tag: tag === null || tag === '!' ? `${yamlTag}seq` : tag, items }
}

function mappingOf(pairs: readonly Pair[], tag: string | null): Node {
  return { kind: 'mapping', tag: tag === null || tag === '!' ? `${yamlTag}map` : tag, pairs }
}

function takeIf(tokens: Tokens, kind: Kind): boolean {
  if (tokens.peek().kind !== kind) return false
  tokens.take()
  return true
}

/** A node, or an empty one where one of these tokens is next. */
function takeUnless(reader: Reader, ends: readonly Kind[], place: Place): Node {
  return nextIs(reader.tokens, ends) ? emptyNode : takeNode(reader, place)
}

function takeBlockItems(reader: Reader): readonly Node[] {
  const { tokens } = reader
  tokens.take()
  const items: Node[] = []
  while (takeIf(tokens, 'entry')) items.push(takeUnless(reader, ['entry', 'block-end'], 'block'))
  if (!takeIf(tokens, 'block-end')) refuseNext(tokens, 'this is not an entry of the list above')
  return items
}

/** The items of a list with the indentation of its key. */
function takeOpenItems(reader: Reader): readonly Node[] {
  const items: Node[] = []
  while (takeIf(reader.tokens, 'entry')) {
    items.push(takeUnless(reader, ['entry', 'key', 'value', 'block-end'], 'block'))
  }
  return items
}

function takeBlockPairs(reader: Reader): readonly Pair[] {
  const { tokens } = reader
  tokens.take()
  const pairs: Pair[] = []
  const ends: readonly Kind[] = ['key', 'value', 'block-end']
  while (takeIf(tokens, 'key')) {
    const key = takeUnless(reader, ends, 'pair')
    pairs.push([key, takeIf(tokens, 'value') ? takeUnless(reader, ends, 'pair') : emptyNode])
  }
  if (!takeIf(tokens, 'block-end')) refuseNext(tokens, 'this is not a key of the mapping above')
  return pairs
}

function takeFlowItems(reader: Reader): readonly Node[] {
  const { tokens } = reader
  tokens.take()
  const items: Node[] = []
  while (!takeIf(tokens, ']')) {
    if (items.length > 0 && !takeIf(tokens, ',')) refuseNext(tokens, '"," or "]" is missing')
    if (nextIs(tokens, ['key'])) items.push(mappingOf([takeFlowPair(reader, ']')], null))
    else if (!nextIs(tokens, [']'])) items.push(takeNode(reader, 'flow'))
  }
  return items
}

function takeFlowPairs(reader: Reader): readonly Pair[] {
  const { tokens } = reader
  tokens.take()
  const pairs: Pair[] = []
  while (!takeIf(tokens, '}')) {
    if (pairs.length > 0 && !takeIf(tokens, ',')) refuseNext(tokens, '"," or "}" is missing')
    if (nextIs(tokens, ['key'])) pairs.push(takeFlowPair(reader, '}'))
    else if (!nextIs(tokens, ['}'])) pairs.push([takeNode(reader, 'flow'), emptyNode])
  }
  return pairs
}

function takeFlowPair(reader: Reader, end: ']' | '}'): Pair {
  const { tokens } = reader
  tokens.take()
  const key = takeUnless(reader, ['value', ',', end], 'flow')
  return [key, takeIf(tokens, 'value') ? takeUnless(reader, [',', end], 'flow') : emptyNode]
}
