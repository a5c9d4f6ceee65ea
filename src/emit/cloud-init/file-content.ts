/** The form of a file's bytes in user-data: plain text where that is safe and short, else an encoding. */

import { base64Length, printBase64 } from '../../codec/base64.ts'
import { gzip } from '../../codec/gzip.ts'
import { memoizeByBytes } from '../../codec/memoize.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import { isBlockText } from '../../codec/yaml-print.ts'
import type { Packing } from '../envelope.ts'

// Longer text is compressed by itself, except where the whole config is compressed, which is shorter. The
// script of the first boot stays readable, and compression takes longer than any other step.
const maxPlainBytes = 8192

const gzipped = memoizeByBytes(gzip, 32)

/** The `encoding` and `content` of one entry of write_files. */
export function contentOf(
  bytes: Uint8Array,
  packing: Packing,
): { readonly encoding?: string; readonly content: string } {
  const text = plainText(bytes)
  if (text !== null && (packing !== 'none' || bytes.length <= maxPlainBytes)) {
    return { content: text }
  }
  const compressed = gzipped(bytes)
  const encodedLength = base64Length(compressed.length) + 'gz+'.length
  if (text !== null && text.length <= encodedLength) return { content: text }
  return encodedLength < base64Length(bytes.length)
    ? { encoding: 'gz+b64', content: printBase64(compressed) }
    : { encoding: 'b64', content: printBase64(bytes) }
}

function plainText(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes)
  if (text === null) return null
  // With this text in the first 4096 bytes, cloud-init reads the whole config as a MIME message:
  // https://github.com/canonical/cloud-init cloudinit/user_data.py convert_string.
  if (/mime-version:/i.test(text)) return null
  return isBlockText(text) || (text.length <= 200 && /^[ -~]*$/.test(text)) ? text : null
}
