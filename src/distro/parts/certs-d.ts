/** certs.d for any containerd: which hosts a pull asks, in which order, and what it trusts. */

import { authorityOf } from '../../codec/address.ts'
import { printBase64 } from '../../codec/base64.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import { printDottedToml, printToml } from '../../codec/toml.ts'
import { isSecretHeader } from '../../model/grammar.ts'
import type { Mirror, Node, Spec, Text } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import type { Path } from '../../report/place.ts'
import { report } from '../rules.ts'
import { type Desk, pem } from '../supply.ts'
import { registryUrls } from './registry-unit.ts'
import { rootFile } from './root-file.ts'

/** The major version of containerd. */
export type Containerd = '1' | '2'

/** The files below a certs.d folder for a node; `containerd` is null where it is not known. */
export function mirrorFiles(
  spec: Spec,
  node: Node,
  folder: string,
  containerd: Containerd | null,
  desk: Desk,
): readonly PlanFile[] {
  const urls = registryUrls(spec, node)
  return (
    spec.mirrors
      .map(mirror => (mirror.endpoints.length > 0 ? mirror : ofRegistry(spec, mirror, urls)))
      // Nothing to ask but the upstream: containerd does that by itself.
      .filter(mirror => mirror.endpoints.length > 0)
      .flatMap(mirror =>
        hostFiles(mirror, `${folder}/${hostFolder(mirror.host)}`, containerd, desk),
      )
  )
}

/** A mirror whose endpoints are the cluster's registry: what that one needs, the mirror needs. */
function ofRegistry(spec: Spec, mirror: Mirror, endpoints: readonly string[]): Mirror {
  const { ca, auth } = spec.registry
  return {
    ...mirror,
    endpoints,
    ca: mirror.ca ?? ca,
    auth: mirror.auth ?? auth,
    from: ['bootstrap'],
  }
}

// A port is written `_5000_`: found by every containerd, and legal on every file system (hosts.go).
function hostFolder(host: string): string {
  return host.replace(/:([0-9]+)$/, '_$1_')
}

function hostFiles(
  mirror: Mirror,
  folder: string,
  containerd: Containerd | null,
  desk: Desk,
): readonly PlanFile[] {
  const beside = (name: string, text: Text, secret: boolean): PlanFile => ({
    path: `${folder}/${name}`,
    content: pem(text, desk),
    mode: secret ? 0o600 : 0o644,
    owner: 'root:root',
    secret,
    from: text.from,
  })
  const secret =
    mirror.auth !== null ||
    mirror.header.some(([name, value]) => value.kind !== 'inline' || isSecretHeader(name))
  const hosts = printHosts(mirror, containerd, desk)
  return [
    rootFile(`${folder}/hosts.toml`, hosts, mirror.from, secret),
    ...(mirror.ca === null ? [] : [beside('ca.pem', mirror.ca, false)]),
    ...(mirror.client === null
      ? []
      : [
          beside('client.pem', mirror.client.cert, false),
          beside('client-key.pem', mirror.client.key, true),
        ]),
  ]
}

/**
 * A heading with brackets inside is refused by the TOML parser of containerd 1, which then asks
 * upstream; containerd 2 sees hosts in headings alone (1.6.20 tried; hosts.go getSortedHosts at 2.3).
 */
function printHosts(mirror: Mirror, containerd: Containerd | null, desk: Desk): string {
  const table = hostsTable(mirror, mirror.endpoints, desk)
  const bracketed = mirror.endpoints.find(endpoint => endpoint.includes('['))
  if (bracketed === undefined) return printToml(table)
  if (containerd === null) {
    desk.complain(report('mirror/ipv6-needs-version', mirror.from, { endpoint: bracketed }))
  }
  return containerd === '1' ? printDottedToml(table) : printToml(table)
}

/** One hosts.toml. Facts: containerd docs/hosts.md and core/remotes/docker/config/hosts.go, 1.6 to 2.3. */
function hostsTable(
  mirror: Mirror,
  endpoints: readonly string[],
  desk: Desk,
): Record<string, unknown> {
  const headers = headersOf(mirror, desk)
  const host = {
    capabilities: [...mirror.capabilities],
    ...(mirror.ca === null ? {} : { ca: 'ca.pem' }),
    ...(mirror.client === null ? {} : { client: [['client.pem', 'client-key.pem']] }),
    ...(mirror.skipVerify ? { skip_verify: true } : {}),
    ...(mirror.overridePath ? { override_path: true } : {}),
    ...(headers === null ? {} : { header: headers }),
  }
  const table = Object.fromEntries(endpoints.map(endpoint => [endpoint, host]))
  if (mirror.fallback === 'upstream') {
    return { ...(mirror.server === null ? {} : { server: mirror.server }), host: table }
  }
  // A server alone is not read by containerd before 1.7.32, a host alone does not stop it from asking
  // upstream: both are written, and what the endpoint needs (its ca, its header) counts for both.
  return { server: endpoints[0], ...host, host: table }
}

function headersOf(mirror: Mirror, desk: Desk): Record<string, readonly string[]> | null {
  const pairs = mirror.header.map(([name, value]) => {
    const text = desk.line(value)
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) {
      desk.complain(
        report('spec/malformed', value.from, {
          found: 'this value',
          expected: 'one line, as a header is',
        }),
      )
    }
    return [name, [text]] as const
  })
  const auth =
    mirror.auth === null
      ? []
      : [
          [
            'Authorization',
            [
              `Basic ${printBase64(encodeUtf8(`${mirror.auth.username}:${desk.line(mirror.auth.password)}`))}`,
            ],
          ] as const,
        ]
  const all = [...pairs, ...auth]
  return all.length === 0 ? null : Object.fromEntries(all)
}

/** A mirror of the registry's own name, so that `HOST:PORT/image` is pulled over plain HTTP. */
export function ownMirror(url: string, from: Path): Mirror {
  return {
    host: authorityOf(url),
    server: url,
    endpoints: [],
    capabilities: ['pull', 'resolve'],
    fallback: 'none',
    ca: null,
    client: null,
    skipVerify: false,
    header: [],
    overridePath: false,
    auth: null,
    from,
  }
}
