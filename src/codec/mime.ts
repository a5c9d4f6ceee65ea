/** MIME messages as Python's email package reads them, which is how cloud-init takes them apart. */
import { parseLooseBase64 } from './base64.ts'

/** One part that is no container. */
export interface MimePart {
  /** In lower case, without parameters. */
  readonly type: string
  /** As written; a later one of the same name does not count. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** The parts of a message, those of nested containers in place. */
export function parseMime(text: string): readonly MimePart[] {
  return partsOf(text, maxDepth)
}

const maxDepth = 20

function partsOf(text: string, depth: number): readonly MimePart[] {
  const { headers, body } = headed(text)
  const written = headerOf(headers, 'content-type') ?? 'text/plain'
  const type =
    /^\s*([^\s;/]+\/[^\s;/]+)\s*(?:;|$)/.exec(written)?.[1]?.toLowerCase() ?? 'text/plain'
  if (type.startsWith('multipart/')) {
    const boundary = boundaryOf(written)
    if (boundary === null || depth === 0) return []
    return split(body, boundary).flatMap(part => partsOf(part, depth - 1))
  }
  const encoding = headerOf(headers, 'content-transfer-encoding')?.trim().toLowerCase() ?? ''
  return [{ type, headers, body: decoded(body, encoding) }]
}

function headed(text: string): { headers: ReadonlyMap<string, string>; body: string } {
  const headers = new Map<string, string>()
  let rest = text
  let last = ''
  for (;;) {
    const [line = '', ending = ''] = /^([^\r\n]*)(\r\n|\r|\n|$)/.exec(rest)?.slice(1) ?? []
    const field = /^([^\s:]+)[ \t]*:(.*)$/s.exec(line)
    if (/^[ \t]/.test(line) && last !== '') {
      headers.set(last, `${headers.get(last)} ${line.trim()}`)
    } else if (field !== null) {
      last = field[1] as string
      if (!headers.has(last)) headers.set(last, (field[2] as string).trim())
    } else if (line !== '') return { headers, body: rest }
    rest = rest.slice(line.length + ending.length)
    if (line === '' || ending === '') return { headers, body: rest }
  }
}

/** A header by its name in lower case. */
function headerOf(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  return [...headers].find(([key]) => key.toLowerCase() === name)?.[1]
}

function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(contentType)
  const boundary = found?.[1]?.replaceAll(/\\(.)/g, '$1') ?? found?.[2] ?? ''
  return boundary === '' ? null : boundary
}

/** What stands between the lines of a boundary; the line break before one belongs to it. */
function split(body: string, boundary: string): readonly string[] {
  const parts: string[] = []
  let open: string[] | null = null
  for (const [line] of body.matchAll(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g)) {
    const mark = line.trimEnd()
    const closes = mark === `--${boundary}--`
    if (mark !== `--${boundary}` && !closes) {
      open?.push(line)
      continue
    }
    if (open !== null) parts.push(open.join('').replace(/(?:\r\n|\r|\n)$/, ''))
    open = []
    if (closes) return parts
  }
  return open === null ? parts : [...parts, open.join('')]
}

function decoded(body: string, encoding: string): Uint8Array {
  if (encoding === 'base64') {
    const letters = body.replaceAll(/[^A-Za-z0-9+/]/g, '')
    return (
      parseLooseBase64(`${letters}${'='.repeat((4 - (letters.length % 4)) % 4)}`) ??
      rawUnicode(body)
    )
  }
  return encoding === 'quoted-printable' ? quotedPrintable(body) : rawUnicode(body)
}

function quotedPrintable(body: string): Uint8Array {
  const plain = body.replaceAll(/[ \t]+(?=\r?\n)/g, '').replaceAll(/=\r?\n/g, '')
  return rawUnicode(
    plain.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    ),
  )
}

/**
 * The bytes of a body that is not encoded. Python gives back `raw-unicode-escape`: one byte for a
 * character below U+0100 and an escape for others, whatever the charset says (tried with 3.11).
 */
export function rawUnicode(body: string): Uint8Array {
  const escaped = [...body].map(character => {
    const point = character.codePointAt(0) as number
    if (point < 0x100) return character
    const digits = point.toString(16)
    return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`
  })
  return Uint8Array.from(escaped.join(''), character => character.charCodeAt(0))
}
