/**
 * The transfer encoding of a rendered config: plain, gzip, or Base64 of gzip. Writers choose it by
 * what the platform accepts; readers accept all of them.
 */
import { parseLooseBase64, printBase64 } from '../codec/base64.ts'
import { gunzip, gzip, isGzip } from '../codec/gzip.ts'
import { decodeLatin1, decodeUtf8, encodeUtf8 } from '../codec/text.ts'
import { failure, type Outcome, success } from '../report/diagnostic.ts'
import type { Artifact, Want } from './emitter.ts'
import { type Compression, platformOf, type UserDataFormat } from './platforms.ts'
import { report } from './rules.ts'

/** The maximum size of decompressed data, to limit the memory; far above the limit of any platform. */
export const maxBytes = 64 * 1024 * 1024

/** How a config is encoded as a whole. */
export type Packing = 'none' | 'gzip' | 'gzip+base64'

// cloud-init decompresses user-data on every platform; Ignition only where its platform code does:
// https://github.com/coreos/ignition/issues/1096.
const compressionAnywhere: Readonly<Record<UserDataFormat, Compression>> = {
  'cloud-init': 'gzip',
  ignition: null,
}

/** The packing for a format: as requested, where the platform accepts it. */
export function packingOf(format: UserDataFormat, want: Want): Outcome<Packing> {
  if (want.gzip === 'never') return success('none')
  const platform = want.platform === null ? null : platformOf(want.platform)
  const accepted = (platform?.compression ?? compressionAnywhere)[format]
  if (want.gzip === 'always') {
    return accepted === null
      ? failure([report('emit/gzip-not-taken', [], { format, platform: want.platform })])
      : success(accepted)
  }
  // Uncompressed where the platform is unknown, or where it needs a second setting for compressed data.
  return success(platform === null || platform.needs !== null ? 'none' : (accepted ?? 'none'))
}

/** The artifact in this packing. */
export function wrap(artifact: Artifact, packing: Packing): Artifact {
  if (packing === 'none') return artifact
  const bytes = gzip(artifact.bytes)
  return packing === 'gzip'
    ? { ...artifact, bytes, mediaType: 'application/gzip' }
    : { ...artifact, bytes: encodeUtf8(printBase64(bytes)), mediaType: 'text/plain' }
}

/** The config inside: Base64 is decoded where it contains a config, then gzip, each once. */
export function unwrap(bytes: Uint8Array): Outcome<Uint8Array> {
  const decoded = withoutBase64(bytes)
  if (!isGzip(decoded)) return success(decoded)
  const content = gunzip(decoded, maxBytes)
  if (content !== null) return success(content)
  const args = { what: 'the compressed config', cause: 'bad-gzip', detail: '' } as const
  return failure([report('inspect/unreadable', [], args)])
}

function withoutBase64(bytes: Uint8Array): Uint8Array {
  if (isGzip(bytes) || !isBase64(bytes)) return bytes
  const content = parseLooseBase64(decodeUtf8(bytes) ?? '')
  if (content === null || content.length === 0) return bytes
  return isGzip(content) || decodeUtf8(content) !== null ? content : bytes
}

/** Whether the bytes are Base64 and line breaks only, which no config is. */
function isBase64(bytes: Uint8Array): boolean {
  const head = decodeLatin1(bytes.subarray(0, 80))
  return (
    /^[A-Za-z0-9+/=\r\n]{12,}$/.test(head) && /^[A-Za-z0-9+/=\r\n]+$/.test(decodeUtf8(bytes) ?? '')
  )
}
