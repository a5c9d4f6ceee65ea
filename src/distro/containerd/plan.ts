/** The plan of a node with plain containerd: its mirrors, config.toml, and how containerd gets them. */

import start from '../../../templates/containerd/start.sh.hbs'
import { decodeUtf8 } from '../../codec/text.ts'
import { parseToml } from '../../codec/toml-document.ts'
import type { AnyNode, AnySpec, ResolvedSpec } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { unitDirectory } from '../../plan/tree.ts'
import {
  andThen,
  checked,
  collectOutcomes,
  type Diagnostic,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { ResolvedNode } from '../distro.ts'
import { bootPart } from '../parts/boot.ts'
import { type CertsTarget, certsTarget, mirrorFiles, registryDirectory } from '../parts/certs-d.ts'
import { joinParts, type PlanPart, planPart } from '../parts/plan-part.ts'
import { registryPart } from '../parts/registry-unit.ts'
import { rootFile } from '../parts/root-file.ts'
import { userPart } from '../parts/user-parts.ts'
import { configToml, withCertsDirectory } from './config.ts'
import { containerdPiece } from './containerd-piece.ts'
import { factsOf, formatFor, parseVersion } from './facts.ts'
import {
  binary,
  certsDirectory,
  configPath,
  containerdUnit,
  dropInDirectory,
  services,
} from './paths.ts'
import { report } from './rules.ts'

/** The plan of one node. */
export function planContainerd(spec: ResolvedSpec, node: ResolvedNode): Outcome<NodePlan> {
  const parts = collectOutcomes<PlanPart>([
    andThen(planMirrors(spec, node), files => success(planPart({ files }))),
    registryPart(spec, node, services),
    success(firstBoot(spec, node)),
    andThen(userPart(node, services), part => withConfig(spec, part)),
    success(osPart(node)),
  ])
  return andThen(parts, list => success({ name: node.name, ...joinParts(list) }))
}

/** The hosts.toml files of a node and the certificates in the same directories. */
export function planMirrors(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  return mirrorFiles(spec.mirrors, spec.registry, targetOf(spec, node))
}

function targetOf(spec: AnySpec, node: AnyNode): CertsTarget {
  const { version } = spec.distro
  return certsTarget(spec, node, certsDirectory, version === null ? null : factsOf(version).major)
}

/** The user's part with config.toml: the user's own with its registry section set, or the generated one. */
function withConfig(spec: AnySpec, part: PlanPart): Outcome<PlanPart> {
  const own = part.files.find(({ path }) => path === configPath)
  const config =
    own === undefined
      ? success(rootFile(configPath, configToml(spec), 'image', ['distro']))
      : withCertsDirectory(spec, own)
  const others = part.files.filter(file => file !== own)
  return andThen(config, file =>
    checked({ ...part, files: [file, ...others] }, checkDropIns(spec, others)),
  )
}

function checkDropIns({ distro }: AnySpec, files: readonly PlanFile[]): readonly Diagnostic[] {
  const format = formatFor(distro.version)
  return files.flatMap(({ path, content, from }) => {
    if (!path.startsWith(`${dropInDirectory}/`) || !path.endsWith('.toml')) return []
    const parsed = parseToml(decodeUtf8(content) ?? '')
    if (!parsed.ok) {
      const { reason, line, column } = parsed
      return [report('containerd/config-syntax', from, { reason, line, column })]
    }
    if (format < 3) return [report('containerd/drop-in-replaces', from, { path })]
    const { version } = parsed.value
    return typeof version === 'number' && version > format
      ? [report('containerd/drop-in-newer', from, { path, found: version })]
      : []
  })
}

/** Flatcar starts containerd with a file in /usr, unless this variable names another one. */
function osPart({ os }: AnyNode): PlanPart {
  if (os !== 'flatcar') return planPart({})
  const path = `${unitDirectory}/${containerdUnit}.d/10-gen-node.conf`
  const text = `[Service]\nEnvironment=CONTAINERD_CONFIG=${configPath}\n`
  return planPart({ files: [rootFile(path, text, 'image', ['distro'])] })
}

function firstBoot(spec: AnySpec, node: AnyNode): PlanPart {
  const { version } = spec.distro
  return bootPart(spec, node, {
    binary,
    binaryPiece: containerdPiece(spec),
    gets: 'nothing',
    units: [containerdUnit],
    result: 'containerd pulls from its mirrors',
    registryHosts: registryDirectory(spec.mirrors, targetOf(spec, node)),
    start: start({
      config: configPath,
      unit: containerdUnit,
      version: version ?? '',
      wanted: version === null ? '' : (parseVersion(version) ?? []).slice(0, 2).join('.'),
    }),
  })
}
