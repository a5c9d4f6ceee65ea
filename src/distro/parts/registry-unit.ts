/** The site's own registry: who runs it, who asks it where, its program and its unit. */

import service from '../../../templates/registry.service.hbs'
import { authorityOf, hostPort, isIpv6 } from '../../codec/address.ts'
import { printBase64 } from '../../codec/base64.ts'
import { sha256 } from '../../codec/hash.ts'
import { memoizeByObject } from '../../codec/memoize.ts'
import { systemdArgument } from '../../codec/systemd.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import type { Auth, Node, Spec } from '../../model/spec.ts'
import type { PlanFile, PlanUnit } from '../../plan/plan.ts'
import registryProgram from '../../registry/main.ts?bundle'
import type { Path } from '../../report/place.ts'
import { type Desk, pem } from '../supply.ts'
import { paths, searchPath } from './os-paths.ts'
import { rootFile } from './root-file.ts'

/** The unit's name. */
export const registryUnit = 'gen-node-registry.service'

/** Whether a node runs the registry: every node, or every one that is no worker. */
export function runsRegistry(spec: Spec, node: Node): boolean {
  const { run } = spec.registry
  return run === 'every-node' || (run === 'bootstrap' && node.role !== 'worker')
}

/** Where a node asks for images, in order; empty where there is no registry. */
export function registryUrls(spec: Spec, node: Node): readonly string[] {
  const { run, port, address } = spec.registry
  const scheme = spec.registry.tls === null ? 'http' : 'https'
  if (runsRegistry(spec, node)) {
    return [`${scheme}://${hostPort(localAddress(spec, node), port)}`]
  }
  if (run === 'external') return address === null ? [] : [address.replace(/\/+$/, '')]
  if (run === 'none') return []
  const servers = controllerAddresses(spec.nodes)
  const all = [...(spec.bootstrap === null ? [] : [spec.bootstrap]), ...servers]
  return [...new Set(all)].map(server => `${scheme}://${hostPort(server, port)}`)
}

// Asked of every node: with ten thousand of them each would look at all the others.
const controllerAddresses = memoizeByObject((nodes: readonly Node[]) =>
  nodes.flatMap(one => (one.role !== 'worker' && one.address !== null ? [one.address] : [])),
)
const hasIpv6 = memoizeByObject((nodes: readonly Node[]) =>
  nodes.some(one => one.address !== null && isIpv6(one.address)),
)
const hasSingle = memoizeByObject((nodes: readonly Node[]) =>
  nodes.some(one => one.role === 'single'),
)

/** The address by which a node reaches its own registry; a certificate is not for 127.0.0.1. */
function localAddress(spec: Spec, node: Node): string {
  const { listen, tls } = spec.registry
  if (listen !== null && listen !== '0.0.0.0' && listen !== '::') return listen
  return (tls === null ? null : node.address) ?? '127.0.0.1'
}

/** `host:port` by which every node of the cluster, and its pods, reach the registry. */
export function registryName(spec: Spec): string | null {
  const { run, port, address } = spec.registry
  if (run === 'external') return address === null ? null : authorityOf(address)
  if (run === 'none') return null
  return spec.bootstrap === null || run === 'every-node'
    ? `localhost:${port}`
    : hostPort(spec.bootstrap, port)
}

/** The program, what it needs, and its unit, for a node that runs it. */
export function registryParts(
  spec: Spec,
  node: Node,
  before: readonly string[],
  desk: Desk,
): { readonly files: readonly PlanFile[]; readonly units: readonly PlanUnit[] } {
  if (!runsRegistry(spec, node)) return { files: [], units: [] }
  const script = `${paths[node.os].lib}/registry.mjs`
  const program = rootFile(script, encodeUtf8(registryProgram), ['registry'], false)
  const kept = keptFiles(spec, desk)
  const content = unitText(spec, node, script, before, kept)
  return {
    files: [program, ...kept.map(one => one.file)],
    // bootstrap.sh enables it once everything is there.
    units: [{ name: registryUnit, enabled: false, content, from: ['registry'] }],
  }
}

