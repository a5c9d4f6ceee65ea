/** The certificates and keys of k0s itself: CAs, the CA in join tokens, and files that k0s.yaml names. */
import { hostOf } from '../../codec/address.ts'
import { parseBase64 } from '../../codec/base64.ts'
import { isMapping, type Plain } from '../../codec/plain.ts'
import { isController } from '../../model/controllers.ts'
import type { Content, ResolvedSpec } from '../../model/spec.ts'
import type { ResolvedNode } from '../distro.ts'
import { type CertificateUses, joinUses, noUses } from '../parts/certificate-uses.ts'
import { valuesAt } from '../parts/config-field.ts'
import { pemBlocks } from '../parts/contents.ts'
import { kubeconfigOf } from './token.ts'

/** The certificates and keys of all nodes. */
export function k0sCertificates(spec: ResolvedSpec): CertificateUses {
  return joinUses([
    { ...noUses, authorities: tokenCas(spec.nodes) },
    ...spec.nodes.filter(isController).flatMap(node => {
      const files = filesOf(node)
      return [clusterCas(files), ...helmFiles(spec, files), ...etcdFiles(spec, files)]
    }),
  ])
}

/** The CA in each join token, with which a node verifies the controllers. */
function tokenCas(nodes: readonly ResolvedNode[]): CertificateUses['authorities'] {
  // Nodes share the tokens of roles and defaults.
  const tokens = new Map(
    nodes.flatMap(({ token }) => (token === null ? [] : [[JSON.stringify(token.from), token]])),
  )
  return [...tokens.values()].flatMap(token => {
    const [, data = ''] =
      /^ *certificate-authority-data: *"?([A-Za-z0-9+/=]+)"?$/m.exec(kubeconfigOf(token) ?? '') ??
      []
    const ca = { ...token, bytes: parseBase64(data) ?? new Uint8Array() }
    // A finding about PEM would not name the token, which k0s never writes in that way.
    return pemBlocks(ca).length === 0 ? [] : [{ ca, key: null }]
  })
}

type Files = ReadonlyMap<string, Content>

/** The files that a spec adds to a node, by their paths. */
function filesOf(node: ResolvedNode): Files {
  const entries = node.files.flatMap(file => {
    if (file.kind === 'text') return [[file.path, file.content] as const]
    const { path, secret, from } = file
    return file.tree.flatMap(item =>
      item.kind === 'file'
        ? [[`${path}/${item.path}`, { bytes: item.content, secret, from }] as const]
        : [],
    )
  })
  return new Map(entries)
}

/** k0s uses these CAs where they exist before its first start (cmd/controller/certificates.go at v1.36). */
function clusterCas(files: Files): CertificateUses {
  const names = ['ca', 'etcd/ca', 'front-proxy-ca']
  const authorities = names.flatMap(name => {
    const ca = files.get(`/var/lib/k0s/pki/${name}.crt`)
    const key = files.get(`/var/lib/k0s/pki/${name}.key`)
    return ca === undefined ? [] : [{ ca, key: key ?? null }]
  })
  return { ...noUses, authorities }
}

function helmFiles({ distro }: ResolvedSpec, files: Files): readonly CertificateUses[] {
  return valuesAt(distro.config, ['spec', 'extensions', 'helm', 'repositories[]']).map(
    ({ value }) =>
      clientFiles(files, {
        ca: textAt(value, 'caFile'),
        cert: textAt(value, 'certFile'),
        key: textAt(value, 'keyfile'),
        urls: [textAt(value, 'url')],
      }),
  )
}

function etcdFiles({ distro }: ResolvedSpec, files: Files): readonly CertificateUses[] {
  return valuesAt(distro.config, ['spec', 'storage', 'etcd', 'externalCluster']).map(({ value }) =>
    clientFiles(files, {
      ca: textAt(value, 'caFile'),
      cert: textAt(value, 'clientCertFile'),
      key: textAt(value, 'clientKeyFile'),
      urls: valuesAt(value, ['endpoints']).flatMap(({ value: urls }) =>
        Array.isArray(urls) ? urls.map(String) : [],
      ),
    }),
  )
}

/** The paths with which a program of k0s is a client of servers. */
interface Client {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly urls: readonly string[]
}

function clientFiles(files: Files, client: Client): CertificateUses {
  const [ca, cert, key] = [client.ca, client.cert, client.key].map(path => files.get(path))
  const addresses = client.urls.filter(url => !url.startsWith('http://')).map(hostOf)
  return {
    ...noUses,
    trusts: ca === undefined ? [] : [{ ca, addresses }],
    pairs:
      cert === undefined || key === undefined ? [] : [{ cert, key, purpose: 'client' } as const],
  }
}

function textAt(value: Plain, key: string): string {
  const text = isMapping(value) ? value[key] : undefined
  return typeof text === 'string' ? text : ''
}
