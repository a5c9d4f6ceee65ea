/**
 * The state of a scan of YAML: open blocks, and keys that a colon may follow. By the rules of PyYAML:
 * https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/scanner.py from stale_possible_simple_keys to add_indent.
 */
import type { Cursor } from './pyyaml-cursor.ts'
import type { Directive, TagName } from './pyyaml-properties.ts'

/** One token; `offset` is its place in the text. */
export type Token = { readonly offset: number } & (
  | { readonly kind: Mark }
  | { readonly kind: 'alias' | 'anchor'; readonly name: string }
  | ({ readonly kind: 'tag' } & TagName)
  | { readonly kind: 'scalar'; readonly text: string; readonly isPlain: boolean }
  | ({ readonly kind: 'directive' } & Directive)
)

/** A token without a text: an indicator, or the start or end of a block, a document or the text. */
export type Mark =
  | ('text-end' | 'document-start' | 'document-end' | 'block-list' | 'block-mapping' | 'block-end')
  | ('[' | ']' | '{' | '}' | ',' | 'entry' | 'key' | 'value')

/** The state of a scan, which the functions of this file and of its importer change. */
export interface Scan {
  readonly cursor: Cursor
  /** Tokens that were found and not taken yet. */
  readonly queue: Token[]
  taken: number
  /** The columns of the blocks around the current one, which has the column `indent`. */
  readonly indents: number[]
  indent: number
  /** The number of open brackets and braces. */
  flowLevel: number
  /** Whether a key may start at the position. */
  allowsKey: boolean
  /** The scalar or collection that becomes a key if a colon follows, by flow level. */
  readonly keys: (PossibleKey | undefined)[]
}

interface PossibleKey {
  /** The number of its first token. */
  readonly number: number
  /** Whether the text is invalid without the colon. */
  readonly isRequired: boolean
  readonly offset: number
  readonly line: number
  readonly column: number
}

/** A key must end on its line and within 1024 characters. */
export function dropStaleKeys({ keys, cursor }: Scan): void {
  for (const [level, key] of keys.entries()) {
    if (key === undefined) continue
    if (key.line === cursor.line && !cursor.hasPassed(1024, key.offset)) continue
    dropKey(keys, level, cursor)
  }
}

/** Forgets the possible key of a flow level; throws an Error where its colon is required. */
export function dropKey(keys: Scan['keys'], level: number, cursor: Cursor): void {
  const key = keys[level]
  if (key?.isRequired === true) cursor.refuse('":" is missing after this key', key.offset)
  keys[level] = undefined
}

/** Notes that a key may start at the position. */
export function saveKey(scan: Scan): void {
  const { cursor, flowLevel, keys } = scan
  if (!scan.allowsKey) return
  dropKey(keys, flowLevel, cursor)
  keys[flowLevel] = {
    number: scan.taken + scan.queue.length,
    isRequired: flowLevel === 0 && scan.indent === cursor.column,
    offset: cursor.offset,
    line: cursor.line,
    column: cursor.column,
  }
}

/** Adds a token that consists of the next `length` characters. */
export function push(scan: Scan, kind: Mark, length = 0): void {
  scan.queue.push({ kind, offset: scan.cursor.offset })
  scan.cursor.advance(length)
}

/** Closes the blocks that are indented more than a column. */
export function closeBlocks(scan: Scan, column: number): void {
  while (scan.flowLevel === 0 && scan.indent > column) {
    scan.indent = scan.indents.pop() ?? -1
    push(scan, 'block-end')
  }
}

/** Opens a block at a column, unless the current block has that column. */
export function opensBlock(scan: Scan, column: number): boolean {
  if (scan.flowLevel > 0 || scan.indent >= column) return false
  scan.indents.push(scan.indent)
  scan.indent = column
  return true
}
