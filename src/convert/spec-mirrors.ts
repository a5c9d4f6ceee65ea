/** The mirrors of a spec for the registries of a file. */
import { authorityOf } from '../codec/address.ts'
import type { Plain, PlainMapping } from '../codec/plain.ts'
import { printYaml } from '../codec/yaml-print.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import { report } from './rules.ts'
import { type Endpoint, fileName, type Upstream } from './upstreams.ts'

/** The `mirrors` as YAML, and what the user must do for them. No password is in the text. */
export function mirrorsYaml(upstreams: readonly Upstream[]): {
  readonly text: string
  readonly diagnostics: readonly Diagnostic[]
} {
  return {
    text: printYaml({ mirrors: upstreams.map(mirrorOf) }),
    diagnostics: upstreams.flatMap(upstream => [
      ...checkEqualSettings(upstream),
      ...upstream.endpoints.flatMap(filesToCopy),
    ]),
  }
}

function mirrorOf({ host, endpoints }: Upstream): Plain {
  const [first] = endpoints
  if (first === undefined) return { host }
  const overridePath = endpoints.some(endpoint => endpoint.overridePath)
  // A mirror has one overridePath for all endpoints. With it containerd does not append /v2, so that endpoints
  // without a path get it here.
  const urls = endpoints.map(endpoint =>
    overridePath && !endpoint.overridePath ? `${endpoint.url}/v2` : endpoint.url,
  )
  return {
    host,
    endpoints: urls,
    ...(overridePath ? { overridePath } : {}),
    ...settingsOf(first),
  }
}

function settingsOf(endpoint: Endpoint): PlainMapping {
  const { ca, client, skipVerify, auth } = endpoint
  const file = (suffix: string) => ({ file: `./${fileName(endpoint, suffix)}` })
  return {
    ...(ca === null ? {} : { ca: file('ca.pem') }),
    ...(client === null
      ? {}
      : { client: { cert: file('client.pem'), key: file('client-key.pem') } }),
    ...(skipVerify ? { skipVerify } : {}),
    ...(auth === null ? {} : { auth: { username: auth.username, password: file('password') } }),
  }
}

function checkEqualSettings({
  host,
  endpoints: [first, ...others],
}: Upstream): readonly Diagnostic[] {
  const key = ({ url, overridePath, ...settings }: Endpoint) => JSON.stringify(settings)
  const other = others.find(endpoint => first !== undefined && key(endpoint) !== key(first))
  if (first === undefined || other === undefined) return []
  const args = { host, first: authorityOf(first.url), other: authorityOf(other.url) }
  return [report('convert/endpoints-differ', [], args)]
}

function filesToCopy(endpoint: Endpoint): readonly Diagnostic[] {
  const { ca, client, auth, url } = endpoint
  const copies = [
    ...(ca === null ? [] : [[ca, 'ca.pem'] as const]),
    ...(client === null
      ? []
      : [[client.cert, 'client.pem'] as const, [client.key, 'client-key.pem'] as const]),
  ]
  return [
    ...copies.map(([path, suffix]) =>
      report('convert/copy-file', [], { path, file: fileName(endpoint, suffix) }),
    ),
    ...(auth === null
      ? []
      : [
          report('convert/write-password', [], {
            username: auth.username,
            host: authorityOf(url),
            file: fileName(endpoint, 'password'),
          }),
        ]),
  ]
}
