/** Which certificates and keys of a spec nodes use, and for which addresses. */
import { authorityOf, canonicalAddress, hostOf, hostPort } from '../../codec/address.ts'
import { memoizeByObject } from '../../codec/memoize.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { Content, Mirror, ResolvedSpec } from '../../model/spec.ts'
import { registryUrls, runsRegistry } from './registry-address.ts'

/** The certificates and keys of a spec by their use. */
export interface CertificateUses {
  readonly pairs: readonly KeyPair[]
  readonly servers: readonly KnownServer[]
  readonly trusts: readonly Trust[]
  readonly authorities: readonly Authority[]
  /** Public keys that verify signatures of bundles. */
  readonly bundleKeys: readonly Content[]
}

/** A certificate and its private key, with which a program proves its identity. */
export interface KeyPair {
  readonly cert: Content
  readonly key: Content
  readonly purpose: Purpose
}

/** The side of a connection that shows the certificate. */
export type Purpose = 'server' | 'client'

/** A certificate of the cluster, and CA certificates with which clients at these addresses verify it. */
export interface KnownServer {
  readonly cert: Content
  readonly ca: Content
  readonly addresses: readonly string[]
}

/** CA certificates, and the addresses of servers outside of the cluster that they verify. */
export interface Trust {
  readonly ca: Content
  readonly addresses: readonly string[]
}

/** A CA of the cluster; its key is null where the spec does not have it. */
export interface Authority {
  readonly ca: Content
  readonly key: Content | null
}

/** No certificates and keys. */
export const noUses: CertificateUses = {
  pairs: [],
  servers: [],
  trusts: [],
  authorities: [],
  bundleKeys: [],
}

/** The certificates and keys of several parts. */
export function joinUses(list: readonly CertificateUses[]): CertificateUses {
  return {
    pairs: list.flatMap(({ pairs }) => pairs),
    servers: list.flatMap(({ servers }) => servers),
    trusts: list.flatMap(({ trusts }) => trusts),
    authorities: list.flatMap(({ authorities }) => authorities),
    bundleKeys: list.flatMap(({ bundleKeys }) => bundleKeys),
  }
}

/** The certificates and keys that the registry and the mirrors of a spec use. */
export function registryCertificates(spec: ResolvedSpec): CertificateUses {
  const { registry, mirrors } = spec
  const serves = spec.nodes.some(node => runsRegistry(spec, node))
  const tls = serves ? registry.tls : null
  const connections = [
    ...mirrors.flatMap(mirror => connectionsOf(spec, mirror)),
    // The first boot asks the registry, and images can have its name.
    ...registryServers(spec).map(server => ({ ...server, ca: registry.ca })),
  ]
  const isKnown = ({ isOwn }: Connection) => tls !== null && isOwn
  return {
    pairs: [
      ...(tls === null ? [] : [{ ...tls, purpose: 'server' } as const]),
      ...mirrors.flatMap(({ client }) =>
        client === null ? [] : [{ ...client, purpose: 'client' } as const],
      ),
    ],
    servers:
      tls === null
        ? []
        : addressesByCa(connections.filter(isKnown))
            .filter(([, addresses]) => addresses.length > 0)
            .map(([ca, addresses]) => ({ cert: tls.cert, ca, addresses })),
    // The CA of a known server must be intact too, also where nothing is verified with it.
    trusts: addressesByCa(
      connections.map(connection =>
        isKnown(connection) ? { ...connection, address: null } : connection,
      ),
    ).map(([ca, addresses]) => ({ ca, addresses })),
    authorities: [],
    bundleKeys: serves && registry.verify !== null ? [registry.verify] : [],
  }
}

/** A connection of containerd by HTTPS. */
interface Connection {
  /** Null: the CA certificates of the operating system verify the server. */
  readonly ca: Content | null
  /** Null where the certificate of the server is not verified. */
  readonly address: string | null
  /** Whether the server is the registry of the cluster. */
  readonly isOwn: boolean
}

function connectionsOf(spec: ResolvedSpec, mirror: Mirror<Content>): readonly Connection[] {
  const { endpoints, skipVerify } = mirror
  const isLocal = endpoints.length === 0
  const ca = mirror.ca ?? (isLocal ? spec.registry.ca : null)
  return (isLocal ? registryServers(spec) : endpoints.flatMap(url => serverOf(spec, url))).map(
    ({ address, isOwn }) => ({ ca, address: skipVerify ? null : address, isOwn }),
  )
}

type Server = { readonly address: string; readonly isOwn: boolean }

// All mirrors without endpoints have the same servers; every node adds some.
const registryServers = memoizeByObject((spec: ResolvedSpec): readonly Server[] => {
  if (registryScheme(spec) !== 'https') return []
  const hosts = new Set(spec.nodes.flatMap(node => registryUrls(spec, node).map(hostOf)))
  return [...hosts].map(address => ({ address, isOwn: spec.registry.run !== 'external' }))
})

function serverOf(spec: ResolvedSpec, url: string): readonly Server[] {
  if (!url.startsWith('https://')) return []
  const address = hostOf(url)
  const [, port] = /:([0-9]+)$/.exec(authorityOf(url)) ?? []
  const isOwn = ownAuthorities(spec).has(hostPort(canonicalAddress(address), Number(port ?? 443)))
  return [{ address, isOwn }]
}

/** `host:port` of the cluster's registry by every name that a spec has for its nodes. */
const ownAuthorities = memoizeByObject((spec: ResolvedSpec): ReadonlySet<string> => {
  const nodes = spec.nodes.filter(node => runsRegistry(spec, node))
  const names = nodes.flatMap(({ address, hostname, name }) => [address, hostname, name])
  const own = nodes.length === 0 ? [] : [spec.bootstrap, ...names]
  return new Set(
    own.flatMap(name =>
      name === null ? [] : [hostPort(canonicalAddress(name), spec.registry.port)],
    ),
  )
})

/** The addresses that each CA verifies, without repetitions. */
function addressesByCa(
  connections: readonly Connection[],
): readonly (readonly [ca: Content, addresses: readonly string[]])[] {
  const groups = new Map<Content, Set<string>>()
  for (const { ca, address } of connections) {
    if (ca === null) continue
    const addresses = groups.get(ca) ?? new Set()
    groups.set(ca, address === null ? addresses : addresses.add(address))
  }
  return [...groups].map(([ca, addresses]) => [ca, [...addresses]])
}
