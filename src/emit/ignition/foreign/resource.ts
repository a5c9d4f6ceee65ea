/** What a config points at: decoded, decompressed and compared with its hash. */

import { parseDataUrl } from '../../../codec/data-url.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { sha256, sha512 } from '../../../codec/hash.ts'
import { failure, type Outcome, success } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { maxBytes } from '../../envelope.ts'
import { report } from '../../rules.ts'
import { type JsonObject, objectAt, textAt } from './json.ts'

/** The bytes of a resource; nothing and a warning where they are elsewhere. */
export function bytesOf(resource: JsonObject, name: string, at: Path): Outcome<Uint8Array> {
  const source = textAt(resource, 'source') ?? ''
  if (source === '') return success(new Uint8Array(0))
  if (!source.startsWith('data:')) {
    const address = source.replace(/^([a-z0-9]+:\/\/)[^/@]*@/i, '$1').slice(0, 120)
    const why = `it is fetched from ${address}`
    return success(new Uint8Array(0), [report('inspect/unknown-content', at, { path: name, why })])
  }
  const written = parseDataUrl(source)
  if (written === null) return unreadable(name, at, 'its data URL is broken')
  const compression = textAt(resource, 'compression') ?? ''
  if (compression !== '' && compression !== 'gzip') {
    return unreadable(name, at, `there is no compression "${compression}"`)
  }
  const bytes = compression === 'gzip' ? gunzip(written, maxBytes) : written
  if (bytes === null) return unreadable(name, at, 'its gzip is broken, or longer than 64 MiB')
  return verified(bytes, textAt(objectAt(resource, 'verification'), 'hash'), name, at)
}

const hashes: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ['sha256', sha256],
  ['sha512', sha512],
])

function verified(
  bytes: Uint8Array,
  wanted: string | null,
  name: string,
  at: Path,
): Outcome<Uint8Array> {
  if (wanted === null || wanted === '') return success(bytes)
  const [algorithm = '', expected = ''] = wanted.split('-')
  const hash = hashes.get(algorithm)
  if (hash === undefined) return unreadable(name, at, `there is no hash "${algorithm}"`)
  const found = hash(bytes)
  if (found === expected.toLowerCase()) return success(bytes)
  return failure([report('inspect/hash-mismatch', at, { path: name, expected, found })])
}

function unreadable(what: string, at: Path, why: string): Outcome<never> {
  return failure([report('inspect/unreadable', at, { what, why })])
}
