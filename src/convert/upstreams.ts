/** The registries of a file, each with its endpoints and with the TLS and credentials of each endpoint. */
import { authorityOf, hostOf, pathOfUrl } from '../codec/address.ts'
import { parseBase64 } from '../codec/base64.ts'
import { isMapping, type Plain, type PlainMapping } from '../codec/plain.ts'
import { decodeUtf8 } from '../codec/text.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import { report } from './rules.ts'
import { isEmpty, mappingAt, type Settings } from './settings.ts'

/** A registry whose images are pulled from other URLs. */
export interface Upstream {
  /** The host in the names of images; `*` for all others. */
  readonly host: string
  readonly endpoints: readonly Endpoint[]
}

/** One URL; the files are paths on the node. */
export interface Endpoint {
  readonly url: string
  /** Whether the path is used unchanged. */
  readonly overridePath: boolean
  readonly ca: string | null
  readonly client: { readonly cert: string; readonly key: string } | null
  readonly skipVerify: boolean
  readonly auth: { readonly username: string; readonly password: string } | null
}

/** The registries of a file, and the settings that have no equivalent. */
export function readUpstreams(settings: Settings): {
  readonly upstreams: readonly Upstream[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const mirrored = Object.entries(settings.mirrors).map(([host, mirror]) => ({
    host,
    endpoints: endpointsOf(host, mirror, settings),
  }))
  const used = mirrored.flatMap(({ endpoints }) => endpoints.map(({ url }) => authorityOf(url)))
  // The settings of a host that is no endpoint of a mirror: its images are pulled from the host itself.
  const direct = Object.keys(settings.configs)
    .filter(host => host !== '*' && !used.includes(host) && !(host in settings.mirrors))
    .map(host => ({ host, endpoints: [endpointOf(`https://${host}`, settings)] }))
  return {
    upstreams: [...mirrored, ...direct],
    diagnostics: [...lostInMirrors(settings), ...lostInConfigs(settings), ...lostKeys(settings)],
  }
}

function endpointsOf(host: string, mirror: Plain, settings: Settings): readonly Endpoint[] {
  const { endpoint = null } = isMapping(mirror) ? mirror : {}
  const urls = Array.isArray(endpoint) ? endpoint.map(String) : []
  const endpoints = urls.map(url => endpointOf(withScheme(url), settings))
  const last = endpoints.at(-1)
  // The pattern of hosts.toml tries the upstream last by itself.
  const isUpstream = last !== undefined && isOwnUrl(host, last.url) && endpoints.length > 1
  return isUpstream ? endpoints.slice(0, -1) : endpoints
}

function isOwnUrl(host: string, url: string): boolean {
  const hosts =
    host === 'docker.io' ? ['docker.io', 'registry-1.docker.io', 'index.docker.io'] : [host]
  return url.startsWith('https://') && hosts.includes(authorityOf(url))
}

// The reader of registries.yaml uses HTTPS, except for a loopback address with a port other than 443.
function withScheme(endpoint: string): string {
  if (/^[a-z]+:\/\//i.test(endpoint)) return endpoint
  return /^(?:localhost|127\.[0-9.]+|\[::1\]):(?!443(?:\/|$))/.test(endpoint)
    ? `http://${endpoint}`
    : `https://${endpoint}`
}

function endpointOf(written: string, { configs, form }: Settings): Endpoint {
  const path = pathOfUrl(written).replace(/\/+$/, '')
  const isRoot = path === '' || path === '/v2'
  const url = isRoot ? written.replace(/(?:\/v2)?\/*$/, '') : written.replace(/\/+$/, '')
  const config = configFor(configs, authorityOf(url))
  const tls = mappingAt(config, 'tls')
  const [cert, key] = [textAt(tls, 'cert_file'), textAt(tls, 'key_file')]
  return {
    url,
    overridePath: !isRoot && (form === 'config.toml' || !path.endsWith('/v2')),
    ca: textAt(tls, 'ca_file'),
    client: cert === null || key === null ? null : { cert, key },
    skipVerify: tls.insecure_skip_verify === true,
    auth: authOf(mappingAt(config, 'auth')),
  }
}

function configFor(configs: PlainMapping, authority: string): PlainMapping {
  const names = authority === 'registry-1.docker.io' ? [authority, 'docker.io'] : [authority]
  const found = names.find(name => Object.hasOwn(configs, name))
  return found === undefined ? {} : mappingAt(configs, found)
}

function authOf(auth: PlainMapping): Endpoint['auth'] {
  const [username, password] = [textAt(auth, 'username'), textAt(auth, 'password')]
  if (username !== null && password !== null) return { username, password }
  const bytes = parseBase64(textAt(auth, 'auth') ?? '')
  const pair = bytes === null ? null : /^([^:]+):(.*)$/s.exec(decodeUtf8(bytes) ?? '')
  return pair === null ? null : { username: pair[1] ?? '', password: pair[2] ?? '' }
}

function textAt(mapping: PlainMapping, key: string): string | null {
  const value = Object.hasOwn(mapping, key) ? mapping[key] : null
  return typeof value === 'string' && value !== '' ? value : null
}

function lostInMirrors({ mirrors, lineOf }: Settings): readonly Diagnostic[] {
  return Object.entries(mirrors).flatMap(([host, mirror]) =>
    Object.entries(isMapping(mirror) ? mirror : {})
      .filter(([key, value]) => key !== 'endpoint' && !isEmpty(value))
      .map(([key]) => lost(['mirrors', host, key], lineOf)),
  )
}

const convertedAuth = ['username', 'password', 'auth']
const convertedTls = ['ca_file', 'cert_file', 'key_file', 'insecure_skip_verify']

function lostInConfigs({ configs, lineOf }: Settings): readonly Diagnostic[] {
  return Object.entries(configs).flatMap(([host, config]) => {
    if (host === '*') return [lost(['configs', host], lineOf)]
    if (!isMapping(config)) return []
    const others = Object.keys(config).filter(key => key !== 'auth' && key !== 'tls')
    const below = (section: string, converted: readonly string[]) =>
      Object.entries(mappingAt(config, section))
        .filter(([key, value]) => !converted.includes(key) && !isEmpty(value))
        .map(([key]) => ['configs', host, section, key])
    return [
      ...others.map(key => ['configs', host, key]),
      ...below('auth', convertedAuth),
      ...below('tls', convertedTls),
    ].map(keys => lost(keys, lineOf))
  })
}

function lostKeys({ otherKeys, lineOf }: Settings): readonly Diagnostic[] {
  return otherKeys.map(key => lost([key], lineOf))
}

function lost(keys: readonly string[], lineOf: Settings['lineOf']): Diagnostic {
  return report('convert/no-equivalent', [], { key: keys.join('.'), line: lineOf(...keys) })
}

/** The name of a file for something of an endpoint: `registry.lan_5000.password`. */
export function fileName({ url }: Endpoint, suffix: string): string {
  const port = authorityOf(url).slice(hostOf(url).length).replace(':', '_')
  return `${hostOf(url).replaceAll(/[[\]:]/g, '_')}${port}.${suffix}`
}
