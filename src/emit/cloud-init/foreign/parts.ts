/** User-data taken apart as cloud-init does it: cloudinit/user_data.py and handlers/__init__.py. */

import { gunzip } from '../../../codec/gzip.ts'
import { parseMime, rawUnicode } from '../../../codec/mime.ts'
import { isList, isMapping, parseYaml11, type Yaml11 } from '../../../codec/pyyaml.ts'
import { decodeLatin1, decodeUtf8, encodeUtf8 } from '../../../codec/text.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import { maxBytes } from '../../envelope.ts'
import { report } from '../../rules.ts'

/** One part of user-data with the type by which cloud-init handles it. */
export interface Part {
  readonly type: string
  readonly text: string
  readonly headers: ReadonlyMap<string, string>
}

/** The parts of user-data, archives unpacked, and what was left out. */
export interface Parts {
  readonly parts: readonly Part[]
  readonly diagnostics: readonly Diagnostic[]
}

// handlers.INCLUSION_TYPES_MAP, longest first.
const beginnings: readonly (readonly [string, string])[] = [
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['## template: jinja', 'text/jinja2'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include-once', 'text/x-include-once-url'],
  ['#part-handler', 'text/part-handler'],
  ['#cloud-config', 'text/cloud-config'],
  ['#include', 'text/x-include-url'],
  ['#!', 'text/x-shellscript'],
]

// Python's str.lstrip, which leaves a byte order mark where it is.
const blanks = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** The type that a text declares in its first line, or null. */
export function declaredType(text: string): string | null {
  const start = text.replace(blanks, '').slice(0, 40).toLowerCase()
  return beginnings.find(([mark]) => start.startsWith(mark))?.[1] ?? null
}

/** Takes user-data apart; it is no longer compressed as a whole. */
export function partsOf(bytes: Uint8Array): Parts {
  const head = decodeLatin1(bytes.subarray(0, 4096)).toLowerCase()
  if (!head.includes('mime-version:')) {
    return partFrom('text/x-not-multipart', bytes, new Map())
  }
  const message = decodeUtf8(bytes)
  if (message === null)
    return { parts: [], diagnostics: [ignored('the message', 'it is not UTF-8')] }
  return join(parseMime(message).map(part => partFrom(part.type, part.body, part.headers)))
}

function partFrom(type: string, bytes: Uint8Array, headers: ReadonlyMap<string, string>): Parts {
  const zipped = /^application\/(x-)?(gzip|gunzip|compress)(ped|ed|-compressed)?$/.test(type)
  const body = zipped ? gunzip(bytes, maxBytes) : bytes
  const read = body === null ? null : decodeUtf8(body)
  // What was compressed is put into a new part as text, and read from it as if it were not UTF-8.
  const text = zipped && read !== null ? decodeUtf8(rawUnicode(read)) : read
  if (text === null) {
    const why = body === null ? 'its gzip is broken' : 'it is not UTF-8, or no longer when unpacked'
    return { parts: [], diagnostics: [ignored(`a part ${type}`, why)] }
  }
  const open = zipped || /^text\/(plain|x-not-multipart|x-shellscript)$/.test(type)
  const found = (open ? declaredType(text) : null) ?? (zipped ? 'text/plain' : type)
  if (found === 'text/cloud-config-archive') return archive(text)
  // Compressed parts become new ones, to which their headers are not copied.
  return { parts: [{ type: found, text, headers: zipped ? new Map() : headers }], diagnostics: [] }
}

/** An archive's entries are parts as they are: nothing in them is taken apart again. */
function archive(text: string): Parts {
  const read = parseYaml11(text)
  const entries = read.ok ? read.value : null
  if (!isList(entries)) {
    const why = read.ok ? 'it is no list' : read.why
    return { parts: [], diagnostics: [ignored('the archive', why)] }
  }
  return join(entries.map(archived))
}

function archived(entry: Yaml11): Parts {
  const item = typeof entry === 'string' ? new Map<Yaml11, Yaml11>([['content', entry]]) : entry
  if (!isMapping(item))
    return { parts: [], diagnostics: [ignored('an entry of the archive', 'it is no mapping')] }
  const content = item.get('content') ?? ''
  const text = content instanceof Uint8Array ? decodeUtf8(content) : content
  if (typeof text !== 'string') {
    return {
      parts: [],
      diagnostics: [ignored('an entry of the archive', 'its content is no text')],
    }
  }
  const stated = item.get('type')
  const type =
    typeof stated === 'string' && stated !== ''
      ? stated
      : (declaredType(text) ?? 'text/cloud-config')
  const headers = [...item].filter(
    ([key, value]) => typeof key === 'string' && typeof value === 'string',
  )
  return {
    parts: [{ type, text, headers: new Map(headers as [string, string][]) }],
    diagnostics: [],
  }
}

function join(all: readonly Parts[]): Parts {
  return {
    parts: all.flatMap(({ parts }) => parts),
    diagnostics: all.flatMap(({ diagnostics }) => diagnostics),
  }
}

function ignored(what: string, why: string): Diagnostic {
  return report('inspect/ignored', [], { what, why })
}

/** How long a text is, for notes about it. */
export function sizeOf(text: string): number {
  return encodeUtf8(text).length
}
