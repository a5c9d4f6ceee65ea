/**
 * The tokens of a YAML text, by the rules of PyYAML:
 * https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/scanner.py from need_more_tokens to scan_to_next_token.
 */
import { type Cursor, isSpace, openCursor } from './pyyaml-cursor.ts'
import { takeAnchorName, takeDirective, takeTag } from './pyyaml-properties.ts'
import { quoted, takeBlockScalar, takePlainScalar, takeQuotedScalar } from './pyyaml-scalar-text.ts'
import {
  closeBlocks,
  dropKey,
  dropStaleKeys,
  type Mark,
  opensBlock,
  push,
  type Scan,
  saveKey,
  type Token,
} from './pyyaml-scan.ts'

/** The tokens in their order; `peek` gives the next one without taking it. */
export interface Tokens {
  readonly peek: () => Token
  readonly take: () => Token
  readonly refuse: Cursor['refuse']
}

/** The tokens of a text without `\0`; they throw an Error where PyYAML refuses the text. */
export function openTokens(text: string): Tokens {
  const scan: Scan = {
    cursor: openCursor(text),
    queue: [],
    taken: 0,
    indents: [],
    indent: -1,
    flowLevel: 0,
    allowsKey: true,
    keys: [],
  }
  const peek = (): Token => {
    while (needsMore(scan)) fetchToken(scan)
    return scan.queue[0] as Token
  }
  const take = (): Token => {
    const token = peek()
    if (token.kind !== 'text-end') {
      scan.queue.shift()
      scan.taken++
    }
    return token
  }
  return { peek, take, refuse: scan.cursor.refuse }
}

/** Reads tokens while the next one may be part of a key: a colon found later inserts tokens before the key. */
function needsMore(scan: Scan): boolean {
  const [next] = scan.queue
  if (next === undefined) return true
  if (next.kind === 'text-end') return false
  dropStaleKeys(scan)
  return scan.keys.some(key => key?.number === scan.taken)
}

function fetchToken(scan: Scan): void {
  skipToToken(scan)
  dropStaleKeys(scan)
  const { cursor } = scan
  closeBlocks(scan, cursor.column)
  const character = cursor.peek()
  if (character === '\0') fetchEnd(scan, 'text-end', 0)
  else if (cursor.column === 0 && character === '%') fetchDirective(scan)
  else if (cursor.column === 0 && cursor.isDocumentMark()) {
    fetchEnd(scan, character === '-' ? 'document-start' : 'document-end', 3)
  } else if (fetchers.get(character)?.(scan) !== true) fetchPlain(scan)
}

/** Moves over white space and comments. A tab is not white space here. */
function skipToToken(scan: Scan): void {
  const { cursor } = scan
  if (cursor.offset === 0 && cursor.peek() === '\ufeff') cursor.advance(1)
  for (;;) {
    cursor.take(/ */y)
    if (cursor.peek() === '#') cursor.take(/[^\0\n\r\x85\u2028\u2029]*/y)
    if (cursor.takeLineBreak() === '') return
    if (scan.flowLevel === 0) scan.allowsKey = true
  }
}

function fetchPlain(scan: Scan): void {
  const { cursor, flowLevel } = scan
  if (!startsPlainScalar(scan)) cursor.refuse(`unexpected ${quoted(cursor.peek())}`)
  saveKey(scan)
  const { offset } = cursor
  const { text, endsLine } = takePlainScalar(cursor, flowLevel > 0 ? null : scan.indent + 1)
  scan.allowsKey = endsLine
  scan.queue.push({ kind: 'scalar', text, isPlain: true, offset })
}

