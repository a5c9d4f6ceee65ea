/** Checks a spec by the rules of k3s; these checks need no contents of files. */

import { hostPort, hostsOfUrl } from '../../codec/address.ts'
import { isController } from '../../model/controllers.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import type { AnySpec, Spec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import { checkKubelet } from '../parts/kubelet.ts'
import { registryNames, runsRegistry } from '../parts/registry-address.ts'
import { checkArguments } from './arguments.ts'
import { checkDistroConfig } from './check-config.ts'
import { checkMirrors } from './check-mirror-fields.ts'
import { checkRegistries } from './check-registries.ts'
import { apiPort, joins, serverOf, settingOf } from './config.ts'
import { report } from './rules.ts'

/** All checks of k3s. */
export function checkK3s(spec: Spec, sourceAt: SourceAt): readonly Diagnostic[] {
  return [
    ...checkDistroConfig(spec, sourceAt),
    ...distinct(spec.nodes.flatMap(node => [...checkKubelet(node), ...checkArguments(node)])),
    ...checkJoins(spec),
    ...checkManifests(spec),
    ...checkPorts(spec),
    ...checkMirrors(spec),
    ...checkRegistries(spec),
    ...checkEmbeddedRegistry(spec),
    ...checkDefaultRegistry(spec),
  ]
}

function checkJoins(spec: AnySpec): readonly Diagnostic[] {
  if (serverOf(spec) !== null) return []
  return spec.nodes
    .filter(node => joins(spec, node))
    .map(({ name, from }) => report('k3s/no-server', [...from, 'role'], { name }))
}

// k3s-io/k3s, manifests/ at 13d451f: files that k3s stages at each start.
const ownManifests = ['ccm', 'coredns', 'local-storage', 'rolebindings', 'runtimes', 'traefik']

function checkManifests({ nodes }: AnySpec): readonly Diagnostic[] {
  const manifests = nodes.flatMap(node => node.manifests)
  return distinct(
    manifests
      .filter(({ name }) => ownManifests.includes(name))
      .map(({ name, from }) => report('k3s/manifest-name-taken', [...from, 'name'], { name })),
  )
}

/** Checks that the registry uses none of the ports that k3s needs on the same machine. */
function checkPorts(spec: AnySpec): readonly Diagnostic[] {
  const { port } = spec.registry
  const hosts = spec.nodes.filter(node => runsRegistry(spec, node))
  if (hosts.length === 0) return []
  const embedded = usesEmbeddedRegistry(spec)
  // k3s-io/docs, docs/installation/requirements.md ("Inbound Rules") and registry-mirror.md.
  const ofServer: readonly (readonly [number: number, user: string])[] = [
    [apiPort(spec), 'the API server'],
    [6444, 'the API server'],
    [2379, 'etcd'],
    [2380, 'etcd'],
    [2381, 'etcd'],
    [10257, 'the controller manager'],
    [10258, 'the cloud controller manager'],
    [10259, 'the scheduler'],
  ]
  const ofEvery: readonly (readonly [number: number, user: string])[] = [
    [10250, 'the kubelet'],
    [10248, 'the kubelet'],
    [10249, 'kube-proxy'],
    [10256, 'kube-proxy'],
    ...(embedded ? ([[5001, 'the embedded registry']] as const) : []),
    [Number(settingOf(spec, 'lb-server-port') ?? 6444), 'the load balancer'],
  ]
  const taken = hosts.some(isController) ? [...ofServer, ...ofEvery] : ofEvery
  const user = taken.find(([number]) => number === port)
  return user === undefined
    ? []
    : [report('k3s/port-taken', ['registry', 'port'], { port, user: user[1] })]
}

function usesEmbeddedRegistry(spec: AnySpec): boolean {
  return settingOf(spec, 'embedded-registry') === true
}

/** k3s shares only images of registries that registries.yaml lists. */
function checkEmbeddedRegistry(spec: AnySpec): readonly Diagnostic[] {
  return usesEmbeddedRegistry(spec) && spec.mirrors.length === 0 && spec.registries === null
    ? [report('k3s/embedded-registry-unused', ['distro', 'config', 'embedded-registry'], {})]
    : []
}

/**
 * System images have the name of the default registry. The cluster's registry gets `?ns=` with this name
 * where the URL has another host, and then serves only images that have the name in the bundle.
 */
function checkDefaultRegistry(spec: AnySpec): readonly Diagnostic[] {
  const name = settingOf(spec, 'system-default-registry')
  const given = spec.registries?.mirrors ?? []
  const hosts = [...spec.mirrors, ...given].map(({ host }) => host)
  if (typeof name !== 'string' || hosts.includes(name)) return []
  const { registry, nodes } = spec
  const isServed = nodes.every(node => {
    const own = registryNames(spec, node).find(({ host }) => host === name)
    const isLocal = ['localhost', '127.0.0.1'].some(
      address => hostPort(address, registry.port) === name,
    )
    return own === undefined
      ? isLocal && runsRegistry(spec, node)
      : own.urls.slice(0, 1).flatMap(hostsOfUrl).includes(name)
  })
  const path = ['distro', 'config', 'system-default-registry']
  return isServed ? [] : [report('k3s/default-registry-unserved', path, { name })]
}
