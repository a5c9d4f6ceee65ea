/**
 * MIME messages by the rules of Python's email package, with which cloud-init splits user-data:
 * https://github.com/python/cpython/blob/3.11/Lib/email/feedparser.py and message.py.
 */
import { decodeTransfer } from './mime-transfer.ts'
import { strip } from './python-text.ts'

/** One part of a message. */
export interface MimePart {
  /** Content type in lower case, without parameters. */
  readonly type: string
  /** Headers as written; where a name occurs twice, only the first header. */
  readonly headers: ReadonlyMap<string, string>
  /** The decoded content; empty for a part that contains parts. */
  readonly body: Uint8Array
  /** The parts of a container, such as `multipart/mixed` or `message/rfc822`. */
  readonly parts: readonly MimePart[]
}

/** Parses a message and returns it as a part; null where parts are nested too deeply. */
export function parseMime(text: string): MimePart | null {
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
  const input: Input = { lines, next: 0, returned: null, separators: [], last: null }
  try {
    return partOf(takeMessage(input, maxDepth))
  } catch (error) {
    if (error === tooDeep) return null
    throw error
  }
}

const maxDepth = 50
const tooDeep = new Error('a message that is nested too deeply')

interface Message {
  readonly headers: ReadonlyMap<string, string>
  readonly parts: Message[]
  body: string
}

/** The lines of a message with the position in them, which the functions below change. */
interface Input {
  readonly lines: readonly string[]
  next: number
  /** A line that was taken as a header and belongs to the body. */
  returned: string | null
  /** The boundaries of the containers around the position: a line with one of them ends the part at the position. */
  readonly separators: string[]
  /** The message that was created last: the line break before a boundary line is removed from its content. */
  last: Message | null
}

/** The next line, or null at the end of the text or at a boundary line of a container. */
function takeLine(input: Input): string | null {
  const { returned } = input
  input.returned = null
  if (returned !== null) return returned
  const line = input.lines[input.next]
  if (line === undefined || input.separators.some(mark => boundaryLine(line, mark) !== null)) {
    return null
  }
  input.next++
  return line
}

function takeRemaining(input: Input): string {
  const lines: string[] = []
  for (let line = takeLine(input); line !== null; line = takeLine(input)) lines.push(line)
  return lines.join('')
}

/** Whether a line is a boundary line, and which. */
function boundaryLine(line: string, separator: string): 'start' | 'end' | null {
  if (!line.startsWith(separator)) return null
  const match = /^(--)?[ \t]*(?:\r\n|\r|\n)?$/.exec(line.slice(separator.length))
  if (match === null) return null
  return match[1] === undefined ? 'start' : 'end'
}

function takeMessage(input: Input, depth: number): Message {
  if (depth === 0) throw tooDeep
  const message: Message = { headers: takeHeaders(input), parts: [], body: '' }
  input.last = message
  const type = typeOf(message.headers)
  if (type.startsWith('message/')) message.parts.push(takeMessage(input, depth - 1))
  else if (type.startsWith('multipart/')) takeParts(input, message, depth)
  else message.body = takeRemaining(input)
  return message
}

function takeHeaders(input: Input): ReadonlyMap<string, string> {
  const lines: string[] = []
  for (;;) {
    const line = takeLine(input)
    if (line === null) break
    if (!/^(?:From |[!-9;-~]*:|[\t ])/.test(line)) {
      // An empty line separates headers and body; any other line is the first line of the body.
      if (!/^[\r\n]/.test(line)) input.next--
      break
    }
    lines.push(line)
  }
  return parseHeaders(lines, input)
}

/** Lines before the first header, envelope lines (`From `) and headers without a name are skipped. */
function parseHeaders(lines: readonly string[], input: Input): ReadonlyMap<string, string> {
  const fields: Field[] = []
  let current: Field | null = null
  for (const [index, line] of lines.entries()) {
    if (/^[\t ]/.test(line)) {
      if (current !== null) current.value += line
      continue
    }
    current = null
    if (line.startsWith('From ')) {
      if (index > 0 && index === lines.length - 1) input.returned = line
    } else if (!line.startsWith(':')) {
      const [name = '', value = ''] = line.split(/:(.*)/s)
      current = { name, value: value.replace(/^[ \t]+/, '') }
      fields.push(current)
    }
  }
  return new Map(fields.map(({ name }) => [name, firstOf(fields, name)]))
}

interface Field {
  readonly name: string
  value: string
}

/** The value of the first header with this name, in any letter case. */
function firstOf(fields: readonly Field[], name: string): string {
  const field = fields.find(other => other.name.toLowerCase() === name.toLowerCase())
  return (field?.value ?? '').replace(/[\r\n]+$/, '')
}

/** The value of the header whose name in lower case is `name`. */
function headerOf(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  return [...headers].find(([key]) => key.toLowerCase() === name)?.[1]
}

function typeOf(headers: ReadonlyMap<string, string>): string {
  const type = strip((headerOf(headers, 'content-type') ?? '').split(';')[0] ?? '').toLowerCase()
  return type.split('/').length === 2 ? type : 'text/plain'
}

/** The boundary of a container; null without one. */
function boundaryOf(headers: ReadonlyMap<string, string>): string | null {
  const parameters = (headerOf(headers, 'content-type') ?? '').match(/(?:"(?:\\"|[^"])*"|[^;])+/g)
  for (const parameter of parameters ?? []) {
    const [name = '', value] = parameter.split(/=(.*)/s)
    if (value !== undefined && strip(name).toLowerCase() === 'boundary') {
      return unquote(strip(value)).trimEnd()
    }
  }
  return null
}

function unquote(text: string): string {
  if (/^".*"$/s.test(text) && text.length > 1) {
    return text.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"')
  }
  return /^<.*>$/s.test(text) ? text.slice(1, -1) : text
}

/** Takes the parts between boundary lines. A container without them has no parts. */
function takeParts(input: Input, message: Message, depth: number): void {
  const boundary = boundaryOf(message.headers)
  if (boundary === null) {
    takeRemaining(input)
    return
  }
  const separator = `--${boundary}`
  for (let line = takeLine(input); line !== null; line = takeLine(input)) {
    const mark = boundaryLine(line, separator)
    if (mark === 'end') {
      takeRemaining(input)
      return
    }
    if (mark === null) continue
    while (isBoundary(input, separator)) input.next++
    input.separators.push(separator)
    message.parts.push(takeMessage(input, depth - 1))
    input.separators.pop()
    // The line break before a boundary line belongs to the boundary.
    if (input.last?.parts.length === 0) input.last.body = withoutLineBreak(input.last.body)
    input.last = message
  }
}

/** Boundary lines in succession count as one. */
function isBoundary({ lines, next }: Input, separator: string): boolean {
  const line = lines[next]
  return line !== undefined && boundaryLine(line, separator) !== null
}

function withoutLineBreak(text: string): string {
  return text.replace(/(?:\r\n|\r|\n)$/, '')
}

function partOf({ headers, parts, body }: Message): MimePart {
  const encoding = (headerOf(headers, 'content-transfer-encoding') ?? '').toLowerCase()
  return {
    type: typeOf(headers),
    headers,
    body: decodeTransfer(body, encoding),
    parts: parts.map(partOf),
  }
}
