/** The run book of a k0s cluster as data. */
import { firstController } from '../../model/controllers.ts'
import type { RunbookPart, Symptom, TokenSteps } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec, Role } from '../../model/spec.ts'
import { watchBoot } from '../parts/boot.ts'
import { sudoFor } from '../parts/os-paths.ts'
import { registryUrl } from '../parts/registry-address.ts'
import { binaryPiece, requiredPieces } from '../parts/requirements.ts'
import { registryStep, tokenCommand } from '../parts/runbook-steps.ts'
import { imageSymptoms } from '../parts/symptoms.ts'
import { certsDirectory } from './drop-in.ts'
import { chartRepository, chartSource, chartTag, k0rdentOf, packagePath } from './k0rdent.ts'
import { binary, tokenPath } from './paths.ts'
import { createToken } from './token.ts'

/** The data of the run book. */
export function runbookOf(spec: AnySpec): RunbookPart {
  const first = firstController(spec)
  const laterNodes = spec.nodes.filter(node => node !== first)
  const watched = first ?? spec.nodes[0]
  const sudo = watched === undefined ? '' : sudoFor(watched)
  return {
    machines: spec.nodes.map(node => ({
      node,
      required: requiredPieces(spec, node, binaryPiece(spec, node, binary)),
    })),
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
        command: `${sudo}${binary} status`,
        shows: 'after the start: role, version and process of k0s',
      },
    ],
    restart: {
      command: `${sudo}${binary} stop && ${sudo}${binary} start`,
      needed: 'Changes of hosts.toml need no restart.',
    },
    symptoms: [...symptoms, ...imageSymptoms(spec, certsDirectory)],
  }
}

const symptoms: readonly Symptom[] = [
  {
    message: 'no default routes found',
    cause: 'k0s needs a default route to find the address of the node',
    remedy: 'set `network: {isolated: true}` for the node, and apply its configuration again',
  },
  {
    message: 'failed to decode join token',
    cause: 'the join token was cut or wrapped when it was copied',
    remedy: `copy it again as one line to \`${tokenPath}\``,
  },
]

function firstSteps(spec: AnySpec, first: AnyNode): string {
  return `${registryStep(spec, first)}${chartStep(spec)}it starts the cluster`
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
    install: waiting.map(node => ({
      node,
      command: tokenCommand(node, tokenPath, tokenFile(node.role)),
    })),
  }
}

function tokenFile(role: Role): string {
  return `${role}.token`
}