function startsPlainScalar({ cursor, flowLevel }: Scan): boolean {
  const character = cursor.peek()
  if (!/[\0 \t\n\r\x85\u2028\u2029?:,[\]{}#&*!|>'"%@`-]/.test(character)) return true
  if (isSpace(cursor.peek(1))) return false
  return character === '-' || (flowLevel === 0 && (character === '?' || character === ':'))
}

/** The end of a document or of the text. */
function fetchEnd(scan: Scan, kind: Mark, length: number): void {
  closeBlocks(scan, -1)
  dropKey(scan.keys, scan.flowLevel, scan.cursor)
  scan.allowsKey = false
  if (kind === 'text-end') scan.keys.length = 0
  push(scan, kind, length)
}

function fetchDirective(scan: Scan): void {
  closeBlocks(scan, -1)
  dropKey(scan.keys, scan.flowLevel, scan.cursor)
  scan.allowsKey = false
  const { offset } = scan.cursor
  scan.queue.push({ kind: 'directive', ...takeDirective(scan.cursor), offset })
}

/** Takes the token that a character starts; false where it starts a plain scalar. */
type Fetch = (scan: Scan) => boolean

const fetchers: ReadonlyMap<string, Fetch> = new Map<string, Fetch>([
  ['[', scan => fetchOpening(scan, '[')],
  ['{', scan => fetchOpening(scan, '{')],
  [']', scan => fetchClosing(scan, ']')],
  ['}', scan => fetchClosing(scan, '}')],
  [',', fetchComma],
  ['-', fetchEntry],
  ['?', fetchKey],
  [':', fetchValue],
  ['*', scan => fetchAnchor(scan, 'alias')],
  ['&', scan => fetchAnchor(scan, 'anchor')],
  ['!', fetchTag],
  ['|', fetchBlockScalar],
  ['>', fetchBlockScalar],
  ["'", fetchQuoted],
  ['"', fetchQuoted],
])

function fetchOpening(scan: Scan, kind: Mark): boolean {
  saveKey(scan)
  scan.flowLevel++
  scan.allowsKey = true
  push(scan, kind, 1)
  return true
}

function fetchClosing(scan: Scan, kind: Mark): boolean {
  const { cursor, keys } = scan
  if (scan.flowLevel === 0) cursor.refuse(`unexpected "${kind}"`)
  dropKey(keys, scan.flowLevel, cursor)
  scan.flowLevel--
  scan.allowsKey = false
  push(scan, kind, 1)
  return true
}

function fetchComma(scan: Scan): boolean {
  scan.allowsKey = true
  dropKey(scan.keys, scan.flowLevel, scan.cursor)
  push(scan, ',', 1)
  return true
}

function fetchEntry(scan: Scan): boolean {
  const { cursor, keys } = scan
  if (!isSpace(cursor.peek(1))) return false
  if (scan.flowLevel === 0) {
    if (!scan.allowsKey) cursor.refuse('a list entry is not allowed here')
    if (opensBlock(scan, cursor.column)) push(scan, 'block-list')
  }
  scan.allowsKey = true
  dropKey(keys, scan.flowLevel, cursor)
  push(scan, 'entry', 1)
  return true
}

function fetchKey(scan: Scan): boolean {
  const { cursor, keys } = scan
  if (scan.flowLevel === 0) {
    if (!isSpace(cursor.peek(1))) return false
    if (!scan.allowsKey) cursor.refuse('a key is not allowed here')
    if (opensBlock(scan, cursor.column)) push(scan, 'block-mapping')
  }
  scan.allowsKey = scan.flowLevel === 0
  dropKey(keys, scan.flowLevel, cursor)
  push(scan, 'key', 1)
  return true
}

function fetchValue(scan: Scan): boolean {
  const { cursor, keys, flowLevel } = scan
  if (flowLevel === 0 && !isSpace(cursor.peek(1))) return false
  const key = keys[flowLevel]
  if (key !== undefined) {
    keys[flowLevel] = undefined
    const { offset } = key
    const opened: Token[] = opensBlock(scan, key.column) ? [{ kind: 'block-mapping', offset }] : []
    scan.queue.splice(key.number - scan.taken, 0, ...opened, { kind: 'key', offset })
    scan.allowsKey = false
  } else {
    if (flowLevel === 0) {
      if (!scan.allowsKey) cursor.refuse('a value is not allowed here')
      if (opensBlock(scan, cursor.column)) push(scan, 'block-mapping')
    }
    scan.allowsKey = flowLevel === 0
    dropKey(keys, flowLevel, cursor)
  }
  push(scan, 'value', 1)
  return true
}

function fetchAnchor(scan: Scan, kind: 'alias' | 'anchor'): boolean {
  saveKey(scan)
  scan.allowsKey = false
  const { offset } = scan.cursor
  scan.queue.push({ kind, name: takeAnchorName(scan.cursor), offset })
  return true
}

function fetchTag(scan: Scan): boolean {
  saveKey(scan)
  scan.allowsKey = false
  const { offset } = scan.cursor
  scan.queue.push({ kind: 'tag', ...takeTag(scan.cursor), offset })
  return true
}

function fetchBlockScalar(scan: Scan): boolean {
  const { cursor, keys, flowLevel } = scan
  if (flowLevel > 0) return false
  scan.allowsKey = true
  dropKey(keys, flowLevel, cursor)
  const { offset } = cursor
  const text = takeBlockScalar(cursor, scan.indent)
  scan.queue.push({ kind: 'scalar', text, isPlain: false, offset })
  return true
}

function fetchQuoted(scan: Scan): boolean {
  saveKey(scan)
  scan.allowsKey = false
  const { offset } = scan.cursor
  const text = takeQuotedScalar(scan.cursor)
  scan.queue.push({ kind: 'scalar', text, isPlain: false, offset })
  return true
}
