/** The first boot: one script and one oneshot unit for every distribution and every format. */

import service from '../../../templates/bootstrap.service.hbs'
import script from '../../../templates/bootstrap.sh.hbs'
import { shellArgument } from '../../codec/shell.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { RequiredPiece, RunbookPart } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { manifestPath } from '../../plan/seal.ts'
import { paths, searchPath } from './os-paths.ts'
import { type PlanPart, planPart } from './plan-part.ts'
import { registryUrls, runsRegistry } from './registry-address.ts'
import { separateStorage } from './registry-unit.ts'
import { binaryPiece, bundlePiece, nodePiece } from './requirements.ts'

/** The first boot of a distribution. */
export interface Boot {
  /** The distribution's name in messages. */
  readonly distro: string
  /** The program that must already be on the machine. */
  readonly binary: string
  /** The files that `start` may rewrite on the node; each of their forms counts as unchanged. */
  readonly rewrites: readonly { readonly path: string; readonly forms: readonly string[] }[]
  /** The token that the node waits for, and how to create it; null where the node needs no further token. */
  readonly awaitsToken: { readonly path: string; readonly remedy: string } | null
  /** Shell commands that install and start the distribution after all checks and waits. */
  readonly start: string
}

/** The commands that show the progress of the first boot on a node. */
export function watchBoot(node: AnyNode): RunbookPart['watch'] {
  return [
    {
      command: 'cat /run/gen-node/status',
      shows: 'what it does, what it waits for, or what is missing',
    },
    { command: 'journalctl -u gen-node-bootstrap -f', shows: 'every step' },
    { command: `${bootScriptPath(node)} --dry-run`, shows: 'prints the steps and changes nothing' },
  ]
}

function bootScriptPath({ os }: AnyNode): string {
  return `${paths[os].lib}/bootstrap.sh`
}

/** The script and its unit. */
export function bootPart(spec: AnySpec, node: AnyNode, boot: Boot): PlanPart {
  const path = bootScriptPath(node)
  // Script and unit contain addresses, labels and arguments of this node.
  const common = { layer: 'instance', from: [] } as const
  const content = encodeUtf8(scriptText(spec, node, boot))
  const file = { path, content, mode: 0o755, owner: 'root:root', secret: false, ...common }
  const unit = {
    name: 'gen-node-bootstrap.service',
    content: service({ cluster: spec.name, script: path }),
    enabled: true,
    ...common,
  }
  return planPart({ files: [file], units: [unit] })
}

function scriptText(spec: AnySpec, node: AnyNode, boot: Boot): string {
  const { registry } = spec
  const urls = registryUrls(spec, node).map(url => `${url}/v2/`)
  const runs = runsRegistry(spec, node)
  return script({
    distro: boot.distro,
    path: searchPath(node.os),
    manifest: manifestPath,
    rewrites: boot.rewrites.map(rewriteCase).join('\n'),
    binary: boot.binary,
    binaryMissing: missing(binaryPiece(spec, node, boot.binary)),
    registry: runs,
    storage: runs ? separateStorage(registry) : '',
    node: registry.node ?? 'node',
    nodeMissing: missing(nodePiece(spec, node)),
    bundle: registry.bundle,
    bundleMissing: missing(bundlePiece(spec)),
    awaitsToken: boot.awaitsToken !== null,
    token: boot.awaitsToken?.path ?? '',
    tokenAwaited: `the join token at ${boot.awaitsToken?.path ?? ''} (${boot.awaitsToken?.remedy ?? ''})`,
    registryUrls: urls,
    // The probe checks reachability only, so TLS verification is off; containerd verifies the certificate.
    nodeEnvironment: registryScheme(spec) === 'https' ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 ' : '',
    registryAwaited: runs
      ? `the registry of this node at ${urls.join(' ')} (see journalctl -u gen-node-registry)`
      : `the registry at ${urls.join(' or ')}${registry.run === 'bootstrap' ? ' (see /run/gen-node/status there)' : ''}`,
    start: boot.start,
  })
}

/** One branch of a shell `case`: continues with the next file where this file has one of its forms. */
function rewriteCase({ path, forms }: Boot['rewrites'][number]): string {
  const patterns = forms.map(form => shellArgument(form.trimEnd())).join(' | ')
  return `      ${shellArgument(path)}) case $(cat "$file") in ${patterns}) continue ;; esac ;;`
}

function missing({ what, remedy }: RequiredPiece): string {
  return `${what} is missing: ${remedy}`
}
