/** The plan of a k0s node: its mirrors, its configuration, its token, and how k0s is installed. */

import start from '../../../templates/k0s/start.sh.hbs'
import { firstController, isController } from '../../model/controllers.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { AnyNode, AnySpec, ResolvedSpec } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import {
  andThen,
  checked,
  collectOutcomes,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { ResolvedNode } from '../distro.ts'
import { bootPart } from '../parts/boot.ts'
import { mirrorFiles, registryMirror } from '../parts/certs-d.ts'
import { utf8Text } from '../parts/contents.ts'
import { joinParts, type PlanPart, planPart } from '../parts/plan-part.ts'
import { registryName, registryUrls } from '../parts/registry-address.ts'
import { registryPart } from '../parts/registry-unit.ts'
import { rootFile } from '../parts/root-file.ts'
import { layerOf, userPart } from '../parts/user-parts.ts'
import { k0sYaml } from './config.ts'
import { certsDirectory, checkDropIns, dropIn, dropInPath } from './drop-in.ts'
import { containerd2Minor, factsOf } from './facts.ts'
import { userArguments } from './install-arguments.ts'
import { k0rdentOf } from './k0rdent.ts'
import { binary, configPath, services, tokenPath } from './paths.ts'
import { createToken, joinToken } from './token.ts'

/** The plan of one node. */
export function planK0s(spec: ResolvedSpec, node: ResolvedNode): Outcome<NodePlan> {
  const user = andThen(userPart(node, services), part =>
    checked(part, checkDropIns(spec, part.files)),
  )
  const files = collectOutcomes([
    success([rootFile(dropInPath, dropIn(factsOf(spec.distro.version).containerd), 'image', [])]),
    planMirrors(spec, node),
    configFiles(spec, node),
    tokenFiles(spec, node),
    manifestFiles(node),
  ])
  const parts = collectOutcomes<PlanPart>([
    andThen(files, lists => success(planPart({ files: lists.flat() }))),
    registryPart(spec, node, services),
    success(firstBoot(spec, node)),
    user,
  ])
  return andThen(parts, list => success({ name: node.name, ...joinParts(list) }))
}

/** The hosts.toml files of a node and the certificates in the same directories. */
export function planMirrors(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  const { version } = spec.distro
  return mirrorFiles(mirrorsOf(spec), spec.registry, {
    directory: certsDirectory,
    containerd: version === null ? null : factsOf(version).containerd,
    registryUrls: registryUrls(spec, node),
  })
}

/** With k0rdent the registry is also a mirror of itself, because images of k0rdent have the registry's name. */
function mirrorsOf(spec: ResolvedSpec): ResolvedSpec['mirrors'] {
  const name = registryName(spec)
  const addon = k0rdentOf(spec)
  const hasMirror = spec.mirrors.some(mirror => mirror.host === name)
  if (addon === null || name === null || hasMirror || spec.registry.run === 'external') {
    return spec.mirrors
  }
  const url = `${registryScheme(spec)}://${name}`
  return [...spec.mirrors, registryMirror(url, addon.from)]
}

function firstBoot(spec: AnySpec, node: AnyNode): PlanPart {
  return bootPart(spec, node, {
    distro: 'k0s',
    binary,
    rewrites: [{ path: dropInPath, forms: [dropIn('1'), dropIn('2')] }],
    awaitsToken:
      joins(spec, node) && node.token === null
        ? { path: tokenPath, remedy: `on a controller: ${createToken(node.role)}` }
        : null,
    start: start({
      dropIn: dropInPath,
      containerd1: dropIn('1').trimEnd(),
      containerd2: dropIn('2').trimEnd(),
      containerd2Minor: containerd2Minor(),
      install: installCommand(spec, node),
      unit: `/etc/systemd/system/${isController(node) ? services[0] : services[1]}`,
    }),
  })
}

function configFiles(spec: AnySpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  if (!isController(node)) return success([])
  return andThen(k0sYaml(spec, node), text =>
    success([rootFile(configPath, text, 'secret', ['distro'])]),
  )
}

/** The first controller starts the cluster; all other nodes join it. */
function joins(spec: AnySpec, node: AnyNode): boolean {
  return node.name !== firstController(spec)?.name
}

function tokenFiles(spec: AnySpec, node: ResolvedNode): Outcome<readonly PlanFile[]> {
  const { token } = node
  if (token === null || !joins(spec, node)) return success([])
  return andThen(joinToken(token, node.role), text =>
    success([rootFile(tokenPath, text, 'secret', token.from)]),
  )
}

// k0s applies every directory below its manifests: docs.k0sproject.io, "Manifest Deployer".
function manifestFiles(node: ResolvedNode): Outcome<readonly PlanFile[]> {
  if (!isController(node)) return success([])
  const files = node.manifests.map(({ name, content, from }) =>
    andThen(utf8Text(content), text => {
      const path = `/var/lib/k0s/manifests/${name}/${name}.yaml`
      return success(rootFile(path, text, layerOf(from), [...from, 'name']))
    }),
  )
  return collectOutcomes(files)
}

function installCommand(spec: AnySpec, node: AnyNode): readonly string[] {
  const kind = isController(node) ? 'controller' : 'worker'
  // Without --no-taints only pods that tolerate the taint run on a controller.
  const workloads =
    node.role === 'single' ? ['--single'] : node.workloads ? ['--enable-worker', '--no-taints'] : []
  const labels = node.labels.map(({ key, value }) => `${key}=${value}`)
  return [
    binary,
    'install',
    kind,
    ...(kind === 'controller' ? [...workloads, '--config', configPath] : []),
    ...(joins(spec, node) ? ['--token-file', tokenPath] : []),
    ...(labels.length === 0 ? [] : ['--labels', labels.join(',')]),
    ...(node.taints.length === 0
      ? []
      : ['--taints', node.taints.map(({ text }) => text).join(',')]),
    ...userArguments(node),
  ]
}
