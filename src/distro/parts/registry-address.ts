/** The addresses of the cluster's registry: the nodes that run it, its listen address, its URLs. */
import { authorityOf, hostPort, hostsOfUrl, isIpv6 } from '../../codec/address.ts'
import { memoizeByObject } from '../../codec/memoize.ts'
import { controllersOf, firstController, isController } from '../../model/controllers.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'

/** Whether a node runs the registry: every node, or every controller. */
export function runsRegistry({ registry }: AnySpec, node: AnyNode): boolean {
  return registry.run === 'every-node' || (registry.run === 'bootstrap' && isController(node))
}

/** The URL of the registry that a node runs itself; null where it runs none. */
export function ownRegistryUrl(spec: AnySpec, node: AnyNode): string | null {
  return runsRegistry(spec, node) ? urlAt(spec, localAddress(spec, node)) : null
}

/** The URLs from which a node pulls images, in order: its own registry first; empty where there is no registry. */
export function registryUrls(spec: AnySpec, node: AnyNode): readonly string[] {
  const { run, address } = spec.registry
  if (registryScheme(spec) === null) return []
  if (run === 'external') return address === null ? [] : [address]
  const own = ownRegistryUrl(spec, node)
  if (isLoopback(listenAddress(spec))) return own === null ? [] : [own]
  if (own === null) return serverUrls(spec)
  const ownAddress = node.address === null ? own : urlAt(spec, node.address)
  return [own, ...serverUrls(spec).filter(url => url !== own && url !== ownAddress)]
}

/** A host in names of images that means the registry itself, such as `192.168.1.10:5000`, and its URLs in order. */
export interface RegistryName {
  readonly host: string
  readonly urls: readonly string[]
}

/** The registry's own names for which containerd on a node would not use the right URL by itself. */
export function registryNames(spec: AnySpec, node: AnyNode): readonly RegistryName[] {
  const { run } = spec.registry
  const pulled = registryUrls(spec, node)
  const named = (url: string, urls: readonly string[]) =>
    hostsOfUrl(url).map(host => ({ host, urls }))
  if (run === 'external') return pulled.flatMap(url => named(url, [url]))
  if (registryScheme(spec) === null) return []
  const servers = serverUrls(spec)
  const shared = !isLoopback(listenAddress(spec))
  // containerd sends ?ns= where the URL has another host than the image, and the registry then searches
  // for the image of that upstream only: the URL with the image's own host is first.
  const ordered = (url: string) => [url, ...servers.filter(other => other !== url)]
  return [
    ...servers.flatMap(url => named(url, shared ? ordered(url) : pulled)),
    ...localNames(spec, node, pulled),
  ]
}

/** The names of a node for itself. */
function localNames(
  spec: AnySpec,
  node: AnyNode,
  [own = '', ...others]: readonly string[],
): readonly RegistryName[] {
  const { port, auth } = spec.registry
  const isPlain = own === `http://${loopback}:${port}`
  // containerd itself pulls from localhost over plain HTTP, except at port 443: hosts.go, ConfigureHosts.
  if (!runsRegistry(spec, node) || (isPlain && auth === null && port !== 443)) return []
  return ['localhost', loopback].map(address => ({
    host: hostPort(address, port),
    urls: [isPlain ? urlAt(spec, address) : own, ...others],
  }))
}

/** The URLs of the registry for other nodes, the bootstrap address first. */
function serverUrls(spec: AnySpec): readonly string[] {
  const { bootstrap, nodes } = spec
  const addresses = [...(bootstrap === null ? [] : [bootstrap]), ...controllerAddresses(nodes)]
  return [...new Set(addresses)].map(address => urlAt(spec, address))
}

function urlAt(spec: AnySpec, address: string): string {
  return `${registryScheme(spec)}://${hostPort(address, spec.registry.port)}`
}

/** The URL for people: one that other machines reach, unless the registry listens for its node only. */
export function registryUrl(spec: AnySpec): string | null {
  const { run, port } = spec.registry
  const scheme = registryScheme(spec)
  const shared = run === 'bootstrap' && listenAddress(spec) !== loopback
  if (shared && scheme !== null && spec.bootstrap !== null) {
    return `${scheme}://${hostPort(spec.bootstrap, port)}`
  }
  const node = firstController(spec) ?? spec.nodes[0]
  return node === undefined ? null : (registryUrls(spec, node)[0] ?? null)
}

/** `host:port` at which every node of the cluster, and its pods, reach the registry. */
export function registryName(spec: AnySpec): string | null {
  const { run, port, address } = spec.registry
  if (run === 'external') return address === null ? null : authorityOf(address)
  if (run === 'none') return null
  return spec.bootstrap === null || run === 'every-node'
    ? `localhost:${port}`
    : hostPort(spec.bootstrap, port)
}

/** The address that the registry binds. */
export function listenAddress(spec: AnySpec): string {
  // Addons pull from pods, also on the only node of a cluster. A certificate is for the node's address.
  const shared =
    registryScheme(spec) === 'https' ||
    (spec.registry.run === 'bootstrap' && (!hasSingle(spec.nodes) || spec.addons.length > 0))
  // `::` accepts IPv4 too; where no address is IPv6, the machine may have no IPv6 at all.
  const anyAddress = isIpv6(spec.bootstrap ?? '') || hasIpv6(spec.nodes) ? '::' : '0.0.0.0'
  return spec.registry.listen ?? (shared ? anyAddress : loopback)
}

const loopback = '127.0.0.1'
const isLoopback = (address: string) => /^(?:127\.|::1$|localhost$)/i.test(address)

// Planning needs these values for every node: without memoization, n nodes would take n² steps.
const controllerAddresses = memoizeByObject((nodes: readonly AnyNode[]) =>
  controllersOf(nodes).flatMap(({ address }) => (address === null ? [] : [address])),
)
const hasIpv6 = memoizeByObject((nodes: readonly AnyNode[]) =>
  nodes.some(({ address }) => address !== null && isIpv6(address)),
)
const hasSingle = memoizeByObject((nodes: readonly AnyNode[]) =>
  nodes.some(node => node.role === 'single'),
)

/** The address by which a node reaches its own registry; a certificate is not valid for 127.0.0.1. */
function localAddress(spec: AnySpec, node: AnyNode): string {
  const { listen } = spec.registry
  if (listen !== null && listen !== '0.0.0.0' && listen !== '::') return listen
  return (registryScheme(spec) === 'https' ? node.address : null) ?? loopback
}
