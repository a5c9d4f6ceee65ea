/** A k0s machine: its mirrors, its configuration, its token, and how it is installed. */

import start from '../../../templates/k0s/start.sh.hbs'
import { memoizeByObject } from '../../codec/memoize.ts'
import type { Supplies } from '../../model/needs.ts'
import type { Node, Spec } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { bootstrapParts } from '../parts/boot.ts'
import { type Containerd, mirrorFiles, ownMirror } from '../parts/certs-d.ts'
import { registryName, registryParts } from '../parts/registry-unit.ts'
import { rootFile } from '../parts/root-file.ts'
import { extras } from '../parts/user-parts.ts'
import type { Desk } from '../supply.ts'
import { k0sYaml } from './config.ts'
import { certsFolder, checkDropIns, checkVersion, dropIn, dropInPath } from './drop-in.ts'
import { containerd2Minor, factsOf } from './facts.ts'
import { joinToken } from './token.ts'

const services = ['k0scontroller.service', 'k0sworker.service']
const configPath = '/etc/k0s/k0s.yaml'
const tokenPath = '/etc/k0s/join-token'

/** The plan of one node. */
export function planK0s(spec: Spec, node: Node, supplies: Supplies, desk: Desk): NodePlan {
  const registry = registryParts(spec, node, services, desk)
  const boot = bootstrapParts(spec, node, {
    distro: 'k0s',
    binary: 'k0s',
    dropIn: { path: dropInPath, containerd1: dropIn('1'), containerd2: dropIn('2') },
    awaitsToken: joins(spec, node) && node.token === null ? tokenPath : null,
    start: start({
      containerd2Minor: containerd2Minor(),
      install: installCommand(spec, node),
      unit: `/etc/systemd/system/${node.role === 'worker' ? services[1] : services[0]}`,
    }),
  })
  const own = extras(node, supplies, desk, services)
  checkDropIns(spec, own.files, desk)
  checkVersion(spec, desk)
  return {
    ...own,
    name: node.name,
    files: [
      rootFile(dropInPath, dropIn(factsOf(spec.distro.version).containerd), []),
      ...mirrorFiles(withOwnName(spec), node, certsFolder, knownContainerd(spec), desk),
      ...configuration(spec, node, desk),
      ...token(spec, node, desk),
      ...manifests(node, desk),
      ...registry.files,
      boot.file,
      ...own.files,
    ],
    units: [...registry.units, boot.unit, ...own.units],
  }
}

/** k0rdent's images carry the registry's own name: it is a mirror of itself, over plain HTTP. */
function withOwnName(spec: Spec): Spec {
  const name = registryName(spec)
  const known = spec.mirrors.some(mirror => mirror.host === name)
  if (spec.k0rdent === null || name === null || known || spec.registry.run === 'external')
    return spec
  return { ...spec, mirrors: [...spec.mirrors, ownMirror(`http://${name}`, spec.k0rdent.from)] }
}

function configuration(spec: Spec, node: Node, desk: Desk): readonly PlanFile[] {
  if (node.role === 'worker') return []
  return [rootFile(configPath, k0sYaml(spec, node, desk), ['distro'], true)]
}

/** The first node that is no worker begins the cluster; all others join it. */
function joins(spec: Spec, node: Node): boolean {
  if (node.role === 'worker') return true
  const controllers = controllersOf(spec.nodes)
  const first =
    controllers.find(one => one.address !== null && one.address === spec.bootstrap) ??
    controllers[0]
  return node.name !== first?.name
}

const controllersOf = memoizeByObject((nodes: readonly Node[]) =>
  nodes.filter(one => one.role !== 'worker'),
)

function token(spec: Spec, node: Node, desk: Desk): readonly PlanFile[] {
  if (node.token === null || !joins(spec, node)) return []
  return [rootFile(tokenPath, joinToken(node.token, node.role, desk), node.token.from, true)]
}

// k0s applies every folder below its manifests: docs.k0sproject.io, "Manifest Deployer".
function manifests(node: Node, desk: Desk): readonly PlanFile[] {
  if (node.role === 'worker') return []
  return node.manifests.map(({ name, content, from }) =>
    rootFile(`/var/lib/k0s/manifests/${name}/${name}.yaml`, desk.text(content), [...from, 'name']),
  )
}

function installCommand(spec: Spec, node: Node): readonly string[] {
  const kind = node.role === 'worker' ? 'worker' : 'controller'
  // Without --no-taints k0s keeps a controller's worker from everything that does not tolerate it.
  const workloads =
    node.role === 'single' ? ['--single'] : node.workloads ? ['--enable-worker', '--no-taints'] : []
  const labels = node.labels.map(([key, value]) => `${key}=${value}`)
  return [
    'k0s',
    'install',
    kind,
    ...(kind === 'controller' ? [...workloads, '--config', configPath] : []),
    ...(joins(spec, node) ? ['--token-file', tokenPath] : []),
    ...(labels.length === 0 ? [] : ['--labels', labels.join(',')]),
    ...(node.taints.length === 0 ? [] : ['--taints', node.taints.join(',')]),
    ...kubeletArguments(node),
  ]
}

/** The user's arguments, and the kubelet's address where the default route would mislead it. */
function kubeletArguments(node: Node): readonly string[] {
  if (!node.isolated || node.address === null) return node.args
  // k0s takes the last --kubelet-extra-args alone: there must be one.
  const flag = '--kubelet-extra-args='
  const own = node.args.filter(arg => arg.startsWith(flag)).map(arg => arg.slice(flag.length))
  const all = [`--node-ip=${node.address}`, ...own].join(' ')
  return [`${flag}${all}`, ...node.args.filter(arg => !arg.startsWith(flag))]
}

function knownContainerd({ distro }: Spec): Containerd | null {
  return distro.version === null ? null : factsOf(distro.version).containerd
}
