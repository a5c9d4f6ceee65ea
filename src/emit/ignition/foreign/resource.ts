/** The content of a resource of a config: decoded, decompressed, and compared with its hash. */

import { parseDataUrl } from '../../../codec/data-url.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { sha256, sha512 } from '../../../codec/hash.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import { failure, type Outcome, success } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { maxBytes } from '../../envelope.ts'
import { report } from '../../rules.ts'
import { failsAt } from './finding.ts'
import { objectAt, textAt } from './json-values.ts'

/** A resource that a config contains: its name for messages, and its path in the config. */
export interface Resource {
  readonly value: PlainMapping
  readonly name: string
  readonly path: Path
}

/** The bytes of a resource whose form is valid; none, and a warning, where Ignition would fetch them. */
export function bytesOf({ value, name, path }: Resource): Outcome<Uint8Array> {
  const source = textAt(value, 'source') ?? ''
  // Ignition compares no hash with an empty source.
  if (source === '') return success(new Uint8Array(0))
  const compression = textAt(value, 'compression') ?? ''
  const hash = textAt(objectAt(value, 'verification'), 'hash') ?? ''
  const [algorithm = '', expected = ''] = hash.split(/-(.*)/s)
  if (!/^[0-9a-f]*$/i.test(expected)) {
    return failure([failsAt([...path, 'verification', 'hash'], 'hash-digits')])
  }
  if (isRemote(value)) {
    // internal/resource/url.go: ErrCompressionUnsupported.
    if (compression !== '' && /^(?:s3|arn):/i.test(source)) {
      return failure([failsAt([...path, 'compression'], 'compression-with-s3')])
    }
    const args = { path: name, cause: 'fetched', detail: shownUrl(source) } as const
    return success(new Uint8Array(0), [report('inspect/unknown-content', path, args)])
  }
  const data = parseDataUrl(source)
  if (data === null) return failure([failsAt([...path, 'source'], 'data-url-invalid')])
  const bytes = compression === 'gzip' ? gunzip(data, maxBytes) : data
  if (bytes === null) return failure([failsAt(path, 'gzip-invalid')])
  const actual = hashes.get(algorithm)?.(bytes) ?? expected
  if (actual === expected.toLowerCase()) return success(bytes)
  return failure([report('inspect/hash-mismatch', path, { path: name, expected, found: actual })])
}

const hashes: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ['sha256', sha256],
  ['sha512', sha512],
])

/** Whether Ignition fetches the resource from a server. */
export function isRemote(resource: PlainMapping): boolean {
  const source = textAt(resource, 'source') ?? ''
  return source !== '' && !source.startsWith('data:')
}

/** A URL for messages: shortened, without user and password. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, '$1').slice(0, 120)
}
