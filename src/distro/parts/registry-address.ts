/** The addresses of the cluster's registry: the nodes that run it, its listen address, its URLs. */
import { authorityOf, hostPort, isIpv6 } from '../../codec/address.ts'
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
  const scheme = registryScheme(spec)
  return scheme === null || !runsRegistry(spec, node)
    ? null
    : `${scheme}://${hostPort(localAddress(spec, node), spec.registry.port)}`
}

/** The URLs from which a node pulls images, in order: its own registry first; empty where there is no registry. */
export function registryUrls(spec: AnySpec, node: AnyNode): readonly string[] {
  const { port, address } = spec.registry
  const scheme = registryScheme(spec)
  if (scheme === null) return []
  if (spec.registry.run === 'external') return address === null ? [] : [withoutSlash(address)]
  const own = ownRegistryUrl(spec, node)
  if (spec.registry.run === 'every-node' || listenAddress(spec) === loopback) {
    return own === null ? [] : [own]
  }
  const servers = [
    ...(spec.bootstrap === null ? [] : [spec.bootstrap]),
    ...controllerAddresses(spec.nodes),
  ].filter(server => own === null || server !== node.address)
  const urls = servers.map(server => `${scheme}://${hostPort(server, port)}`)
  return [...new Set(own === null ? urls : [own, ...urls])]
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
  // Addons pull from pods, also on the only node of a cluster.
  const shared =
    spec.registry.run === 'bootstrap' && (!hasSingle(spec.nodes) || spec.addons.length > 0)
  // `::` accepts IPv4 too; where no address is IPv6, the machine may have no IPv6 at all.
  const anyAddress = isIpv6(spec.bootstrap ?? '') || hasIpv6(spec.nodes) ? '::' : '0.0.0.0'
  // A certificate is valid for the address of the node, not for 127.0.0.1.
  const isReached = shared || registryScheme(spec) === 'https'
  return spec.registry.listen ?? (isReached ? anyAddress : loopback)
}

const loopback = '127.0.0.1'

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

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
