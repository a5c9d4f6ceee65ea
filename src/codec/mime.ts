/** MIME messages by the rules of Python's email package, with which cloud-init splits user-data. */
import { parseLooseBase64 } from './base64.ts'

/** One part of a message that is not a container of parts. */
export interface MimePart {
  /** Content type in lower case, without parameters. */
  readonly type: string
  /** Headers as written; of two with the same name the first. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** The parts of a message in their order; a nested container is replaced by its parts. */
export function parseMime(text: string): readonly MimePart[] {
  return partsOf(text, maxDepth)
}

const maxDepth = 20

function partsOf(text: string, depth: number): readonly MimePart[] {
  const { headers, body } = splitHeaders(text)
  const contentType = headerOf(headers, 'content-type') ?? 'text/plain'
  const type =
    /^\s*([^\s;/]+\/[^\s;/]+)\s*(?:;|$)/.exec(contentType)?.[1]?.toLowerCase() ?? 'text/plain'
  if (type.startsWith('multipart/')) {
    const boundary = boundaryOf(contentType)
    if (boundary === null || depth === 0) return []
    return splitBody(body, boundary).flatMap(part => partsOf(part, depth - 1))
  }
  const encoding = headerOf(headers, 'content-transfer-encoding')?.trim().toLowerCase() ?? ''
  return [{ type, headers, body: decodeBody(body, encoding) }]
}

function splitHeaders(text: string): {
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
} {
  const headers = new Map<string, string>()
  let remaining = text
  let name = ''
  for (;;) {
    const [line = '', lineEnd = ''] = /^([^\r\n]*)(\r\n|\r|\n|$)/.exec(remaining)?.slice(1) ?? []
    const field = /^([^\s:]+)[ \t]*:(.*)$/s.exec(line)
    if (/^[ \t]/.test(line) && name !== '') {
      headers.set(name, `${headers.get(name)} ${line.trim()}`)
    } else if (field !== null) {
      name = field[1] as string
      if (!headers.has(name)) headers.set(name, (field[2] as string).trim())
    } else if (line !== '') return { headers, body: remaining }
    remaining = remaining.slice(line.length + lineEnd.length)
    if (line === '' || lineEnd === '') return { headers, body: remaining }
  }
}

/** The value of the header whose name in lower case is `name`. */
function headerOf(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  return [...headers].find(([key]) => key.toLowerCase() === name)?.[1]
}

function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(contentType)
  const boundary = match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2] ?? ''
  return boundary === '' ? null : boundary
}

/** The texts between boundary lines. The line break before a boundary line belongs to the boundary. */
function splitBody(body: string, boundary: string): readonly string[] {
  const parts: string[] = []
  let current: string[] | null = null
  for (const [line] of body.matchAll(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g)) {
    const delimiter = line.trimEnd()
    const isLast = delimiter === `--${boundary}--`
    if (delimiter !== `--${boundary}` && !isLast) {
      current?.push(line)
      continue
    }
    if (current !== null) parts.push(current.join('').replace(/(?:\r\n|\r|\n)$/, ''))
    current = []
    if (isLast) return parts
  }
  return current === null ? parts : [...parts, current.join('')]
}

function decodeBody(body: string, encoding: string): Uint8Array {
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body)
  if (encoding !== 'base64') return rawUnicode(body)
  const characters = body.replaceAll(/[^A-Za-z0-9+/]/g, '')
  const padding = '='.repeat((4 - (characters.length % 4)) % 4)
  return parseLooseBase64(`${characters}${padding}`) ?? rawUnicode(body)
}

function decodeQuotedPrintable(body: string): Uint8Array {
  const joined = body.replaceAll(/[ \t]+(?=\r?\n)/g, '').replaceAll(/=\r?\n/g, '')
  return rawUnicode(
    joined.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    ),
  )
}

/**
 * The bytes of a body without transfer encoding. Python returns `raw-unicode-escape`: one byte for a
 * character below U+0100 and an escape for others, for any charset (tried with 3.11).
 */
export function rawUnicode(body: string): Uint8Array {
  const escaped = [...body].map(character => {
    const codePoint = character.codePointAt(0) as number
    if (codePoint < 0x100) return character
    const digits = codePoint.toString(16)
    return codePoint > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`
  })
  return Uint8Array.from(escaped.join(''), character => character.charCodeAt(0))
}
