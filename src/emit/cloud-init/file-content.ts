/** The form of a file's content in user-data: text where that is safe and short. */

import { base64Length, printBase64 } from '../../codec/base64.ts'
import { gzip } from '../../codec/gzip.ts'
import { memoizeByBytes } from '../../codec/memoize.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import { isBlockText } from '../../codec/yaml-print.ts'
import type { Packing } from '../envelope.ts'

// Longer text is compressed on its own, except where the whole config is compressed.
const maxTextBytes = 4096

const gzipped = memoizeByBytes(gzip, 32)

/** The `encoding` and `content` of one entry of write_files. */
export function contentOf(
  bytes: Uint8Array,
  packing: Packing,
): { readonly encoding?: string; readonly content: string } {
  const text = plainText(bytes)
  if (text !== null && (packing !== 'none' || bytes.length <= maxTextBytes)) {
    return { content: text }
  }
  const compressed = gzipped(bytes)
  const compressedLength = base64Length(compressed.length) + 'gz+'.length
  if (text !== null && text.length <= compressedLength) return { content: text }
  return compressedLength < base64Length(bytes.length)
    ? { encoding: 'gz+b64', content: printBase64(compressed) }
    : { encoding: 'b64', content: printBase64(bytes) }
}

/** The text of bytes that can stand in YAML as they are, or null. */
function plainText(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes)
  if (text === null) return null
  // This header in the first 4096 bytes makes cloud-init parse the whole as a MIME message:
  // https://github.com/canonical/cloud-init cloudinit/user_data.py convert_string.
  if (/mime-version:/i.test(text)) return null
  return isBlockText(text) || (text.length <= 200 && /^[ -~]*$/.test(text)) ? text : null
}
