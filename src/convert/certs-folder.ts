/** The certs.d folder of containerd for the registries of a file. */
import { hostDirectory, upstreamUrl } from '../codec/address.ts'
import { printBasicAuth } from '../codec/basic-auth.ts'
import type { PlainMapping } from '../codec/plain.ts'
import { encodeUtf8 } from '../codec/text.ts'
import { printToml } from '../codec/toml.ts'
import type { Endpoint, Upstream } from './upstreams.ts'

/** One file below certs.d. */
export interface ConvertedFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** Whether it has credentials, so that only root may read it. */
  readonly secret: boolean
}

/** A hosts.toml for each registry with endpoints; certificates stay at their paths on the node. */
export function certsFolder(upstreams: readonly Upstream[]): readonly ConvertedFile[] {
  return upstreams
    .filter(({ endpoints }) => endpoints.length > 0)
    .map(({ host, endpoints }) => ({
      path: `${host === '*' ? '_default' : hostDirectory(host)}/hosts.toml`,
      bytes: encodeUtf8(printToml(hostsToml(host, endpoints))),
      secret: endpoints.some(({ auth }) => auth !== null),
    }))
}

// containerd, docs/hosts.md: without `server` it uses the registry of the image, as the former pattern did.
function hostsToml(host: string, endpoints: readonly Endpoint[]): PlainMapping {
  const server = host === '*' ? {} : { server: upstreamUrl(host) }
  return { ...server, host: Object.fromEntries(endpoints.map(item => [item.url, hostTable(item)])) }
}

function hostTable({ ca, client, skipVerify, overridePath, auth }: Endpoint): PlainMapping {
  return {
    capabilities: ['pull', 'resolve'],
    ...(ca === null ? {} : { ca }),
    ...(client === null ? {} : { client: [[client.cert, client.key]] }),
    ...(skipVerify ? { skip_verify: true } : {}),
    ...(overridePath ? { override_path: true } : {}),
    ...(auth === null
      ? {}
      : { header: { Authorization: [printBasicAuth(auth.username, auth.password)] } }),
  }
}
