/** The run book of a k0s cluster as data. */
import { firstController } from '../../model/controllers.ts'
import type { RunbookPart, TokenSteps } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec, Role } from '../../model/spec.ts'
import { watchBoot } from '../parts/boot.ts'
import { loginUser, sudoFor } from '../parts/os-paths.ts'
import { registryUrl, runsRegistry } from '../parts/registry-address.ts'
import { requiredPieces } from '../parts/requirements.ts'
import { chartRepository, chartSource, chartTag, k0rdentOf, packagePath } from './k0rdent.ts'
import { binary, tokenPath } from './paths.ts'
import { createToken } from './token.ts'

/** The data of the run book. */
export function runbookOf(spec: AnySpec): RunbookPart {
  const first = firstController(spec)
  const laterNodes = spec.nodes.filter(node => node !== first)
  const watched = first ?? spec.nodes[0]
  return {
    machines: spec.nodes.map(node => ({ node, required: requiredPieces(spec, node, binary) })),
    first: first === null ? null : { node: first, does: firstSteps(spec, first) },
    laterNodes,
    registryUrl: registryUrl(spec),
    tokens: tokenSteps(
      first,
      laterNodes.filter(node => node.token === null),
    ),
    watch: [
      ...(watched === undefined ? [] : watchBoot(watched)),
      {
        command: `${watched === undefined ? '' : sudoFor(watched)}${binary} status`,
        shows: 'after the start: role, version and process of k0s',
      },
    ],
    symptoms: [],
  }
}

function firstSteps(spec: AnySpec, first: AnyNode): string {
  const url = registryUrl(spec)
  const registry =
    runsRegistry(spec, first) && url !== null ? `its registry answers on ${url}/v2/, then ` : ''
  return `${registry}${chartStep(spec)}it starts the cluster`
}

function chartStep(spec: AnySpec): string {
  const addon = k0rdentOf(spec)
  return addon === null || chartSource(spec).kind !== 'package'
    ? ''
    : `it takes ${chartRepository}:${chartTag(addon)} from the registry as \`${packagePath(addon)}\`, then `
}

function tokenSteps(issuer: AnyNode | null, waiting: readonly AnyNode[]): TokenSteps | null {
  if (waiting.length === 0) return null
  const roles = [...new Set(waiting.map(({ role }) => role))]
  return {
    path: tokenPath,
    issuer,
    create: roles.map(role => ({
      role,
      command: createToken(role),
      file: tokenFile(role),
    })),
    install: waiting.map(node => ({ node, command: installCommand(node) })),
  }
}

function tokenFile(role: Role): string {
  return `${role}.token`
}

// ssh expects an IPv6 address without brackets.
function installCommand(node: AnyNode): string {
  const install = `${sudoFor(node)}install -D -m 0600 /dev/stdin ${tokenPath}`
  return `ssh ${loginUser(node)}@${node.address ?? node.name} '${install}' < ${tokenFile(node.role)}`
}
