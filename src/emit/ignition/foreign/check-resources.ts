/**
 * Ignition's checks of sources and hashes: github.com/coreos/ignition
 * config/v3_6/types/{resource,url,verification,headers,proxy,tls,ignition}.go and their earlier versions.
 */
import { parseDataUrl } from '../../../codec/data-url.ts'
import { parseGoUrl } from '../../../codec/go-url.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import type { Path } from '../../../report/place.ts'
import type { RefusalCause } from '../../refusal-texts.ts'
import { type Finding, refusal, warning } from './finding.ts'
import { fieldOf, listAt, objectAt, objectsAt, textAt } from './json-values.ts'

// The schemes of sources, and the minor version that added each.
const schemes: ReadonlyMap<string, number> = new Map([
  ['http', 0],
  ['https', 0],
  ['tftp', 0],
  ['s3', 0],
  ['data', 0],
  ['gs', 2],
  ['arn', 4],
])

/** Checks the source, compression, headers and hash of a resource. */
export function checkResource(
  resource: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  const source = textAt(resource, 'source')
  const compression = textAt(resource, 'compression') ?? ''
  const hasHash = textAt(objectAt(resource, 'verification'), 'hash') !== null
  const hash = [...path, 'verification', 'hash']
  return [
    ...(compression === '' || compression === 'gzip'
      ? []
      : [refusal([...path, 'compression'], 'compression-unknown', compression)]),
    ...(hasHash && source === null ? [refusal(hash, 'hash-without-source')] : []),
    ...checkSource(source, [...path, 'source'], minor),
    ...checkHeaderScheme(resource, path),
  ]
}

/** Checks the reference to a config or a certificate: up to 3.0 it may have a hash without a source. */
export function checkReference(
  reference: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  return minor === 0
    ? checkSource(textAt(reference, 'source'), [...path, 'source'], minor)
    : checkResource(reference, path, minor)
}

/** Checks that every merged config has a source. */
export function checkReferences(
  references: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  return minor === 0 ? [] : withoutSource(references, 'merge', path)
}

/** Checks that every certificate has a source. */
export function checkCertificates(tls: PlainMapping, path: Path): readonly Finding[] {
  return withoutSource(tls, 'certificateAuthorities', path)
}

function withoutSource(object: PlainMapping, list: string, path: Path): readonly Finding[] {
  return objectsAt(object, list).flatMap((reference, index) =>
    (textAt(reference, 'source') ?? '') === ''
      ? [refusal([...path, list, index], 'source-missing')]
      : [],
  )
}

/** The problem of a source; null and an empty source have none. */
function checkSource(source: string | null, path: Path, minor: number): readonly Finding[] {
  if (source === null || source === '') return []
  const problem = problemOfSource(source, minor)
  return problem === null ? [] : [refusal(path, problem, schemeOf(source))]
}

/** Why Ignition refuses a source that is not empty, or null. */
export function problemOfSource(source: string, minor: number): RefusalCause | null {
  const url = parseGoUrl(source)
  if (url === null) return 'url-invalid'
  if ((schemes.get(url.scheme) ?? Number.POSITIVE_INFINITY) > minor) return 'scheme-unknown'
  if (url.scheme === 'data') return parseDataUrl(source) === null ? 'data-url-invalid' : null
  if (url.scheme === 'arn' && !isObjectOfS3(url.rest)) return 'arn-invalid'
  const hasEmptyVersion = /(?:^|&)versionId=?(?:&|$)/.test(url.query)
  return /^(?:arn|s3)$/.test(url.scheme) && hasEmptyVersion ? 's3-version-empty' : null
}

/** Whether the part after `arn:` has the form partition:s3:region:account:bucket/object. */
function isObjectOfS3(rest: string): boolean {
  const [, service, , , ...resource] = rest.split(':')
  const slashes = rest.split('/').length - 1
  return (
    service === 's3' &&
    !rest.startsWith('/') &&
    resource.length > 0 &&
    slashes >= (resource[0]?.startsWith('accesspoint/') === true ? 2 : 1)
  )
}

/** The scheme of a source for messages; the rest may be secret. */
function schemeOf(source: string): string {
  return /^[a-z][a-z0-9+.-]{0,20}(?=:)/i.exec(source.slice(0, 32))?.[0] ?? ''
}

function checkHeaderScheme(resource: PlainMapping, path: Path): readonly Finding[] {
  if (listAt(resource, 'httpHeaders').length === 0) return []
  const url = parseGoUrl(textAt(resource, 'source') ?? '')
  return url !== null && /^https?$/.test(url.scheme)
    ? []
    : [refusal([...path, 'httpHeaders'], 'headers-without-http')]
}

/** Checks one HTTP header. */
export function checkHeader(header: PlainMapping, path: Path): readonly Finding[] {
  return [
    ...((textAt(header, 'name') ?? '') === ''
      ? [refusal([...path, 'name'], 'header-name-empty')]
      : []),
    ...(fieldOf(header, 'value') === '' ? [refusal([...path, 'value'], 'header-value-empty')] : []),
  ]
}

// Hexadecimal digits of each hash, and the minor version that added it.
const hashes: ReadonlyMap<string, { readonly digits: number; readonly since: number }> = new Map([
  ['sha512', { digits: 128, since: 0 }],
  ['sha256', { digits: 64, since: 1 }],
])

/** Checks the form of a hash. */
export function checkVerification(
  verification: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  const text = textAt(verification, 'hash')
  if (text === null) return []
  const hashPath = [...path, 'hash']
  const dash = text.indexOf('-')
  if (dash < 0) return [refusal(hashPath, 'hash-malformed')]
  const hash = hashes.get(text.slice(0, dash))
  if (hash === undefined || hash.since > minor) {
    return [refusal(hashPath, 'hash-unknown', text.slice(0, dash))]
  }
  const digits = text.length - dash - 1
  return digits === hash.digits
    ? []
    : [refusal(hashPath, 'hash-length', `${digits} digits instead of ${hash.digits}`)]
}

/** Checks the proxies. */
export function checkProxy(proxy: PlainMapping, path: Path): readonly Finding[] {
  return (['httpProxy', 'httpsProxy'] as const).flatMap(name => {
    const text = textAt(proxy, name)
    if (text === null) return []
    const url = parseGoUrl(text)
    const fieldPath = [...path, name]
    if (url === null) return [refusal(fieldPath, 'url-invalid')]
    if (!/^https?$/.test(url.scheme)) return [refusal(fieldPath, 'proxy-not-http')]
    return name === 'httpsProxy' && url.scheme === 'http'
      ? [warning(fieldPath, 'proxy-unencrypted')]
      : []
  })
}
