/** The run book of a k3s cluster as data. */
import { firstController, isController } from '../../model/controllers.ts'
import type { RequiredPiece, RunbookPart, Symptom, TokenSteps } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { watchBoot } from '../parts/boot.ts'
import { sudoFor } from '../parts/os-paths.ts'
import { registryUrl } from '../parts/registry-address.ts'
import { binaryPiece, requiredPieces } from '../parts/requirements.ts'
import { registryStep, tokenCommand } from '../parts/runbook-steps.ts'
import { imageSymptoms } from '../parts/symptoms.ts'
import {
  binary,
  generatedCertsDirectory,
  imagesDirectory,
  nodeTokenPath,
  services,
  tokenPath,
} from './paths.ts'

/** The data of the run book. */
export function runbookOf(spec: AnySpec): RunbookPart {
  const first = firstController(spec)
  const laterNodes = spec.nodes.filter(node => node !== first)
  const watched = first ?? spec.nodes[0]
  return {
    machines: spec.nodes.map(node => ({ node, required: requiredOf(spec, node) })),
    first: first === null ? null : { node: first, does: firstSteps(spec, first) },
    laterNodes,
    registryUrl: registryUrl(spec),
    tokens: tokenSteps(
      first,
      laterNodes.filter(node => node.token === null),
    ),
    watch: watched === undefined ? [] : watchOf(watched),
    restart: {
      command: `${watched === undefined ? '' : sudoFor(watched)}systemctl restart '${binary}*'`,
      // k3s-io/docs, docs/installation/private-registry.md; KillMode=process in the unit keeps the pods.
      needed: 'Changes of config.yaml and of registries.yaml need it; pods continue to run.',
    },
    symptoms: [...symptoms, ...imageSymptoms(spec, generatedCertsDirectory)],
  }
}

function requiredOf(spec: AnySpec, node: AnyNode): readonly RequiredPiece[] {
  const images: RequiredPiece = {
    what: 'k3s-airgap-images-ARCH.tar.zst of the same version',
    path: `${imagesDirectory}/`,
    remedy: `copy it to ${imagesDirectory}`,
  }
  // k3s-io/docs, docs/installation/airgap.md: without the policy, SELinux denies what k3s does.
  const policy: RequiredPiece = {
    what: 'the package k3s-selinux where SELinux is enforcing',
    path: '/usr/share/selinux/packages/k3s.pp',
    remedy: 'install the package k3s-selinux',
  }
  const hasSelinux = ['rhel', 'fcos', 'slemicro'].includes(node.os)
  return [
    ...requiredPieces(spec, node, binaryPiece(spec, node, binary)),
    ...(spec.registry.run === 'none' ? [images] : []),
    ...(hasSelinux ? [policy] : []),
  ]
}

function firstSteps(spec: AnySpec, first: AnyNode): string {
  return `${registryStep(spec, first)}it starts the cluster`
}

function watchOf(node: AnyNode): RunbookPart['watch'] {
  const sudo = sudoFor(node)
  const [server, agent] = services
  return [
    ...watchBoot(node),
    {
      command: `${sudo}journalctl -u ${isController(node) ? server : agent} -f`,
      shows: 'after the start: the log of k3s',
    },
    {
      command: isController(node) ? `${sudo}k3s kubectl get nodes` : `${sudo}k3s crictl ps`,
      shows: isController(node) ? 'on a server: the nodes that joined' : 'the running containers',
    },
  ]
}

/** All nodes join with the same token, which the first server creates. */
function tokenSteps(issuer: AnyNode | null, waiting: readonly AnyNode[]): TokenSteps | null {
  const [first] = waiting
  if (first === undefined) return null
  const sudo = issuer === null ? '' : sudoFor(issuer)
  return {
    path: tokenPath,
    issuer,
    create: [{ role: first.role, command: `${sudo}cat ${nodeTokenPath}`, file: tokenFile }],
    install: waiting.map(node => ({ node, command: tokenCommand(node, tokenPath, tokenFile) })),
  }
}

const tokenFile = 'node.token'

/** The messages of k3s, as k3s-io/k3s logs them at 1.33, and their causes. */
const symptoms: readonly Symptom[] = [
  {
    message: 'no default routes found',
    cause: 'k3s needs a default route to find the address of the node',
    remedy: 'set `network: {isolated: true}` for the node, and apply its configuration again',
  },
  {
    message: 'token CA hash does not match the Cluster CA certificate hash',
    cause: 'the token belongs to another cluster',
    remedy: `replace \`${tokenPath}\``,
  },
  {
    message: 'critical configuration value mismatch',
    cause: 'the servers have different settings',
    remedy: 'render the configurations of all servers from one spec, and apply them again',
  },
]
