/** Whether a finished config is compressed as a whole, and how it is handed over then. */

import { printBase64 } from '../codec/base64.ts'
import { gzip } from '../codec/gzip.ts'
import { encodeUtf8 } from '../codec/text.ts'
import { failure, type Outcome, success } from '../report/diagnostic.ts'
import type { Want } from './emitter.ts'
import { platformOf, platformTable } from './platforms.ts'
import { report } from './rules.ts'

export type Packing = 'none' | 'gzip' | 'gzip+base64'

/** What is wanted and the platform takes. */
export function packingOf(want: Want): Outcome<Packing> {
  const { platform: name, format } = want
  const platform = name === null ? null : platformOf(name)
  if (name !== null && platform === null) {
    const known = platformTable.map(row => row.name).join(', ')
    return failure([report('emit/unknown-platform', [], { platform: name, known })])
  }
  if (want.gzip === 'never') return success('none')
  const taken = platform === null ? anywhere[format] : platform[columns[format]]
  if (want.gzip === 'always') {
    return taken === null
      ? failure([report('emit/gzip-not-taken', [], { format, platform: name })])
      : success(taken)
  }
  // Without a platform, or where a second setting must agree, plain text is what always works.
  return success(platform === null || platform.needs !== null ? 'none' : (taken ?? 'none'))
}

const columns = { 'cloud-init': 'cloudInit', ignition: 'ignition' } as const

// cloud-init decompresses whatever it is given; Ignition only where its platform code does so:
// https://github.com/coreos/ignition/issues/1096.
const anywhere = { 'cloud-init': 'gzip', ignition: null } as const

/** The media type of a config when it is handed over. */
export function mediaTypeOf(plain: string, packing: Packing): string {
  return { none: plain, gzip: 'application/gzip', 'gzip+base64': 'text/plain' }[packing]
}

/** The bytes as they are handed over. */
export function pack(bytes: Uint8Array, packing: Packing): Uint8Array {
  if (packing === 'none') return bytes
  const packed = gzip(bytes)
  return packing === 'gzip' ? packed : encodeUtf8(printBase64(packed))
}
