/**
 * Finds secret values in text of any format by the names of their keys: `token: x`, `PASSWORD=x`,
 * `"auth": "x"`. The text is not parsed, so it may be malformed.
 */
import type { Span } from './place.ts'

/** The secret values of a text, unsorted; they may overlap. */
export function secretValues(text: string): readonly Span[] {
  const lines = linesOf(text)
  return [
    ...lines.flatMap((line, index) => keyedValues(lines, line, index)),
    ...secretMappings(lines).flatMap(mapping => contentsOf(lines, mapping)),
    ...kubernetesSecrets(text, lines),
  ]
}

interface Line {
  readonly text: string
  /** The offset of the line in the text. */
  readonly start: number
  readonly indent: number
}

function linesOf(text: string): readonly Line[] {
  let start = 0
  return text.split('\n').map(line => {
    const entry = { text: line, start, indent: line.search(/[^ \t]|$/) }
    start += line.length + 1
    return entry
  })
}

const secretKey =
  /(?:token|pas+w(?:o?r)?d?|(?<![a-z])pass|pwd|psk|bindpw|passphrase|secret|credentials?|cookie|authorization|auth|headers|key-data|(?<!public|host|primary)[-_]?key(?:[-_]?file)?)["']?[ \t]*[:=](?![:=/])[ \t]*/gi

function keyedValues(lines: readonly Line[], line: Line, index: number): readonly Span[] {
  return [...line.text.matchAll(secretKey)].flatMap(match => {
    const start = startOfKey(line.text, match.index)
    return isSopsKey(lines, index, start)
      ? []
      : valueSpans(lines, index, start, match.index + match[0].length)
  })
}

/** Whether an entry is the key of a text in a SOPS file, which is not secret: `{sops: FILE, key: KEY}`. */
function isSopsKey(lines: readonly Line[], index: number, start: number): boolean {
  const line = lines[index] as Line
  if (!/^["']?key["']?[ \t]*:/.test(line.text.slice(start))) return false
  if (/\{[ \t]*["']?sops["']?[ \t]*:[^{}]*$/.test(line.text.slice(0, start))) return true
  return [lines[index - 1], lines[index + 1]].some(
    other => other?.indent === start && /^\s*["']?sops["']?[ \t]*:/.test(other.text),
  )
}

/** The start of the key whose last word (token, password, …) starts at `word`. */
function startOfKey(line: string, word: number): number {
  let start = word
  while (start > 0 && word - start < 128 && /[\w.-]/.test(line[start - 1] ?? '')) start--
  // The dash of a list item is not part of its key, a quote is.
  return /["']/.test(line[start - 1] ?? '') ? start - 1 : start
}

/** The value at column `from` of a line whose key starts at column `key`, with its continuation lines. */
function valueSpans(
  lines: readonly Line[],
  index: number,
  key: number,
  from: number,
): readonly Span[] {
  const line = lines[index] as Line
  const end = from + valueLength(line.text.slice(from), isInsideFlow(line.text.slice(0, key)))
  const value = line.text.slice(from, end)
  if (/^(?:true|false|null|~)$/i.test(value)) return []
  if (value === '') return continuationLines(lines, index, key, 'mapping or text')
  // A reference, a mapping that contains the secret under its own key, or a path.
  if (/^(?:\{\s*(?:"?(?:file|env|sops|username|password)"?\s*:|\}|$)|\.{0,2}\/)/.test(value))
    return []
  const continuation = continuationLines(lines, index, key, 'text')
  if (/^[|>][-+\d]*\s*$/.test(value)) return continuation
  return [{ start: line.start + from, end: line.start + end }, ...continuation]
}

function valueLength(text: string, insideFlow: boolean): number {
  const quoted = /^"(?:[^"\\]|\\.)*"?|^'(?:[^']|'')*'?/.exec(text)
  if (quoted !== null) return quoted[0].length
  if (text.startsWith('[')) return text.lastIndexOf(']') + 1 || text.length
  if (text.startsWith('{')) return text.indexOf('}') + 1 || text.length
  const end = text.search(insideFlow ? /[,}\]]|\s#|$/ : /\s#|$/)
  return text.slice(0, end).trimEnd().length
}

/** Whether more brackets are opened than closed before a key. */
function isInsideFlow(before: string): boolean {
  return before.split(/[{[]/).length > before.split(/[}\]]/).length
}

/**
 * The lines that continue a value: those indented deeper than its key, and a list at the same depth.
 * In a mapping only the values of the entries are secret, not the references.
 */
function continuationLines(
  lines: readonly Line[],
  index: number,
  key: number,
  content: 'text' | 'mapping or text',
): readonly Span[] {
  const isOutside = (line: Line) => {
    const isItem = line.indent === key && line.text.startsWith('- ', key)
    return line.indent !== line.text.length && line.indent <= key && !isItem
  }
  let end = index + 1
  while (end < lines.length && !isOutside(lines[end] as Line)) end++
  return lines.slice(index + 1, end).flatMap((line, offset) => {
    const entry = content === 'text' ? null : mappingEntry.exec(line.text)
    if (entry !== null && reference.test(entry[1] ?? '')) return []
    if (entry !== null && isSopsKey(lines, index + 1 + offset, line.indent)) return []
    const from = entry === null ? line.indent : entry[0].length
    const span = { start: line.start + from, end: line.start + line.text.trimEnd().length }
    return span.end > span.start ? [span] : []
  })
}

const mappingEntry = /^\s*(?:- )?["']?([\w.-]+)["']?\s*:(?:\s+|$)/

/** Keys of a reference to a secret, and of the name of a header; secretKey matches `password` too. */
const reference = /^(?:file|env|sops|name|username|password)$/

/** An entry whose mapping has a secret `content`: `secret: true`, or a mode for the owner only. */
const declaresSecret =
  /(?:^|[\s{,-])["']?(?:secret["']?\s*:\s*true|mode["']?\s*:\s*["']?0?o?[0-7]00\b)/

const contentKey = /(?<=^|[\s{,-])["']?(?:contents?|data|inline|text|value)["']?\s*:\s*/

/** The lines of a mapping: from `first` to the line before `end`. */
interface Mapping {
  readonly first: number
  readonly end: number
}

/** The mappings with a line that declares a secret, each once. */
function secretMappings(lines: readonly Line[]): readonly Mapping[] {
  const mappings: Mapping[] = []
  // Without it, each line of a mapping would cost a search through the whole mapping.
  const lastOfDepth = new Map<number, Mapping>()
  for (const [index, line] of lines.entries()) {
    if (!declaresSecret.test(line.text)) continue
    const depth = depthOf(line)
    const last = lastOfDepth.get(depth)
    if (last !== undefined && index >= last.first && index < last.end) continue
    const mapping = mappingAt(lines, index, depth)
    lastOfDepth.set(depth, mapping)
    mappings.push(mapping)
  }
  return mappings
}

/** The mapping that contains a line whose first key is at column `depth`. */
function mappingAt(lines: readonly Line[], index: number, depth: number): Mapping {
  const isOutside = (line: Line | undefined) =>
    line === undefined || (line.indent < depth && line.indent !== line.text.length)
  const isItemStart = (line: Line | undefined) =>
    line !== undefined && depthOf(line) === depth && isOutside(line)
  let first = index
  while (!isItemStart(lines[first]) && !isOutside(lines[first - 1])) first--
  if (!isItemStart(lines[first]) && isItemStart(lines[first - 1])) first--
  let end = index + 1
  while (!isOutside(lines[end])) end++
  return { first, end }
}

/** The values of `content` and the like in a mapping. */
function contentsOf(lines: readonly Line[], { first, end }: Mapping): readonly Span[] {
  return lines.slice(first, end).flatMap((line, offset) => {
    const match = contentKey.exec(line.text)
    if (match === null) return []
    return valueSpans(lines, first + offset, match.index, match.index + match[0].length)
  })
}

/** The column of a line's first key, after the dashes of list items. */
function depthOf(line: Line): number {
  return line.indent + (/^(?:-\s+)*/.exec(line.text.slice(line.indent))?.[0].length ?? 0)
}

/** The values of Kubernetes Secrets, whose keys can have any name. */
function kubernetesSecrets(text: string, lines: readonly Line[]): readonly Span[] {
  if (!/^ *["']?kind["']?: *["']?Secret\b/m.test(text)) return []
  return lines.flatMap((line, index) =>
    /^ *(?:data|stringData):\s*$/.test(line.text)
      ? continuationLines(lines, index, line.indent, 'mapping or text')
      : [],
  )
}
