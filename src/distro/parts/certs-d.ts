/** The certs.d directory of containerd: the hosts from which it pulls, their order and their TLS. */

import { hostDirectory } from '../../codec/address.ts'
import { printBasicAuth } from '../../codec/basic-auth.ts'
import { printDottedToml, printToml } from '../../codec/toml.ts'
import type { AnyNode, AnySpec, Auth, Content, Mirror, ResolvedSpec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import {
  andThen,
  collectOutcomes,
  failure,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import { report } from '../rules.ts'
import { lineText, type PemKind, pemBytes } from './contents.ts'
import { type RegistryName, registryNames, registryUrls } from './registry-address.ts'
import { type Exposure, rootFile } from './root-file.ts'

/** The major version of containerd. */
export type Containerd = '1' | '2'

/** Values that the files of one node depend on, besides its mirrors. */
export interface CertsTarget {
  /** The path of the certs.d directory. */
  readonly directory: string
  /** Null where the version is not known. */
  readonly containerd: Containerd | null
  /** URLs of the cluster's registry, for mirrors without endpoints. */
  readonly registryUrls: readonly string[]
  /** The registry's own names, for which it is a mirror of itself. */
  readonly registryNames: readonly RegistryName[]
}

/** The values for a node that pulls from all URLs of the cluster's registry. */
export function certsTarget(
  spec: AnySpec,
  node: AnyNode,
  directory: string,
  containerd: Containerd | null,
): CertsTarget {
  return {
    directory,
    containerd,
    registryUrls: registryUrls(spec, node),
    registryNames: registryNames(spec, node),
  }
}

/** The files of these mirrors, and of the registry's own names, below a certs.d directory. */
export function mirrorFiles(
  mirrors: readonly Mirror<Content>[],
  registry: ResolvedSpec['registry'],
  target: CertsTarget,
): Outcome<readonly PlanFile[]> {
  const files = [
    ...mirrors.map(mirror => withEndpoints(mirror, registry, target.registryUrls)),
    ...registryMirrors(ownNames(mirrors, target), registry),
  ]
    // A mirror without an endpoint needs no file: containerd then uses the upstream only.
    .filter(mirror => mirror.endpoints.length > 0)
    .flatMap(mirror => hostFiles(mirror, target))
  return collectOutcomes(files)
}

/** A directory with the CA and the credentials of the cluster's registry; null where there is none. */
export function registryDirectory(
  mirrors: readonly Mirror<unknown>[],
  target: CertsTarget,
): string | null {
  const local = mirrors.filter(({ endpoints }) => endpoints.length === 0)
  const [first] = target.registryUrls.length === 0 ? [] : [...local, ...ownNames(mirrors, target)]
  return first === undefined ? null : `${target.directory}/${hostDirectory(first.host)}`
}

/** The registry's own names that are not mirrors of the user. */
function ownNames(
  mirrors: readonly Mirror<unknown>[],
  { registryNames }: CertsTarget,
): readonly RegistryName[] {
  return registryNames.filter(({ host }) => mirrors.every(mirror => mirror.host !== host))
}

interface ReachableMirror extends Mirror<Content> {
  /** Whether the endpoints are addresses of this cluster's registry. */
  readonly local: boolean
  /** The path of the CA certificates, relative to hosts.toml. */
  readonly caPath: string
}

const ownCa = 'ca.pem'

/** A mirror without endpoints uses the cluster's registry, with the registry's CA and credentials. */
function withEndpoints(
  mirror: Mirror<Content>,
  { ca, auth }: ResolvedSpec['registry'],
  registryUrls: readonly string[],
): ReachableMirror {
  if (mirror.endpoints.length > 0) return { ...mirror, local: false, caPath: ownCa }
  return {
    ...mirror,
    local: true,
    caPath: ownCa,
    endpoints: registryUrls,
    ca: mirror.ca ?? ca,
    auth: mirror.auth ?? auth,
    from: ['bootstrap'],
  }
}

/** The registry as a mirror of itself: by default, containerd uses HTTPS, the system's CAs and no password. */
function registryMirrors(
  names: readonly RegistryName[],
  { ca, auth }: ResolvedSpec['registry'],
): readonly ReachableMirror[] {
  return names.map(({ host, urls }, index) => ({
    host,
    server: null,
    endpoints: urls,
    capabilities: ['pull', 'resolve'],
    fallback: 'none',
    ca,
    client: null,
    skipVerify: false,
    header: [],
    overridePath: false,
    rewrites: [],
    auth,
    local: true,
    // All names have the same CA: one file is enough.
    caPath: index === 0 ? ownCa : `../${hostDirectory(names[0]?.host ?? host)}/${ownCa}`,
    from: ['registry'],
  }))
}

function hostFiles(mirror: ReachableMirror, target: CertsTarget): readonly Outcome<PlanFile>[] {
  const directory = `${target.directory}/${hostDirectory(mirror.host)}`
  const { ca, caPath, client, auth, header } = mirror
  const secret = auth !== null || header.some(([, value]) => value.secret)
  // Addresses of the registry differ between nodes, and a client certificate identifies a node.
  const layer = secret || mirror.local || client !== null ? 'instance' : 'image'
  const pem = (name: string, content: Content, kind: PemKind, exposure: Exposure) =>
    andThen(pemBytes(content, kind), bytes =>
      success(rootFile(`${directory}/${name}`, bytes, exposure, content.from)),
    )
  const hosts = andThen(printHosts(mirror, target.containerd), text =>
    success(rootFile(`${directory}/hosts.toml`, text, secret ? 'secret' : layer, mirror.from)),
  )
  return [
    hosts,
    ...(ca === null || caPath !== ownCa ? [] : [pem(ownCa, ca, 'certificate', layer)]),
    ...(client === null
      ? []
      : [
          pem('client.pem', client.cert, 'certificate', layer),
          pem('client-key.pem', client.key, 'private key', 'secret'),
        ]),
  ]
}

/**
 * containerd 1 refuses a table heading with brackets inside, and then uses the upstream; containerd 2
 * reads hosts from headings only (1.6.20 tried; hosts.go getSortedHosts at 2.3).
 */
function printHosts(mirror: ReachableMirror, containerd: Containerd | null): Outcome<string> {
  const bracketed = mirror.endpoints.find(endpoint => endpoint.includes('['))
  return andThen(headersOf(mirror), headers => {
    const table = hostsTable(mirror, headers)
    if (bracketed === undefined) return success(printToml(table))
    if (containerd === null) {
      // The same in both forms: `server` is the only host. containerd 1 refuses a file without `host`.
      if (mirror.fallback === 'none' && mirror.endpoints.length === 1) {
        return success(printToml({ ...table, host: {} }))
      }
      return failure([report('mirror/ipv6-needs-version', mirror.from, { endpoint: bracketed })])
    }
    return success(containerd === '1' ? printDottedToml(table) : printToml(table))
  })
}

/** One hosts.toml. Facts: containerd docs/hosts.md and core/remotes/docker/config/hosts.go, 1.6 to 2.3. */
function hostsTable(mirror: ReachableMirror, headers: Headers): Record<string, unknown> {
  const host = {
    capabilities: [...mirror.capabilities],
    ...(mirror.ca === null ? {} : { ca: mirror.caPath }),
    ...(mirror.client === null ? {} : { client: [['client.pem', 'client-key.pem']] }),
    ...(mirror.skipVerify ? { skip_verify: true } : {}),
    ...(mirror.overridePath ? { override_path: true } : {}),
    ...(headers.length === 0 ? {} : { header: Object.fromEntries(headers) }),
  }
  const table = Object.fromEntries(mirror.endpoints.map(endpoint => [endpoint, host]))
  if (mirror.fallback === 'upstream') {
    return { ...(mirror.server === null ? {} : { server: mirror.server }), host: table }
  }
  // containerd before 1.7.32 ignores a `server` without host tables, and host tables without `server`
  // do not prevent requests to the upstream: both are written, each with its ca and header.
  return { server: mirror.endpoints[0], ...host, host: table }
}

type Headers = readonly (readonly [name: string, values: readonly string[]])[]

function headersOf({ header, auth }: Mirror<Content>): Outcome<Headers> {
  const headers = header.map(([name, value]) =>
    andThen(headerValue(value), text => success([name, [text]] as const)),
  )
  return collectOutcomes(auth === null ? headers : [...headers, basicAuth(auth)])
}

function headerValue(content: Content): Outcome<string> {
  return andThen(lineText(content), text => {
    if (!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return success(text)
    const args = { found: 'this value', expected: 'a single line of text' }
    return failure([report('spec/malformed', content.from, args)])
  })
}

function basicAuth({ username, password }: Auth<Content>): Outcome<Headers[number]> {
  return andThen(lineText(password), text => {
    return success(['Authorization', [printBasicAuth(username, text)]])
  })
}
