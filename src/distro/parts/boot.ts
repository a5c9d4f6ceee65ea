/** The first boot: one script and one oneshot unit for every distribution and every format. */

import registryWait from '../../../templates/await-registry.sh.hbs'
import workWait from '../../../templates/await-work.sh.hbs'
import service from '../../../templates/bootstrap.service.hbs'
import script from '../../../templates/bootstrap.sh.hbs'
import getRequest from '../../../templates/get.sh.hbs'
import getFromNode from '../../../templates/get-from-node.sh.hbs'
import getWithCurl from '../../../templates/get-with-curl.sh.hbs'
import getWithNode from '../../../templates/get-with-node.sh.hbs'
import { shellArgument } from '../../codec/shell.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { RequiredPiece, RunbookPart } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { markerPath } from '../../plan/marker.ts'
import type { PlanUnit } from '../../plan/plan.ts'
import { manifestPath } from '../../plan/seal.ts'
import { paths, searchPath, sudoFor } from './os-paths.ts'
import { type PlanPart, planPart } from './plan-part.ts'
import { ownRegistryUrl, registryUrls, runsRegistry } from './registry-address.ts'
import { registryUnit, separateStorage } from './registry-unit.ts'
import { binaryPiece, bundlePiece, nodePiece } from './requirements.ts'
import { rootFile } from './root-file.ts'

/** The first boot of a distribution. */
export interface Boot {
  /** The program that must already be on the machine. */
  readonly binary: string
  /** The distribution's units, whose states the status shows. */
  readonly units: readonly string[]
  /** What `start` asks for with the function `get`: nothing, a page of this node, or files of the registry. */
  readonly gets: 'nothing' | 'local pages' | 'registry files'
  /** The directory of the hosts.toml for the cluster's registry, whose CA and credentials the script uses; null where it does not exist. */
  readonly registryHosts: string | null
  /**
   * Shell commands that bring the distribution into the cluster after the registry answers. They are part
   * of each attempt, so that they change only what is not yet as it must be, and end it with the
   * functions `fail` and `wait_for` of the script until the node works.
   */
  readonly start: string
}

const bootPaths = {
  marker: markerPath,
  status: '/run/gen-node/status',
  statusDirectory: '/run/gen-node',
  markerDirectory: '/var/lib/gen-node',
}

/** The commands that show the progress of the first boot on a node. */
export function watchBoot(node: AnyNode): RunbookPart['watch'] {
  const sudo = sudoFor(node)
  return [
    {
      command: `cat ${bootPaths.status}`,
      shows: 'what it does, what it waits for, or what is missing',
    },
    { command: `${sudo}journalctl -u gen-node-bootstrap -f`, shows: 'every step' },
    {
      command: `${sudo}${bootScriptPath(node)} --dry-run`,
      shows: 'prints the steps and changes nothing',
    },
  ]
}

function bootScriptPath({ os }: AnyNode): string {
  return `${paths[os].lib}/bootstrap.sh`
}

/** The script and its unit. */
export function bootPart(spec: AnySpec, node: AnyNode, boot: Boot): PlanPart {
  const path = bootScriptPath(node)
  // Script and unit contain addresses, labels and arguments of this node.
  const file = rootFile(path, scriptText(spec, node, boot), 'instance', [])
  const unit: PlanUnit = {
    name: 'gen-node-bootstrap.service',
    content: service({ ...bootPaths, cluster: spec.name, script: path }),
    enabled: true,
    layer: 'instance',
    from: [],
  }
  return planPart({ files: [{ ...file, mode: 0o755 }], units: [unit] })
}

