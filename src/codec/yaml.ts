/** YAML as people write it: a text becomes a plain value that remembers where everything stands. */
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
} from 'yaml'
import type { At, Path, Range } from '../report/diagnostic.ts'

/** A mistake of the notation; `code` is one of a few that deserve their own words. */
export interface YamlMistake {
  readonly code: 'duplicate-key' | 'tab' | 'unknown-anchor' | 'several-documents' | 'syntax'
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

/** More references than this in one document are an attack, not a spec. */
const maxAliases = 100

/** Reads a YAML 1.2 document; never throws, whatever the text. */
export function parseYaml(text: string): Yaml {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: false,
    version: '1.2',
    merge: false,
    logLevel: 'error',
  })
  const rangeOf = (start: number, end: number): Range => {
    const { line, col } = lines.linePos(start)
    return { start, end: Math.max(end, start), line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const mistakes: YamlMistake[] = document.errors.map(error => ({
    code: codeOf(error.code, text, error.pos[0]),
    message: error.message,
    range: rangeOf(error.pos[0], error.pos[1]),
  }))
  let value: unknown = null
  try {
    if (mistakes.length === 0) value = document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    // yaml reports an alias without its anchor, and too many aliases, only here.
    const at = text.search(/\*[^\s,\]}]/)
    mistakes.push({
      code: 'unknown-anchor',
      message: error instanceof Error ? error.message : 'unreadable alias',
      range: rangeOf(Math.max(at, 0), Math.max(at, 0) + 1),
    })
  }
  const walk = (path: Path) => walkTo(document.contents, path)
  return {
    value,
    mistakes,
    locate: (path, at) => {
      const found = walk(path)
      const [start, end] = placeOf(found, path.length, at)
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
  const pair = node.items.find(one => isScalar(one.key) && String(one.key.value) === String(step))
  return pair === undefined ? null : { node: pair.value, pair }
}

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
  if (code === 'DUPLICATE_KEY') return 'duplicate-key'
  if (code === 'TAB_AS_INDENT' || text[at] === '\t') return 'tab'
  if (code === 'MULTIPLE_DOCS') return 'several-documents'
  return 'syntax'
}
