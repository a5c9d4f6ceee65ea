/** Checks the mirrors of a spec. */
import { isRegistryHost, isUrl, pathOfUrl } from '../codec/address.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { findDuplicates } from './duplicates.ts'
import { checkGrammar } from './grammar.ts'
import { registryScheme } from './registry-scheme.ts'
import { report, reportKey } from './rules.ts'
import type { Mirror, Spec } from './spec.ts'
import type { MirrorV1, SpecV1 } from './written.ts'

/** Checks all mirrors, each by itself and against the others. */
export function checkMirrors(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  // Without a registry, a mirror without endpoints can pull from its upstream only.
  const hasNoSource =
    v1.mirrors === undefined &&
    v1.registries === undefined &&
    v1.fallback === 'none' &&
    spec.registry.run === 'none'
  return [
    ...(v1.mirrors === undefined || v1.registries === undefined
      ? []
      : [
          reportKey('spec/one-of', ['registries'], {
            keys: 'mirrors, registries',
            present: 'mirrors and registries',
          }),
        ]),
    ...(hasNoSource ? [report('spec/missing-key', ['fallback'], missingEndpoints)] : []),
    ...(v1.mirrors ?? []).flatMap((written, index) =>
      spec.mirrors.slice(index, index + 1).flatMap(mirror => checkMirror(spec, mirror, written)),
    ),
    ...findDuplicates(
      spec.mirrors.map(({ host, from }) => ({ value: host, path: from })),
      'spec/mirror-twice',
    ),
  ]
}

const missingEndpoints = { key: 'endpoints', example: 'endpoints: [http://192.168.1.20:5000]' }

function checkMirror(
  spec: Spec,
  mirror: Mirror,
  written: string | MirrorV1,
): readonly Diagnostic[] {
  const { from, host } = mirror
  const server = typeof written === 'object' ? written.server : null
  return [
    ...(host === '_default' ? [] : checkHost(host, [...from, 'host'])),
    ...checkGrammar(server, [...from, 'server'], isUrl, 'a URL such as https://quay.io'),
    ...(server === null || server === undefined
      ? []
      : checkServerPath(server, [...from, 'server'])),
    ...checkCredentials(mirror),
    ...(mirror.fallback === 'none' && mirror.endpoints.length === 0 && spec.registry.run === 'none'
      ? [report('spec/missing-key', from, missingEndpoints)]
      : []),
    ...checkEndpoints(spec, mirror),
  ]
}

function checkHost(host: string, path: Path): readonly Diagnostic[] {
  const expected =
    'a registry host such as quay.io or registry.site:5000, in lower case and without scheme or path'
  return [
    ...checkGrammar(host, path, isRegistryHost, expected),
    ...(/^(index|registry-1|registry)\.docker\.io$/.test(host)
      ? [report('mirror/docker-hub-host', path, { host })]
      : []),
  ]
}

/** `auth` is sent as an Authorization header. */
function checkCredentials({ auth, header, from }: Mirror): readonly Diagnostic[] {
  const isSentTwice = auth !== null && header.some(([name]) => /^authorization$/i.test(name))
  const keys = ['auth', 'header.Authorization']
  return isSentTwice
    ? [report('spec/one-of', from, { keys: keys.join(', '), present: keys.join(' and ') })]
    : []
}

function checkEndpoints(spec: Spec, mirror: Mirror): readonly Diagnostic[] {
  const { endpoints, from } = mirror
  const needsTls = mirror.ca !== null || mirror.client !== null || mirror.skipVerify
  const pathOf = (index: number): Path => [...from, 'endpoints', index]
  return [
    ...endpoints.flatMap((endpoint, index) => [
      ...checkEndpoint(endpoint, pathOf(index), needsTls),
      ...checkEndpointPath(endpoint, pathOf(index), mirror.overridePath),
    ]),
    ...(mirror.overridePath && endpoints.length === 0
      ? [report('mirror/override-without-v2', from, { endpoint: "the cluster's registry" })]
      : []),
    ...(needsTls && endpoints.length === 0 && isWithoutTls(spec)
      ? [report('mirror/tls-on-http', from, { endpoint: "the cluster's registry" })]
      : []),
    ...findDuplicates(
      endpoints.map((endpoint, index) => ({
        value: endpoint,
        path: pathOf(index),
      })),
      'mirror/endpoint-twice',
    ),
  ]
}

function checkEndpoint(endpoint: string, path: Path, needsTls: boolean): readonly Diagnostic[] {
  if (!endpoint.includes('://')) {
    return [report('mirror/endpoint-without-scheme', path, { endpoint })]
  }
  if (!isUrl(endpoint)) {
    return checkGrammar(endpoint, path, isUrl, 'a URL such as http://192.168.1.20:5000')
  }
  return needsTls && endpoint.startsWith('http://')
    ? [report('mirror/tls-on-http', path, { endpoint })]
    : []
}

/** containerd appends /v2 to a path that does not end with it; with overridePath it appends nothing. */
function checkEndpointPath(
  endpoint: string,
  path: Path,
  overridePath: boolean,
): readonly Diagnostic[] {
  if (!isUrl(endpoint)) return []
  const urlPath = pathOfUrl(endpoint)
  if (overridePath) {
    return /\/v2(\/|$)/.test(urlPath)
      ? []
      : [report('mirror/override-without-v2', path, { endpoint })]
  }
  return urlPath === '' || urlPath.endsWith('/v2')
    ? []
    : [report('mirror/path-without-override', path, { endpoint, path: urlPath })]
}

/** overridePath is for endpoints only: containerd appends /v2 to the path of `server`. */
function checkServerPath(server: string, path: Path): readonly Diagnostic[] {
  const urlPath = pathOfUrl(server)
  return !isUrl(server) || urlPath === '' || urlPath.endsWith('/v2')
    ? []
    : [report('mirror/server-with-path', path, { server: server.replace(/\/+$/, '') })]
}

/** Whether TLS settings of a mirror without endpoints have no effect: no registry, or plain HTTP. */
function isWithoutTls(spec: Spec): boolean {
  return spec.registry.run === 'none' || registryScheme(spec) === 'http'
}
