/** User-data split into parts as cloud-init does it: cloudinit/user_data.py and handlers/__init__.py. */

import { parseLooseBase64 } from '../../../codec/base64.ts'
import { gunzip, isGzip } from '../../../codec/gzip.ts'
import { type MimePart, parseMime } from '../../../codec/mime.ts'
import { rawUnicode } from '../../../codec/mime-transfer.ts'
import { decodeLatin1, decodeUtf8 } from '../../../codec/text.ts'
import { success } from '../../../report/diagnostic.ts'
import { maxBytes } from '../../envelope.ts'
import type { Cause } from '../../rules.ts'
import { archivedParts } from './config-archive.ts'
import { declaredType, ignored, joined, type Parts, rejected, unreadable } from './part.ts'

/** The parts of uncompressed user-data. */
export function partsOf(bytes: Uint8Array): Parts {
  const head = decodeLatin1(bytes.subarray(0, 4096)).toLowerCase()
  if (!head.includes('mime-version:')) return plainPart(bytes)
  const text = decodeUtf8(bytes)
  if (text === null) return rejected('the message', 'not-utf8')
  const message = parseMime(text)
  if (message === null) return unreadable('the message', 'too-deep')
  const messages = messageParts(message)
  return joined(messages.map((part, index) => mimePart(part, `part ${index + 1}`)))
}

/** Text that is neither a message nor of a declared type is ignored. */
function plainPart(bytes: Uint8Array): Parts {
  const text = decodeUtf8(bytes)
  const type = text === null ? null : declaredType(text)
  if (text !== null && type !== null) return typedPart('the user-data', type, text, new Map())
  if (text === null && !isGzip(bytes)) return nonUtf8Part(bytes, 'text/plain', 'the user-data')
  if (text !== null && !/[^\s]/.test(text)) return success([])
  return ignored('the user-data', causeOf(bytes, text ?? ''))
}

function causeOf(bytes: Uint8Array, text: string): Cause {
  if (isGzip(bytes)) return 'encoded-twice'
  if (text.startsWith('\ufeff')) return 'byte-order-mark'
  if (/^#cloud-config/im.test(text)) return 'header-not-first'
  if (/^content-type[ \t]*:[ \t]*multipart\//im.test(text)) return 'no-mime-version'
  const content = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) ? parseLooseBase64(text) : null
  const isConfig =
    content !== null && (isGzip(content) || declaredType(decodeUtf8(content) ?? '') !== null)
  return isConfig ? 'encoded-twice' : 'no-header'
}

/**
 * The parts without containers, in the order of cloud-init. It handles the parts of an attached message
 * twice: inside the message, and again by themselves (tried with 22.4.2).
 */
function messageParts(part: MimePart): readonly MimePart[] {
  if (part.type.startsWith('multipart/')) return part.parts.flatMap(messageParts)
  if (part.parts.length === 0) return [part]
  return [...part.parts.flatMap(leavesOf), ...part.parts.flatMap(messageParts)]
}

function leavesOf(part: MimePart): readonly MimePart[] {
  if (part.parts.length > 0) return part.parts.flatMap(leavesOf)
  return part.type.startsWith('multipart/') ? [] : [part]
}

// user_data.DECOMP_TYPES.
const compressedTypes = new Set(
  [
    ...['gzip', 'gzip-compressed', 'gzipped', 'x-compress', 'x-compressed', 'x-gunzip', 'x-gzip'],
    'x-gzip-compressed',
  ].map(name => `application/${name}`),
)
const detectedTypes = new Set(['text/plain', 'text/x-not-multipart', 'text/x-shellscript'])

function mimePart({ type, headers, body }: MimePart, name: string): Parts {
  if (compressedTypes.has(type)) return compressedPart(body, name)
  const text = decodeUtf8(body)
  if (text === null) return nonUtf8Part(body, type, name)
  const partType = (detectedTypes.has(type) ? declaredType(text) : null) ?? type
  return typedPart(name, partType, text, headers)
}

function compressedPart(body: Uint8Array, name: string): Parts {
  const content = gunzip(body, maxBytes)
  const text = content === null ? null : decodeUtf8(content)
  if (text === null) return rejected(name, content === null ? 'bad-gzip' : 'not-utf8')
  // cloud-init stores the text in a new part without the other headers, and does not decode that part
  // as UTF-8.
  const stored = decodeUtf8(rawUnicode(text))
  if (stored === null) return ignored(name, 'not-utf8')
  return typedPart(name, declaredType(text) ?? 'text/plain', stored, new Map())
}

function nonUtf8Part(body: Uint8Array, type: string, name: string): Parts {
  const declared = detectedTypes.has(type) ? declaredType(decodeLatin1(body)) : type
  // cloud-init writes part handlers to files, and fails where that is impossible.
  return declared === 'text/part-handler' ? rejected(name, 'not-utf8') : ignored(name, 'not-utf8')
}

function typedPart(
  name: string,
  type: string,
  text: string,
  headers: ReadonlyMap<string, string>,
): Parts {
  if (type === 'text/cloud-config-archive') return archivedParts(text, name)
  return success([{ name, type, text, headers }])
}
