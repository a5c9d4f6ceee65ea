/** User-data split into parts as cloud-init does it: cloudinit/user_data.py and handlers/__init__.py. */

import { gunzip } from '../../../codec/gzip.ts'
import { parseMime, rawUnicode } from '../../../codec/mime.ts'
import { isList, isMapping, parseYaml11, type Yaml11 } from '../../../codec/pyyaml.ts'
import { decodeLatin1, decodeUtf8, encodeUtf8 } from '../../../codec/text.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import { maxBytes } from '../../envelope.ts'
import { type Cause, report } from '../../rules.ts'

/** One part of user-data with the type that selects its handler. */
export interface Part {
  readonly type: string
  readonly text: string
  readonly headers: ReadonlyMap<string, string>
}

/** The parts of user-data, with archives unpacked, and diagnostics about ignored parts. */
export interface Parts {
  readonly parts: readonly Part[]
  readonly diagnostics: readonly Diagnostic[]
}

// handlers.INCLUSION_TYPES_MAP, longest first.
const typesByMark: readonly (readonly [mark: string, type: string])[] = [
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

// Python's str.lstrip, which does not remove a byte order mark.
const leadingSpace = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** The type that the first line of a text declares, or null. */
export function declaredType(text: string): string | null {
  const start = text.replace(leadingSpace, '').slice(0, 40).toLowerCase()
  return typesByMark.find(([mark]) => start.startsWith(mark))?.[1] ?? null
}

/** The parts of uncompressed user-data. */
export function partsOf(bytes: Uint8Array): Parts {
  const head = decodeLatin1(bytes.subarray(0, 4096)).toLowerCase()
  if (!head.includes('mime-version:')) {
    return partFrom('text/x-not-multipart', bytes, new Map())
  }
  const message = decodeUtf8(bytes)
  if (message === null) return ignored('the message', 'not-utf8')
  return join(parseMime(message).map(part => partFrom(part.type, part.body, part.headers)))
}

function partFrom(type: string, bytes: Uint8Array, headers: ReadonlyMap<string, string>): Parts {
  const isCompressed = /^application\/(x-)?(gzip|gunzip|compress)(ped|ed|-compressed)?$/.test(type)
  const body = isCompressed ? gunzip(bytes, maxBytes) : bytes
  if (body === null) return ignored(`a part ${type}`, 'bad-gzip')
  const decoded = decodeUtf8(body)
  // cloud-init stores decompressed text in a new part and does not decode that part as UTF-8.
  const text = isCompressed && decoded !== null ? decodeUtf8(rawUnicode(decoded)) : decoded
  if (text === null) return ignored(`a part ${type}`, 'not-utf8')
  const isDetected = isCompressed || /^text\/(plain|x-not-multipart|x-shellscript)$/.test(type)
  const partType = (isDetected ? declaredType(text) : null) ?? (isCompressed ? 'text/plain' : type)
  if (partType === 'text/cloud-config-archive') return archiveParts(text)
  // The headers of a compressed part are not copied to the new one.
  return onePart({ type: partType, text, headers: isCompressed ? new Map() : headers })
}

/** The entries of an archive; none of them is split again. */
function archiveParts(text: string): Parts {
  const read = parseYaml11(text)
  if (!read.ok) return ignored('the archive', 'bad-yaml', read.reason)
  if (!isList(read.value)) return ignored('the archive', 'not-a-list')
  return join(read.value.map(archivedPart))
}

function archivedPart(entry: Yaml11): Parts {
  const item = typeof entry === 'string' ? new Map<Yaml11, Yaml11>([['content', entry]]) : entry
  if (!isMapping(item)) return ignored('an entry of the archive', 'not-a-mapping')
  const content = item.get('content') ?? ''
  const text = content instanceof Uint8Array ? decodeUtf8(content) : content
  if (typeof text !== 'string') return ignored('an entry of the archive', 'content-not-text')
  const statedType = item.get('type')
  const type =
    typeof statedType === 'string' && statedType !== ''
      ? statedType
      : (declaredType(text) ?? 'text/cloud-config')
  const headers = [...item].filter(
    ([key, value]) => typeof key === 'string' && typeof value === 'string',
  )
  return onePart({ type, text, headers: new Map(headers as [string, string][]) })
}

function onePart(part: Part): Parts {
  return { parts: [part], diagnostics: [] }
}

function join(list: readonly Parts[]): Parts {
  return {
    parts: list.flatMap(({ parts }) => parts),
    diagnostics: list.flatMap(({ diagnostics }) => diagnostics),
  }
}

function ignored(what: string, cause: Cause, detail = ''): Parts {
  return { parts: [], diagnostics: [report('inspect/ignored', [], { what, cause, detail })] }
}

/** The size of a text in bytes, for notes about it. */
export function sizeOf(text: string): number {
  return encodeUtf8(text).length
}
