/** The first boot: one script and one oneshot unit for every distro and every format. */

import service from '../../../templates/bootstrap.service.hbs'
import script from '../../../templates/bootstrap.sh.hbs'
import { encodeUtf8 } from '../../codec/text.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { manifestPath } from '../../plan/seal.ts'
import type { RequiredPiece } from '../distro.ts'
import { paths, searchPath } from './os-paths.ts'
import { type PlanPart, planPart } from './plan-part.ts'
import { registryUrls, runsRegistry } from './registry-address.ts'
import { separateStorage } from './registry-unit.ts'
import { binaryPiece, bundlePiece, nodePiece } from './requirements.ts'

/** What a distro wants done at the first boot. */
export interface Boot {
  /** What it is called in messages. */
  readonly distro: string
  /** The program that must already be on the machine. */
  readonly binary: string
  /** containerd's drop-in and its two forms; the script puts the right one there. */
  readonly dropIn: {
    readonly path: string
    readonly containerd1: string
    readonly containerd2: string
  }
  /** The join token's path, where the node waits for one that nobody gave. */
  readonly awaitsToken: string | null
  /** Shell that installs and starts the distro, once all is there. */
  readonly start: string
}

/** The script and its unit. */
export function bootPart(spec: AnySpec, node: AnyNode, boot: Boot): PlanPart {
  const path = `${paths[node.os].lib}/bootstrap.sh`
  const { registry } = spec
  const urls = registryUrls(spec, node).map(url => `${url}/v2/`)
  const runs = runsRegistry(spec, node)
  const content = script({
    distro: boot.distro,
    path: searchPath(node.os),
    manifest: manifestPath,
    dropIn: boot.dropIn.path,
    containerd1: boot.dropIn.containerd1.trimEnd(),
    containerd2: boot.dropIn.containerd2.trimEnd(),
    binary: boot.binary,
    binaryMissing: missing(binaryPiece(spec, node, boot.binary)),
    registry: runs,
    storage: runs ? separateStorage(registry) : '',
    node: registry.node ?? 'node',
    nodeMissing: missing(nodePiece(spec, node)),
    bundle: registry.bundle,
    bundleMissing: missing(bundlePiece(spec)),
    awaitsToken: boot.awaitsToken !== null,
    token: boot.awaitsToken ?? '',
    tokenAwaited: `the join token at ${boot.awaitsToken ?? ''}`,
    registryUrls: urls,
    // The probe checks reachability only, so TLS verification is off; containerd verifies the certificate.
    nodeEnvironment: registryScheme(spec) === 'https' ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 ' : '',
    registryAwaited: runs
      ? `the registry of this node at ${urls.join(' ')} (journalctl -u gen-node-registry)`
      : `the registry at ${urls.join(' or ')}`,
    start: boot.start,
  })
  // Both name addresses, labels and arguments of this node.
  return planPart({
    files: [
      {
        path,
        content: encodeUtf8(content),
        mode: 0o755,
        owner: 'root:root',
        secret: false,
        layer: 'instance',
        from: [],
      },
    ],
    units: [
      {
        name: 'gen-node-bootstrap.service',
        content: service({ cluster: spec.name, script: path }),
        enabled: true,
        layer: 'instance',
        from: [],
      },
    ],
  })
}

function missing({ what, remedy }: RequiredPiece): string {
  return `${what} is missing: ${remedy}`
}
