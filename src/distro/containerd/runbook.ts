/** The run book of nodes with plain containerd as data. */
import { firstController } from '../../model/controllers.ts'
import type { RunbookPart, Symptom } from '../../model/runbook-part.ts'
import type { AnySpec } from '../../model/spec.ts'
import { watchBoot } from '../parts/boot.ts'
import { sudoFor } from '../parts/os-paths.ts'
import { registryUrl } from '../parts/registry-address.ts'
import { requiredPieces } from '../parts/requirements.ts'
import { registryStep } from '../parts/runbook-steps.ts'
import { imageSymptoms } from '../parts/symptoms.ts'
import { pauseImage } from './config.ts'
import { containerdPiece } from './containerd-piece.ts'
import { certsDirectory, containerdUnit } from './paths.ts'

/** The data of the run book. */
export function runbookOf(spec: AnySpec): RunbookPart {
  const first = firstController(spec)
  const watched = first ?? spec.nodes[0]
  const sudo = watched === undefined ? '' : sudoFor(watched)
  return {
    machines: spec.nodes.map(node => ({
      node,
      required: requiredPieces(spec, node, containerdPiece(spec)),
    })),
    first:
      first === null
        ? null
        : { node: first, does: `${registryStep(spec, first)}containerd starts` },
    laterNodes: spec.nodes.filter(node => node !== first),
    registryUrl: registryUrl(spec),
    tokens: null,
    watch: [
      ...(watched === undefined ? [] : watchBoot(watched)),
      {
        command: `${sudo}ctr -n k8s.io images pull --hosts-dir ${certsDirectory} ${pauseImage(spec.distro.version)}`,
        shows:
          'whether an image is pulled from the mirror; ctr reads the mirrors only with --hosts-dir',
      },
    ],
    restart: {
      command: `${sudo}systemctl restart ${containerdUnit}`,
      needed: 'Changes of hosts.toml need no restart.',
    },
    symptoms: [...symptoms, ...imageSymptoms(spec, certsDirectory)],
  }
}

const symptoms: readonly Symptom[] = [
  {
    message: 'unknown service runtime.v1.RuntimeService',
    cause: 'the CRI plugin of containerd did not load',
    remedy:
      '`journalctl -u containerd` has its error: a key of config.toml that excludes another one',
  },
]
