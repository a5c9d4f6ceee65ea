/** The plan of a k3s node: its registries, its configuration, its tokens, its unit, and how it starts. */
import unitText from '../../../templates/k3s/k3s.service.hbs'
import start from '../../../templates/k3s/start.sh.hbs'
import { systemdArgument } from '../../codec/systemd.ts'
import { isController } from '../../model/controllers.ts'
import type { AnyNode, AnySpec, ResolvedSpec } from '../../model/spec.ts'
import type { NodePlan, PlanDirectory, PlanFile, PlanUnit } from '../../plan/plan.ts'
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
import { utf8Text } from '../parts/contents.ts'
import { paths } from '../parts/os-paths.ts'
import { joinParts, type PlanPart, planPart } from '../parts/plan-part.ts'
import { registryPart } from '../parts/registry-unit.ts'
import { binaryPiece } from '../parts/requirements.ts'
import { rootFile } from '../parts/root-file.ts'
import { layerOf, userPart } from '../parts/user-parts.ts'
import { checkUserFiles } from './check-files.ts'
import { configYaml, joins, settingOf } from './config.ts'
import { parseVersion } from './facts.ts'
import {
  agentTokenPath,
  binary,
  bootConfigPath,
  configPath,
  dataDirectory,
  imagesDirectory,
  kubeletConfigPath,
  manifestsDirectory,
  nodeTokenPath,
  services,
  tokenPath,
} from './paths.ts'
import { accessDirectory, registriesFiles } from './registries.ts'
import { agentTokenOf, tokenOf } from './token.ts'

/** The plan of one node. */
export function planK3s(spec: ResolvedSpec, node: ResolvedNode): Outcome<NodePlan> {
  const user = andThen(userPart(node, services), part => checked(part, checkUserFiles(part)))
  const files = collectOutcomes([
    registriesFiles(spec, node),
    configFiles(spec, node),
    manifestFiles(node),
    success(environmentFile(node)),
    success([imagesCache]),
  ])
  const parts = collectOutcomes<PlanPart>([
    andThen(files, lists =>
      success(
        planPart({ files: lists.flat(), directories: directories(node), units: [unitOf(node)] }),
      ),
    ),
    registryPart(spec, node, services),
    success(firstBoot(spec, node)),
    user,
  ])
  return andThen(parts, list => success({ name: node.name, ...joinParts(list) }))
}

/** The unit of a node: server or agent. */
function unitName(node: AnyNode): string {
  return isController(node) ? services[0] : services[1]
}

// As the installer of k3s writes it: k3s-io/k3s, install.sh at 0136cf2, create_systemd_service_file.
/** The unit of k3s; bootstrap.sh enables it after the registry answers. */
function unitOf(node: AnyNode): PlanUnit {
  const args = node.args.map(({ text }) => `\t${systemdArgument(text)} \\\n`)
  return {
    name: unitName(node),
    enabled: false,
    content: unitText({
      unit: unitName(node),
      program: `${paths[node.os].bin}/${binary}`,
      command: isController(node) ? 'server' : 'agent',
      arguments: args.join(''),
    }),
    layer: args.length === 0 ? 'image' : 'instance',
    from: [],
  }
}

/** The installer leaves an empty file for variables; that of the spec replaces it. */
function environmentFile(node: ResolvedNode): readonly PlanFile[] {
  const path = `${unitDirectory}/${unitName(node)}.env`
  const isGiven = node.files.some(
    file =>
      file.path === path ||
      (file.kind === 'tree' && file.tree.some(item => `${file.path}/${item.path}` === path)),
  )
  return isGiven ? [] : [{ ...rootFile(path, '', 'image', []), mode: 0o600 }]
}

// k3s-io/k3s#12237: k3s remembers imported archives in this file where it exists, else it imports them at
// each start. k3s writes the file, so that the manifest does not list it.
const imagesCache: PlanFile = {
  ...rootFile(`${imagesDirectory}/.cache.json`, '', 'image', []),
  shared: true,
}

/** The directories of k3s with the modes that k3s itself gives them. */
function directories(node: ResolvedNode): readonly PlanDirectory[] {
  const isServer = isController(node) && node.manifests.length > 0
  const ofServer = isServer ? [`${dataDirectory}/server`, manifestsDirectory] : []
  return [`${dataDirectory}/agent`, ...ofServer].map(path => ({
    path,
    mode: 0o700,
    owner: 'root:root',
    layer: 'image',
    from: [],
  }))
}

function configFiles(spec: ResolvedSpec, node: ResolvedNode): Outcome<readonly PlanFile[]> {
  return andThen(tokenOf(spec, node), token =>
    andThen(agentTokenOf(spec, node), agentToken => {
      const tokens = { token: token !== null || joins(spec, node), agentToken: agentToken !== null }
      const from = node.token?.from ?? []
      return success([
        rootFile(configPath, configYaml(spec, node, tokens), 'secret', ['distro']),
        ...(token === null ? [] : [rootFile(tokenPath, token, 'secret', from)]),
        ...(agentToken === null ? [] : [rootFile(agentTokenPath, agentToken, 'secret', from)]),
      ])
    }),
  )
}

// k3s applies every file below its manifests: docs.k3s.io, "Auto-Deploying Manifests".
function manifestFiles(node: ResolvedNode): Outcome<readonly PlanFile[]> {
  if (!isController(node)) return success([])
  const files = node.manifests.map(({ name, content, from }) =>
    andThen(utf8Text(content), text => {
      const path = `${manifestsDirectory}/${name}.yaml`
      return success(rootFile(path, text, layerOf(from), [...from, 'name']))
    }),
  )
  return collectOutcomes(files)
}

function firstBoot(spec: AnySpec, node: AnyNode): PlanPart {
  const unit = unitName(node)
  const joining = joins(spec, node)
  const token = joining || node.token !== null ? tokenPath : ''
  const hint = `see journalctl -u ${unit}`
  const isFlannelSet = settingOf(spec, 'flannel-iface') !== undefined
  const needsInterface = node.isolated && !isFlannelSet && node.address !== null
  return bootPart(spec, node, {
    binary,
    binaryPiece: binaryPiece(spec, node, binary),
    gets: 'local pages',
    units: [unit],
    result: 'the node joined its cluster',
    registryHosts: accessDirectory(spec, node),
    start: `${start({
      token,
      tokenAwaited: `the token at ${token} (on a server: cat ${nodeTokenPath})`,
      version:
        spec.distro.version === null ? '' : (parseVersion(spec.distro.version) ?? []).join('.'),
      address: needsInterface ? node.address : '',
      addressAwaited: `an interface with the address ${node.address}`,
      bootConfig: bootConfigPath,
      bootConfigDirectory: bootConfigPath.replace(/\/[^/]*$/, ''),
      unit,
      bin: paths[node.os].bin,
      server: isController(node),
      kubeletConfig: kubeletConfigPath,
    })}${awaitWork({
      name: binary,
      unit,
      workHint: joining
        ? `check the token, the clock and the network to the servers; ${hint}`
        : hint,
    })}`,
  })
}
