/** The certificates and keys of k0s itself: CAs, the CA in join tokens, and files that k0s.yaml names. */
import { parseBase64 } from '../../codec/base64.ts'
import { isMapping, type Plain } from '../../codec/plain.ts'
import { isController } from '../../model/controllers.ts'
import type { ResolvedSpec } from '../../model/spec.ts'
import type { ResolvedNode } from '../distro.ts'
import { authorityFiles, clientFiles, type Files, filesOf } from '../parts/certificate-files.ts'
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

/** k0s uses these CAs where they exist before its first start (cmd/controller/certificates.go at v1.36). */
function clusterCas(files: Files): CertificateUses {
  return authorityFiles(files, '/var/lib/k0s/pki', ['ca', 'etcd/ca', 'front-proxy-ca'])
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

function textAt(value: Plain, key: string): string {
  const text = isMapping(value) ? value[key] : undefined
  return typeof text === 'string' ? text : ''
}
