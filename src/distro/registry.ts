/** The site's own registry: who runs it, who asks it where, its program and its unit. */
import { authorityOf, hostPort } from '../codec/host.ts'
import { systemdArgument } from '../codec/unit.ts'
import { utf8 } from '../codec/utf8.ts'
import type { PlanFile, PlanUnit } from '../plan/plan.ts'
import program from '../registry/main.ts?bundle'
import type { Node, Spec } from '../spec/spec.ts'
import service from '../../templates/registry.service.hbs'
import { paths, searchPath } from './paths.ts'

/** The unit's name. */
export const registryUnit = 'gen-node-registry.service'

/** Whether a node runs the registry: every node, or every one that is no worker. */
export function runsRegistry(spec: Spec, node: Node): boolean {
  const { run } = spec.registry
  return run === 'every-node' || (run === 'bootstrap' && node.role !== 'worker')
}

/** Where a node asks for images, in order; empty where there is no registry. */
export function registryUrls(spec: Spec, node: Node): readonly string[] {
  const { run, port, address } = spec.registry
  if (runsRegistry(spec, node)) return [`http://${hostPort(localAddress(spec), port)}`]
  if (run === 'external') return address === null ? [] : [address.replace(/\/+$/, '')]
  if (run === 'none') return []
  const servers = spec.nodes.flatMap(one =>
    runsRegistry(spec, one) && one.address !== null ? [one.address] : [],
  )
  const all = [...(spec.bootstrap === null ? [] : [spec.bootstrap]), ...servers]
  return [...new Set(all)].map(server => `http://${hostPort(server, port)}`)
}

/** The address by which a node reaches its own registry. */
function localAddress(spec: Spec): string {
  const { listen } = spec.registry
  return listen === null || listen === '0.0.0.0' || listen === '::' ? '127.0.0.1' : listen
}

/** `host:port` by which every node of the cluster, and its pods, reach the registry. */
export function registryName(spec: Spec): string | null {
  const { run, port, address } = spec.registry
  if (run === 'external') return address === null ? null : authorityOf(address)
  if (run === 'none') return null
  return spec.bootstrap === null || run === 'every-node'
    ? `localhost:${port}`
    : hostPort(spec.bootstrap, port)
}

/** The program and its unit for a node that runs it. */
export function registryParts(
  spec: Spec,
  node: Node,
  before: readonly string[],
): { readonly files: readonly PlanFile[]; readonly units: readonly PlanUnit[] } {
  if (!runsRegistry(spec, node)) return { files: [], units: [] }
  const { registry } = spec
  const lowPort = registry.port < 1024
  const script = `${paths[node.os].lib}/registry.mjs`
  const run = registry.node === null ? ['/usr/bin/env', 'node'] : [registry.node]
  const command = [
    ...run,
    script,
    '--host',
    listenAddress(spec),
    '--port',
    String(registry.port),
    '--bundle-path',
    registry.bundle,
  ]
  return {
    files: [
      {
        path: script,
        content: utf8(program),
        mode: 0o644,
        owner: 'root:root',
        secret: false,
        from: ['registry'],
      },
    ],
    units: [
      {
        name: registryUnit,
        // bootstrap.sh enables it once everything is there.
        enabled: false,
        content: service({
          before: before.join(' '),
          bundle: registry.bundle,
          path: searchPath(node.os),
          capabilities: lowPort ? 'CAP_NET_BIND_SERVICE' : '',
          // In a user namespace of its own the capability would not count.
          privateUsers: lowPort ? 'no' : 'yes',
          command: [...command, ...registry.args].map(systemdArgument).join(' '),
        }),
        from: ['registry'],
      },
    ],
  }
}

function listenAddress(spec: Spec): string {
  const shared =
    spec.registry.run === 'bootstrap' && spec.nodes.every(node => node.role !== 'single')
  return spec.registry.listen ?? (shared ? '0.0.0.0' : '127.0.0.1')
}
