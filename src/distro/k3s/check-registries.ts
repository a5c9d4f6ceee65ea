/** Checks `registries` as k3s reads it, and the rewrites of mirrors. */
import { authorityOf, hostOf, isRegistryHost, isUrl } from '../../codec/address.ts'
import { re2Error } from '../../codec/re2.ts'
import { findDuplicates } from '../../model/duplicates.ts'
import { checkPath } from '../../model/grammar.ts'
import type { Registries, RegistryConfig, RegistryMirror, Rewrite, Spec } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { completeEndpoint, registryHosts } from '../parts/registry-hosts.ts'
import { settingOf } from './config.ts'
import { report, reportKey } from './rules.ts'

/** Checks the registries of the spec, and all rewrites. */
export function checkRegistries(spec: Spec): readonly Diagnostic[] {
  const { registries, mirrors } = spec
  return [
    ...mirrors.flatMap(({ rewrites, from }) => checkRewrites(rewrites, [...from, 'rewrite'])),
    ...(registries === null
      ? []
      : [
          ...registries.mirrors.flatMap(checkMirror),
          ...registries.configs.flatMap(config => checkConfig(config, registries)),
          ...checkUnused(spec, registries),
        ]),
  ]
}

const hostForm = 'a registry host such as quay.io or registry.site:5000, in lower case, or "*"'

function checkMirror({ host, endpoints, rewrites, from }: RegistryMirror): readonly Diagnostic[] {
  const pathOf = (index: number): Path => [...from, 'endpoint', index]
  return [
    ...(host === '*' || isRegistryHost(host)
      ? checkDockerHub(host, from)
      : [reportKey('spec/malformed-key', from, { key: host, expected: hostForm })]),
    ...endpoints.flatMap((endpoint, index) => checkEndpoint(endpoint, pathOf(index))),
    ...findDuplicates(
      endpoints.map((endpoint, index) => ({
        value: endpoint,
        path: pathOf(index),
        normalized: completeEndpoint(endpoint)?.url ?? endpoint,
      })),
      'mirror/endpoint-twice',
    ),
    ...checkRewrites(rewrites, [...from, 'rewrite']),
  ]
}

function checkDockerHub(host: string, from: Path): readonly Diagnostic[] {
  return /^(?:index|registry-1|registry)\.docker\.io$/.test(host)
    ? [reportKey('mirror/docker-hub-host', from, { host })]
    : []
}

function checkEndpoint(endpoint: string, path: Path): readonly Diagnostic[] {
  const complete = completeEndpoint(endpoint)
  if (complete === null || !isUrl(complete.url)) {
    const args = {
      found: JSON.stringify(endpoint),
      expected: 'a URL such as http://192.168.1.20:5000',
    }
    return [report('spec/malformed', path, args)]
  }
  return endpoint.includes('://')
    ? []
    : [report('k3s/endpoint-scheme', path, { endpoint, url: complete.url })]
}

function checkConfig(
  { host, auth, tls, from }: RegistryConfig,
  { mirrors }: Registries,
): readonly Diagnostic[] {
  const bare = authorityOf(host.includes('://') ? host : `https://${host}`)
  if (bare !== host) return [reportKey('k3s/config-key', from, { key: host, host: bare })]
  const expected = hostForm
  const endpoints = mirrors.flatMap(mirror =>
    mirror.endpoints.flatMap(url => completeEndpoint(url) ?? []),
  )
  const other = endpoints.find(({ url, name }) => name !== host && hostOf(url) === hostOf(host))
  const isUsed =
    endpoints.some(({ name }) => name === host) || mirrors.some(mirror => mirror.host === host)
  return [
    ...(host === '*'
      ? endpoints.length === 0
        ? []
        : [reportKey('k3s/config-wildcard', from, {})]
      : isRegistryHost(host)
        ? host === 'registry-1.docker.io'
          ? []
          : checkDockerHub(host, from)
        : [reportKey('spec/malformed-key', from, { key: host, expected })]),
    ...(other !== undefined && !isUsed
      ? [reportKey('k3s/config-other-port', from, { key: host, endpoint: other.name })]
      : []),
    ...checkAuth(auth, [...from, 'auth']),
    ...checkTls(tls, [...from, 'tls']),
  ]
}

/** containerd takes the first form that is set: username, then identity_token, then auth. */
function checkAuth(auth: RegistryConfig['auth'], path: Path): readonly Diagnostic[] {
  if (auth === null) return []
  const { username, password } = auth
  const forms = [
    ...(username === null && password === null ? [] : ['username']),
    ...(auth.auth === null ? [] : ['auth']),
    ...(auth.identityToken === null ? [] : ['identity_token']),
  ]
  if (forms.length !== 1) {
    const keys = 'username, auth, identity_token'
    return [report('spec/one-of', path, { keys, present: forms.join(' and ') })]
  }
  const missing = username === null ? 'username' : 'password'
  return forms[0] === 'username' && (username === null || password === null)
    ? [report('spec/missing-key', path, { key: missing, example: `${missing}: …` })]
    : []
}

function checkTls(tls: RegistryConfig['tls'], path: Path): readonly Diagnostic[] {
  if (tls === null) return []
  const { caFile, certFile, keyFile } = tls
  const missing = certFile === null ? 'cert_file' : 'key_file'
  const isPair = (certFile === null) === (keyFile === null)
  return [
    ...checkPath(caFile, [...path, 'ca_file']),
    ...checkPath(certFile, [...path, 'cert_file']),
    ...checkPath(keyFile, [...path, 'key_file']),
    ...(isPair
      ? []
      : [
          report('spec/missing-key', path, {
            key: missing,
            example: `${missing}: /etc/ssl/node.pem`,
          }),
        ]),
  ]
}

function checkRewrites(rewrites: readonly Rewrite[], path: Path): readonly Diagnostic[] {
  return rewrites.flatMap(([pattern, replacement]) => {
    const at = [...path, pattern]
    const error = re2Error(pattern)
    if (error !== null) return [reportKey('k3s/rewrite-refused', at, { error })]
    // `$1x` is the group named 1x: regexp.Expand of Go takes the longest name.
    const [reference, digits] = /\$([0-9]+)(?=[A-Za-z_])\w+/.exec(replacement) ?? []
    return [
      ...(/[\\"]/.test(pattern + replacement) ? [reportKey('k3s/rewrite-escape', at, {})] : []),
      ...(reference === undefined
        ? []
        : [report('k3s/rewrite-group', at, { reference, instead: `\${${digits}}` })]),
    ]
  })
}

/** Mirrors without endpoints serve the embedded registry only. */
function checkUnused(spec: Spec, registries: Registries): readonly Diagnostic[] {
  if (settingOf(spec, 'embedded-registry') === true || registries.fallback === 'none') return []
  const written = registryHosts(registries, false).map(({ host }) => host)
  return registries.mirrors
    .filter(({ host }) => !written.includes(host === '*' ? '_default' : host))
    .map(({ host, from }) => reportKey('mirror/without-effect', from, { host }))
}
