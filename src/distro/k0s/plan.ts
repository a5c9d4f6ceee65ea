/** The plan of a k0s node: its mirrors, its configuration, its token, and how k0s is installed. */

import start from '../../../templates/k0s/start.sh.hbs'
import { firstController, isController } from '../../model/controllers.ts'
import type { AnyNode, AnySpec, ResolvedSpec } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { unitDirectory } from '../../plan/tree.ts'
import {
  andThen,
  checked,
  collectOutcomes,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { ResolvedNode } from '../distro.ts'
import { awaitWork, bootPart } from '../parts/boot.ts'
import { type CertsTarget, certsTarget, mirrorFiles, registryDirectory } from '../parts/certs-d.ts'
import { utf8Text } from '../parts/contents.ts'
import { joinParts, type PlanPart, planPart } from '../parts/plan-part.ts'
import { registryPart } from '../parts/registry-unit.ts'
import { binaryPiece } from '../parts/requirements.ts'
import { rootFile } from '../parts/root-file.ts'
import { layerOf, userPart } from '../parts/user-parts.ts'
import { chartLines } from './chart-package.ts'
import { k0sYaml } from './config.ts'
import { certsDirectory, checkDropIns, checkUnits, dropIn, dropInPath } from './drop-in.ts'
import { containerd2Minor, factsOf, parseVersion } from './facts.ts'
import { userArguments } from './install-arguments.ts'
import { k0rdentFiles } from './k0rdent-files.ts'
import { binary, configPath, services, tokenPath } from './paths.ts'
import { createToken, joinToken, userOfRole } from './token.ts'

/** The plan of one node. */
export function planK0s(spec: ResolvedSpec, node: ResolvedNode): Outcome<NodePlan> {
  const user = andThen(userPart(node, services), part =>
    checked(part, [...checkDropIns(spec, part.files), ...checkUnits(part)]),
  )
  const files = collectOutcomes([
    success([dropInFile(spec)]),
    planMirrors(spec, node),
    configFiles(spec, node),
    tokenFiles(spec, node),
    manifestFiles(node),
    k0rdentFiles(spec, node),
  ])
  const parts = collectOutcomes<PlanPart>([
    andThen(files, lists => success(planPart({ files: lists.flat() }))),
    registryPart(spec, node, services),
    success(firstBoot(spec, node)),
    user,
  ])
  return andThen(parts, list => success({ name: node.name, ...joinParts(list) }))
}

/** The first boot writes the file again where the version of k0s needs the other form. */
function dropInFile({ distro }: AnySpec): PlanFile {
  const text = dropIn(factsOf(distro.version).containerd)
  return { ...rootFile(dropInPath, text, 'image', []), shared: true }
}

/** The hosts.toml files of a node and the certificates in the same directories. */
export function planMirrors(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  return mirrorFiles(spec.mirrors, spec.registry, targetOf(spec, node))
}

function targetOf(spec: AnySpec, node: AnyNode): CertsTarget {
  const { version } = spec.distro
  return certsTarget(
    spec,
    node,
    certsDirectory,
    version === null ? null : factsOf(version).containerd,
  )
}

function firstBoot(spec: AnySpec, node: AnyNode): PlanPart {
  const unit = isController(node) ? services[0] : services[1]
  const token = joins(spec, node) ? tokenPath : ''
  const workloads = node.workloads || node.role === 'single'
  const remedy = `on a controller: ${createToken(node.role)}`
  const chart = chartLines(spec, node)
  return bootPart(spec, node, {
    binary,
    binaryPiece: binaryPiece(spec, node, binary),
    gets: chart !== '' ? 'registry files' : workloads ? 'local pages' : 'nothing',
    units: [unit],
    result: 'the node joined its cluster',
    registryHosts: registryDirectory(spec.mirrors, targetOf(spec, node)),
    start: `${start({
      chart,
      token,
      tokenUser: userOfRole(node.role),
      tokenAwaited: `the join token at ${token} (${remedy})`,
      tokenWrong: `${token} is not a join token for a ${node.role}: replace it (${remedy})`,
      dropIn: dropInPath,
      containerd1: dropIn('1').trimEnd(),
      containerd2: dropIn('2').trimEnd(),
      containerd2Minor: containerd2Minor(),
      version:
        spec.distro.version === null ? '' : (parseVersion(spec.distro.version) ?? []).join('.'),
      config: isController(node) ? configPath : '',
      workloads,
      apiOnly: isController(node) && !workloads,
      install: installCommand(spec, node),
      unit,
      unitFile: `${unitDirectory}/${unit}`,
    })}${awaitWork({
      name: binary,
      unit,
      workHint:
        token === ''
          ? `see journalctl -u ${unit}`
          : `check the token, the clock and the network to the controllers; see journalctl -u ${unit}`,
    })}`,
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
