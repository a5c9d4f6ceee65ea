/**
 * The hosts from which containerd pulls, as a distribution derives them from a registries.yaml. Source:
 * getHostConfigs and normalizeEndpointAddress in pkg/agent/containerd/config.go at 06ea261.
 */
import type { Registries, RegistryConfig, RegistryMirror, Rewrite } from '../../model/spec.ts'

/** One host, with the settings that containerd uses for it. */
export interface HostEndpoint<T> {
  /** Empty for the upstream of `*`: the registry of the image itself. */
  readonly url: string
  /** Whether containerd uses the path unchanged. */
  readonly overridePath: boolean
  readonly rewrites: readonly Rewrite[]
  readonly config: RegistryConfig<T> | null
}

/** The hosts of one registry. */
export interface RegistryHosts<T> {
  /** The directory below certs.d before its port is converted: a host, or `_default`. */
  readonly host: string
  /** The last host; null: none. */
  readonly server: HostEndpoint<T> | null
  readonly endpoints: readonly HostEndpoint<T>[]
}

/** An endpoint in its complete form. */
export interface Endpoint {
  /** The host and port under which `configs` has its settings. */
  readonly name: string
  readonly url: string
  readonly overridePath: boolean
}

/** The complete form of an endpoint or a host; null where its URL is invalid and the distribution ignores it. */
export function completeEndpoint(endpoint: string): Endpoint | null {
  const [, scheme = '', authority = '', path = ''] =
    /^(?:([a-z][a-z0-9+.-]*):)?\/\/([^/?#]*)([^?#]*)$/i.exec(
      endpoint.includes('://') ? endpoint : `//${endpoint}`,
    ) ?? []
  const [, port = ''] = /:([^:\]]*)$/.exec(authority) ?? []
  if (authority === '' || !/^[0-9]*$/.test(port)) return null
  const isPlain = isLocalhost(authority) && port !== '' && port !== '443'
  const host = authority === 'docker.io' ? dockerHub : authority
  const overridePath = !['', '/', '/v2'].includes(path)
  return {
    name: host === dockerHub ? 'docker.io' : authority,
    url: `${scheme === '' ? (isPlain ? 'http' : 'https') : scheme}://${host}${overridePath ? path : '/v2'}`,
    overridePath,
  }
}

const dockerHub = 'registry-1.docker.io'

function isLocalhost(authority: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d*)?$/.test(authority)
}

/** The hosts of all registries; without those for which containerd's own defaults are enough. */
export function registryHosts<T>(
  { mirrors, configs }: Registries<T>,
  withoutUpstream: boolean,
): readonly RegistryHosts<T>[] {
  const ofConfigs = new Map(
    configs.flatMap(config => {
      const server = serverOf(config.host, config)
      return server === null ? [] : [[config.host, { server, endpoints: [] }] as const]
    }),
  )
  const ofMirrors = mirrors.flatMap(mirror => {
    const given = mirror.host === '*' ? undefined : ofConfigs.get(mirror.host)
    const own = given?.server ?? serverOf(mirror.host, configFor(configs, mirror.host))
    if (own === null) return []
    const server = given === undefined && withoutUpstream ? null : own
    // The server of `*` has no settings of its own.
    const isAny = given === undefined && server !== null && mirror.host === '*'
    const base = isAny ? { ...server, url: '', config: null } : server
    return [[mirror.host, withEndpoints(configs, mirror, base)] as const]
  })
  return [...new Map<string, Omit<RegistryHosts<T>, 'host'>>([...ofConfigs, ...ofMirrors])]
    .filter(([, { server, endpoints }]) => endpoints.length > 0 || hasSettings(server))
    .map(([host, hosts]) => ({ host: host === '*' ? '_default' : host, ...hosts }))
}

function serverOf<T>(host: string, config: RegistryConfig<T> | null): HostEndpoint<T> | null {
  if (host === '*') return { url: '', overridePath: false, rewrites: [], config }
  const endpoint = completeEndpoint(host)
  return endpoint === null ? null : { url: endpoint.url, overridePath: false, rewrites: [], config }
}

/** Repeated endpoints are left out; the last endpoint becomes the server where it has the same URL. */
function withEndpoints<T>(
  configs: readonly RegistryConfig<T>[],
  { endpoints, rewrites }: RegistryMirror,
  base: HostEndpoint<T> | null,
): Omit<RegistryHosts<T>, 'host'> {
  const complete = endpoints.map(completeEndpoint)
  const hosts = complete.flatMap(
    (endpoint, index): readonly (HostEndpoint<T> & { readonly last: boolean })[] => {
      if (endpoint === null) return []
      if (complete.findIndex(other => other?.url === endpoint.url) < index) return []
      const { url, overridePath, name } = endpoint
      const last = index === endpoints.length - 1
      return [{ url, overridePath, rewrites, config: configFor(configs, name), last }]
    },
  )
  const moved = hosts.find(({ url, last }) => last && url === base?.url)
  const withoutLast = ({ last, ...host }: (typeof hosts)[number]): HostEndpoint<T> => host
  return {
    server: moved === undefined ? base : withoutLast(moved),
    endpoints: hosts.filter(host => host !== moved).map(withoutLast),
  }
}

/** The settings for a host; those of Docker Hub may have the name of its server. */
function configFor<T>(
  configs: readonly RegistryConfig<T>[],
  host: string,
): RegistryConfig<T> | null {
  const named = (name: string) => configs.find(config => config.host === name) ?? null
  return (host === 'docker.io' ? named(dockerHub) : null) ?? named(host)
}

function hasSettings<T>(endpoint: HostEndpoint<T> | null): boolean {
  if (endpoint === null) return false
  const { config, overridePath, rewrites } = endpoint
  const isConfigured = config !== null && (config.auth !== null || config.tls !== null)
  return overridePath || isConfigured || rewrites.length > 0
}