function unitText(
  spec: Spec,
  node: Node,
  script: string,
  before: readonly string[],
  kept: readonly Kept[],
): string {
  const { registry } = spec
  const lowPort = registry.port < 1024
  const words = [
    ...nodeWords(registry.node),
    ...[script, '--host', listenAddress(spec), '--port', String(registry.port)],
    ...['--bundle-path', registry.bundle],
    // Without it the program takes the state folder that systemd gives it.
    ...(ownStorage(spec) === '' ? [] : ['--storage', registry.storage]),
    ...registry.args,
  ]
  // The service has a user of its own: systemd hands it copies of what only root can read.
  const flags = kept.map(({ flag, name }) => `--${flag} \${CREDENTIALS_DIRECTORY}/${name}`)
  return service({
    before: before.join(' '),
    bundle: registry.bundle,
    path: searchPath(node.os),
    capabilities: lowPort ? 'CAP_NET_BIND_SERVICE' : '',
    // In a user namespace of its own the capability would not count.
    privateUsers: lowPort ? 'no' : 'yes',
    credentials: kept.map(one => `LoadCredential=${one.name}:${one.file.path}\n`).join(''),
    storage: ownStorage(spec),
    command: [...words.map(systemdArgument), ...flags].join(' '),
  })
}

// systemd takes no quote, backslash or dollar in the name of a program, however that is written.
function nodeWords(node: string | null): readonly string[] {
  return node === null || /["'\\$]/.test(node) ? ['/usr/bin/env', node ?? 'node'] : [node]
}

// What systemd makes of StateDirectory=gen-node/registry.
const stateFolder = '/var/lib/gen-node/registry'

/** The storage where it is not the service's own state folder, else nothing. */
export function ownStorage({ registry }: Spec): string {
  return registry.storage === stateFolder ? '' : registry.storage
}

interface Kept {
  readonly flag: string
  readonly name: string
  readonly file: PlanFile
}

/** The files that the program is told of: keys, certificates, who may ask. */
function keptFiles(spec: Spec, desk: Desk): readonly Kept[] {
  const { verify, tls, auth } = spec.registry
  const kept = (
    flag: string,
    name: string,
    content: Uint8Array,
    from: Path,
    secret: boolean,
  ): Kept => ({
    flag,
    name,
    file: rootFile(`/etc/gen-node/registry/${name}`, content, from, secret),
  })
  return [
    ...(verify === null
      ? []
      : [kept('cosign-key', 'cosign.pub', pem(verify, desk), verify.from, false)]),
    ...(tls === null
      ? []
      : [
          kept('tls-cert', 'tls.pem', pem(tls.cert, desk), tls.cert.from, false),
          kept('tls-key', 'tls-key.pem', pem(tls.key, desk), tls.key.from, true),
        ]),
    ...(auth === null
      ? []
      : [kept('auth-file', 'auth', passwordFile(spec, auth, desk), auth.password.from, true)]),
  ]
}

/** The one line of who may ask. The salt is the cluster's: the same input gives the same bytes. */
function passwordFile(spec: Spec, auth: Auth, desk: Desk): Uint8Array {
  const salt = encodeUtf8(sha256(encodeUtf8(`gen-node ${spec.name} ${auth.username}`)).slice(0, 16))
  const sum = sha256(Uint8Array.from([...encodeUtf8(desk.line(auth.password)), ...salt]))
  const bytes = (sum.match(/../g) ?? []).map(pair => Number.parseInt(pair, 16))
  return encodeUtf8(
    `${auth.username}:{SSHA256}${printBase64(Uint8Array.from([...bytes, ...salt]))}\n`,
  )
}

function listenAddress(spec: Spec): string {
  const shared = spec.registry.run === 'bootstrap' && !hasSingle(spec.nodes)
  // `::` takes IPv4 too; where no address is of IPv6, the machine may not have it at all.
  const any = isIpv6(spec.bootstrap ?? '') || hasIpv6(spec.nodes) ? '::' : '0.0.0.0'
  return spec.registry.listen ?? (shared ? any : '127.0.0.1')
}