function scriptText(spec: AnySpec, node: AnyNode, boot: Boot): string {
  const { registry } = spec
  const runs = runsRegistry(spec, node)
  return script({
    ...bootPaths,
    path: searchPath(node.os),
    manifest: manifestPath,
    binary: boot.binary,
    binaryMissing: missing(binaryPiece(spec, node, boot.binary)),
    get: getBody(spec, node, boot).trimEnd(),
    registry: runs,
    registryUnit,
    storage: runs ? separateStorage(registry) : '',
    node: nodeProgram(spec),
    nodeMissing: missing(nodePiece(spec, node)),
    bundle: registry.bundle,
    bundleMissing: missing(bundlePiece(spec)),
    awaitRegistry: awaitRegistry(spec, node, boot).trimEnd(),
    units: [...(runs ? [registryUnit] : []), ...boot.units].join(' '),
    start: boot.start.trimEnd(),
  })
}

/** A unit of the distribution that must work before the first boot is done. */
export interface AwaitedWork {
  /** The name of the distribution for messages. */
  readonly name: string
  readonly unit: string
  /** What to do where the unit does not work. */
  readonly workHint: string
}

/**
 * The last commands of `start`: they end the attempt unless the function `works` of `start` succeeds. The
 * variable `installed` is the file that was written when the unit was started, `attempts` that of the count.
 */
export function awaitWork(work: AwaitedWork): string {
  return workWait({ ...work })
}

function nodeProgram({ registry }: AnySpec): string {
  return registry.node ?? 'node'
}

/** The hosts.toml with the credentials of the cluster's registry, or an empty text. */
function credentialsPath({ registry }: AnySpec, { registryHosts }: Boot): string {
  return registry.auth === null || registryHosts === null ? '' : `${registryHosts}/hosts.toml`
}

/** Whether a node asks its registry by HTTP: its own registry without TLS and password answers when its unit is active. */
function asksRegistry(spec: AnySpec, node: AnyNode): boolean {
  const { registry } = spec
  return !runsRegistry(spec, node) || registryScheme(spec) === 'https' || registry.auth !== null
}

/** The body of the shell function that sends a request: with Node where the registry needs it too, else with curl or Python. */
function getBody(spec: AnySpec, node: AnyNode, boot: Boot): string {
  const { registry } = spec
  const asks = asksRegistry(spec, node) && registryScheme(spec) !== null
  if (!asks && boot.gets === 'nothing') return ''
  if (!asks && boot.gets === 'local pages' && runsRegistry(spec, node))
    return getFromNode({ node: nodeProgram(spec) })
  const hasCa = registryScheme(spec) === 'https' && (registry.ca ?? registry.tls) !== null
  const ca = hasCa && boot.registryHosts !== null ? `${boot.registryHosts}/ca.pem` : ''
  const hosts = credentialsPath(spec, boot)
  const values = {
    ca,
    hosts,
    headers: hosts !== '' || boot.gets === 'registry files',
    node: nodeProgram(spec),
  }
  const client = runsRegistry(spec, node)
    ? getWithNode({
        ...values,
        caVariable: ca === '' ? '' : `NODE_EXTRA_CA_CERTS=${shellArgument(ca)} `,
      })
    : getWithCurl({ ...values, caOption: ca === '' ? '' : `--cacert ${shellArgument(ca)} ` })
  return getRequest({ ...values, client: client.trimEnd() })
}

/** The commands that end the attempt where the registry does not answer. */
function awaitRegistry(spec: AnySpec, node: AnyNode, boot: Boot): string {
  const own = ownRegistryUrl(spec, node)
  const urls = (own === null ? registryUrls(spec, node) : [own]).map(url => `${url}/v2/`)
  if (urls.length === 0 || !asksRegistry(spec, node)) return ''
  const elsewhere = spec.registry.run === 'bootstrap' ? ` (see ${bootPaths.status} there)` : ''
  return registryWait({
    urls,
    https: registryScheme(spec) === 'https',
    hosts: credentialsPath(spec, boot),
    anonymous: spec.registry.auth === null && own === null,
    ownUnit: own === null ? '' : registryUnit,
    hint: own === null ? elsewhere : ' of this node',
  })
}

function missing({ what, remedy }: RequiredPiece): string {
  return `${what} is missing: ${remedy}`
}
