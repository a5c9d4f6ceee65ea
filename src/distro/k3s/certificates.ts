/** The certificates and keys of k3s itself: CAs of the cluster, and files that registries.yaml names. */
import { isController } from '../../model/controllers.ts'
import type { ResolvedSpec } from '../../model/spec.ts'
import { authorityFiles, clientFiles, type Files, filesOf } from '../parts/certificate-files.ts'
import { type CertificateUses, joinUses } from '../parts/certificate-uses.ts'
import { completeEndpoint } from '../parts/registry-hosts.ts'
import { dataDirectory } from './paths.ts'

/** The certificates and keys of all nodes. */
export function k3sCertificates(spec: ResolvedSpec): CertificateUses {
  return joinUses(
    spec.nodes.flatMap(node => {
      const files = filesOf(node)
      return [...(isController(node) ? [clusterCas(files)] : []), ...registryFiles(spec, files)]
    }),
  )
}

// k3s-io/docs, docs/cli/certificate.md ("Using Custom CA Certificates"): used where they exist before the
// first start of a server.
function clusterCas(files: Files): CertificateUses {
  const names = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca']
  return authorityFiles(files, `${dataDirectory}/server/tls`, names)
}

function registryFiles({ registries }: ResolvedSpec, files: Files): readonly CertificateUses[] {
  if (registries === null) return []
  const endpoints = registries.mirrors.flatMap(mirror =>
    mirror.endpoints.flatMap(url => completeEndpoint(url) ?? []),
  )
  return registries.configs.flatMap(({ host, tls }) => {
    if (tls === null) return []
    const urls = endpoints.filter(({ name }) => name === host).map(({ url }) => url)
    return clientFiles(files, {
      ca: tls.caFile ?? '',
      cert: tls.certFile ?? '',
      key: tls.keyFile ?? '',
      urls: tls.skipVerify ? [] : urls.length === 0 ? [`https://${host}`] : urls,
    })
  })
}
