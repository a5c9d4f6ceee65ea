/** How the bytes of a file stand in user-data: legible where that is safe and short. */

import { base64Length, printBase64 } from '../../codec/base64.ts'
import { gzip } from '../../codec/gzip.ts'
import { memoizeByBytes } from '../../codec/memoize.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import { isBlockText } from '../../codec/yaml-print.ts'
import type { Packing } from '../envelope.ts'

// Longer text is compressed on its own, unless the whole is compressed, which is shorter still.
const legibleBytes = 4096

const gzipped = memoizeByBytes(gzip, 32)

/** The `encoding` and `content` of one entry of write_files. */
export function contentOf(
  bytes: Uint8Array,
  packing: Packing,
): { readonly encoding?: string; readonly content: string } {
  const text = legible(bytes)
  if (text !== null && (packing !== 'none' || bytes.length <= legibleBytes)) {
    return { content: text }
  }
  const zipped = gzipped(bytes)
  const packed = base64Length(zipped.length) + 'gz+'.length
  if (text !== null && text.length <= packed) return { content: text }
  return packed < base64Length(bytes.length)
    ? { encoding: 'gz+b64', content: printBase64(zipped) }
    : { encoding: 'b64', content: printBase64(bytes) }
}

function legible(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes)
  if (text === null) return null
  // These words in the first 4096 bytes make cloud-init read the whole as a MIME message:
  // https://github.com/canonical/cloud-init cloudinit/user_data.py convert_string.
  if (/mime-version:/i.test(text)) return null
  return isBlockText(text) || (text.length <= 200 && /^[ -~]*$/.test(text)) ? text : null
}
