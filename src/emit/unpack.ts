/** Configs as platforms hand them over: compressed, in Base64, or both. */

import { parseLooseBase64 } from '../codec/base64.ts'
import { gunzip, isGzip } from '../codec/gzip.ts'
import { decodeLatin1, decodeUtf8 } from '../codec/text.ts'
import { andThen, failure, type Outcome, success } from '../report/diagnostic.ts'
import { maxBytes } from './limits.ts'
import { report } from './rules.ts'

/** The config itself: Base64 is undone where it hides one, then gzip, once. */
export function unpacked(bytes: Uint8Array): Outcome<Uint8Array> {
  return andThen(success(decoded(bytes)), whole => {
    if (!isGzip(whole)) return success(whole)
    const content = gunzip(whole, maxBytes)
    if (content !== null) return success(content)
    const why = 'it is broken, or longer than 64 MiB'
    return failure([report('inspect/unreadable', [], { what: 'the gzip', why })])
  })
}

function decoded(bytes: Uint8Array): Uint8Array {
  if (isGzip(bytes) || !isBase64(bytes)) return bytes
  const content = parseLooseBase64(decodeUtf8(bytes) ?? '')
  if (content === null || content.length === 0) return bytes
  return isGzip(content) || decodeUtf8(content) !== null ? content : bytes
}

/** Whether there is nothing but Base64 and line breaks; no config of any kind looks like that. */
function isBase64(bytes: Uint8Array): boolean {
  const head = decodeLatin1(bytes.subarray(0, 80))
  return (
    /^[A-Za-z0-9+/=\r\n]{12,}$/.test(head) && /^[A-Za-z0-9+/=\r\n]+$/.test(decodeUtf8(bytes) ?? '')
  )
}
