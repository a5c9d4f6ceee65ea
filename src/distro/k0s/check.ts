/** Checks a spec by the rules of k0s; these checks need no contents of files. */
import { isController } from '../../model/controllers.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import type { Addon, AnySpec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import { valuesAt } from '../parts/config-field.ts'
import { checkKubelet } from '../parts/kubelet.ts'
import { listenAddress, registryName, runsRegistry } from '../parts/registry-address.ts'
import { checkDistroConfig } from './check-config.ts'
import { isTooOld } from './facts.ts'
import { checkArguments } from './install-arguments.ts'
import { isLoopback, k0rdentOf } from './k0rdent.ts'
import { report } from './rules.ts'

/** All checks of k0s. */
export function checkK0s(spec: AnySpec, sourceAt: SourceAt): readonly Diagnostic[] {
  return [
    ...checkVersion(spec),
    ...checkDistroConfig(spec, sourceAt),
    ...distinct(spec.nodes.flatMap(node => [...checkKubelet(node), ...checkArguments(node)])),
    ...checkManifests(spec),
    ...checkPorts(spec),
    ...checkPullPolicy(spec),
    ...checkK0rdent(spec),
  ]
}

/** Without drop-ins the mirrors would have no effect. */
function checkVersion({ distro }: AnySpec): readonly Diagnostic[] {
  const { version } = distro
  return version !== null && isTooOld(version)
    ? [report('k0s/version-too-old', ['distro', 'version'], { version })]
    : []
}

/** With `Never` no image is pulled, not even from a mirror: only preloaded images run. */
function checkPullPolicy({ distro, mirrors, registry }: AnySpec): readonly Diagnostic[] {
  const keys = ['spec', 'images', 'default_pull_policy']
  const [policy] = valuesAt(distro.config, keys)
  return policy?.value === 'Never' && mirrors.length > 0 && registry.run !== 'none'
    ? [report('mirror/never-pulled', ['distro', 'config', ...keys], {})]
    : []
}

// k0sproject/k0s, pkg/component/controller: the directories of the manifests that k0s writes itself.
const ownManifests = [
  ...['api-config', 'autopilot', 'bootstraprbac', 'calico', 'coredns', 'etcd-member', 'helm'],
  ...['konnectivity', 'kubelet', 'kubeproxy', 'kuberouter', 'metrics', 'metricserver', 'windows'],
]

/** k0s writes and removes files in its own directories, and treats the directory of a CNI as that of its provider. */
function checkManifests({ nodes }: AnySpec): readonly Diagnostic[] {
  const manifests = nodes.flatMap(node => node.manifests)
  return distinct(
    manifests
      .filter(({ name }) => ownManifests.includes(name))
      .map(({ name, from }) => report('k0s/manifest-name-taken', [...from, 'name'], { name })),
  )
}

/** Checks that the registry uses none of the ports that k0s needs on the same machine. */
function checkPorts(spec: AnySpec): readonly Diagnostic[] {
  const { port } = spec.registry
  const hosts = spec.nodes.filter(node => runsRegistry(spec, node))
  const taken = hosts.some(isController) ? [...controllerPorts(spec), kubelet] : [kubelet]
  const user = hosts.length === 0 ? undefined : taken.find(([number]) => number === port)
  return user === undefined
    ? []
    : [report('k0s/port-taken', ['registry', 'port'], { port, user: user[1] })]
}

const kubelet = [10250, 'the kubelet'] as const

function controllerPorts({
  distro,
}: AnySpec): readonly (readonly [number: number, user: string])[] {
  const portAt = (path: string, fallback: number) =>
    Number(valuesAt(distro.config, path.split('.'))[0]?.value ?? fallback)
  return [
    [portAt('spec.api.port', 6443), 'the API server'],
    [portAt('spec.api.k0sApiPort', 9443), 'the join API'],
    [portAt('spec.konnectivity.agentPort', 8132), 'konnectivity'],
    [portAt('spec.konnectivity.adminPort', 8133), 'konnectivity'],
    [2379, 'etcd'],
    [2380, 'etcd'],
    [10257, 'the controller manager'],
    [10259, 'the scheduler'],
  ]
}

function checkK0rdent(spec: AnySpec): readonly Diagnostic[] {
  const addon = k0rdentOf(spec)
  if (addon === null) return []
  return [
    ...checkChartVersion(addon),
    ...(spec.registry.run === 'none'
      ? [report('k0s/k0rdent-without-registry', addon.from, {})]
      : []),
    ...checkReachable(spec, addon),
  ]
}

/** flux runs in pods, whose loopback interface is not that of the node. */
function checkReachable(spec: AnySpec, { from }: Addon): readonly Diagnostic[] {
  const name = registryName(spec)
  if (name === null) return []
  const addresses = spec.registry.run === 'external' ? [name] : [name, listenAddress(spec)]
  const address = addresses.find(isLoopback)
  return address === undefined ? [] : [report('k0s/k0rdent-registry-local', from, { address })]
}

function checkChartVersion({ version, from }: Addon): readonly Diagnostic[] {
  if (/^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$/.test(version)) return []
  const args = { found: JSON.stringify(version), expected: 'a chart version such as "1.2.2"' }
  return [report('spec/malformed', [...from, 'version'], args)]
}
