/** The content of a resource of a config: decoded, decompressed, and compared with its hash. */

import { parseDataUrl } from '../../../codec/data-url.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { sha256, sha512 } from '../../../codec/hash.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import { failure, type Outcome, success } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { maxBytes } from '../../envelope.ts'
import { type Cause, report } from '../../rules.ts'
import { objectAt, textAt } from './json-values.ts'

/** The bytes of a resource; none, and a warning, where Ignition would fetch them. */
export function bytesOf(resource: PlainMapping, name: string, path: Path): Outcome<Uint8Array> {
  const source = textAt(resource, 'source') ?? ''
  if (source === '') return success(new Uint8Array(0))
  if (!source.startsWith('data:')) {
    const url = source.replace(/^([a-z0-9]+:\/\/)[^/@]*@/i, '$1').slice(0, 120)
    const args = { path: name, cause: 'fetched', detail: url } as const
    return success(new Uint8Array(0), [report('inspect/unknown-content', path, args)])
  }
  const data = parseDataUrl(source)
  if (data === null) return unreadable(name, path, 'bad-data-url')
  const compression = textAt(resource, 'compression') ?? ''
  if (compression !== '' && compression !== 'gzip') {
    return unreadable(name, path, 'unknown-compression', compression)
  }
  const bytes = compression === 'gzip' ? gunzip(data, maxBytes) : data
  if (bytes === null) return unreadable(name, path, 'bad-gzip')
  return verified(bytes, textAt(objectAt(resource, 'verification'), 'hash'), name, path)
}

const hashes: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ['sha256', sha256],
  ['sha512', sha512],
])

function verified(
  bytes: Uint8Array,
  verification: string | null,
  name: string,
  path: Path,
): Outcome<Uint8Array> {
  if (verification === null || verification === '') return success(bytes)
  const [algorithm = '', expected = ''] = verification.split('-')
  const hash = hashes.get(algorithm)
  if (hash === undefined) return unreadable(name, path, 'unknown-hash', algorithm)
  const actual = hash(bytes)
  if (actual === expected.toLowerCase()) return success(bytes)
  return failure([report('inspect/hash-mismatch', path, { path: name, expected, found: actual })])
}

/** An error in a part of a config that Ignition rejects. */
export function unreadable(what: string, path: Path, cause: Cause, detail = ''): Outcome<never> {
  return failure([report('inspect/unreadable', path, { what, cause, detail })])
}
