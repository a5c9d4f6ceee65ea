/** Parses TOML, and sets one value in a text whose other bytes stay as they are. */
import { type AST, getStaticTOMLValue, parseTOML } from 'toml-eslint-parser'
import { isMapping, type PlainMapping } from './plain.ts'
import { printTomlKey, printTomlValue } from './toml.ts'

/** The values of a TOML document, or the position of the first syntax error, counted from 1. */
export type TomlResult =
  | {
      readonly ok: true
      readonly value: PlainMapping
      /** The line of a key or table, counted from 1; null where the text does not contain the path. */
      readonly lineOf: (path: readonly string[]) => number | null
    }
  | {
      readonly ok: false
      readonly reason: string
      readonly line: number
      readonly column: number
    }

/** Parses a TOML document; dates and times become texts. */
export function parseToml(text: string): TomlResult {
  try {
    const program = parseTOML(text, { tomlVersion: '1.0' })
    const lineOf = (path: readonly string[]) =>
      entriesOf(program).find(entry => startsWith(entry.path, path))?.node.loc.start.line ?? null
    return { ok: true, value: plainTable(getStaticTOMLValue(program)), lineOf }
  } catch (error) {
    const { message, lineNumber = 1, column = 0 } = error as ParseError
    return { ok: false, reason: message, line: lineNumber, column: column + 1 }
  }
}

type ParseError = Error & { readonly lineNumber?: number; readonly column?: number }

/**
 * The text with a text value at `[...table, key]`: the present value is replaced, else a line is added to the
 * table, else the table is added at the end. Null where the table has a form to which nothing can be added,
 * such as an inline table.
 */
export function setTomlText(
  text: string,
  table: readonly string[],
  key: string,
  value: string,
): string | null {
  const program = parseProgram(text)
  if (program === null) return null
  const edited = editedText(text, entriesOf(program), [...table, key], printTomlValue(value))
  const result = parseToml(edited)
  const expected = withValue(plainTable(getStaticTOMLValue(program)), [...table, key], value)
  return result.ok && sortedJson(result.value) === sortedJson(expected) ? edited : null
}

/** JSON that does not depend on the order of keys. */
function sortedJson(value: PlainMapping): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isMapping(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

function parseProgram(text: string): AST.TOMLProgram | null {
  try {
    return parseTOML(text, { tomlVersion: '1.0' })
  } catch {
    return null
  }
}

function editedText(
  text: string,
  entries: readonly Entry[],
  path: readonly string[],
  value: string,
): string {
  const table = path.slice(0, -1)
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const assignment = `${printTomlKey(path.slice(-1))} = ${value}`
  const present = entries.find(entry => isEqual(entry.path, path))?.node
  if (present?.type === 'TOMLKeyValue') return replace(text, present.value.range, value)
  const header = entries.find(
    entry => entry.node.type === 'TOMLTable' && isEqual(entry.path, table),
  )?.node
  if (header?.type === 'TOMLTable') {
    const [start] = header.range
    const indentation = header.body[0]?.loc.start.column ?? header.loc.start.column + 2
    const lineEnd = text.indexOf('\n', start)
    const line = `${' '.repeat(indentation)}${assignment}`
    return lineEnd < 0
      ? `${text}${lineBreak}${line}${lineBreak}`
      : replace(text, [lineEnd + 1, lineEnd + 1], `${line}${lineBreak}`)
  }
  const separator = text === '' || text.endsWith('\n') ? '' : lineBreak
  const lines = ['', `[${printTomlKey(table)}]`, `  ${assignment}`, '']
  return `${text}${separator}${lines.join(lineBreak)}`
}

function replace(text: string, [start, end]: AST.Range, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

interface Entry {
  readonly path: readonly string[]
  readonly node: AST.TOMLTable | AST.TOMLKeyValue
}

/** All tables and keys of a document with their full paths, in the order of the text. */
function entriesOf(program: AST.TOMLProgram): readonly Entry[] {
  return program.body[0].body.flatMap(node => entriesIn(node, []))
}

function entriesIn(node: AST.TOMLTable | AST.TOMLKeyValue, above: readonly string[]): Entry[] {
  if (node.type === 'TOMLTable') {
    const path = node.resolvedKey.map(String)
    return [{ path, node }, ...node.body.flatMap(item => entriesIn(item, path))]
  }
  const path = [...above, ...node.key.keys.map(keyName)]
  const inner = node.value.type === 'TOMLInlineTable' ? node.value.body : []
  return [{ path, node }, ...inner.flatMap(item => entriesIn(item, path))]
}

function keyName(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value
}

function isEqual(path: readonly string[], other: readonly string[]): boolean {
  return path.length === other.length && startsWith(path, other)
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((step, index) => path[index] === step)
}

function plainTable(table: object): PlainMapping {
  return JSON.parse(JSON.stringify(table)) as PlainMapping
}

function withValue(
  table: PlainMapping,
  [first = '', ...others]: readonly string[],
  value: string,
): PlainMapping {
  if (others.length === 0) return { ...table, [first]: value }
  const inner = Object.hasOwn(table, first) ? table[first] : undefined
  return { ...table, [first]: withValue(isMapping(inner) ? inner : {}, others, value) }
}
