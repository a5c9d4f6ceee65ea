/** Certificates and keys among the files that a spec adds to a node. */
import { hostOf } from '../../codec/address.ts'
import type { Content } from '../../model/spec.ts'
import type { ResolvedNode } from '../distro.ts'
import { type CertificateUses, noUses } from './certificate-uses.ts'

/** Files by their paths on the node. */
export type Files = ReadonlyMap<string, Content>

/** The files that a spec adds to a node, by their paths. */
export function filesOf(node: ResolvedNode): Files {
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

/** The paths with which a program on the node is a client of servers. */
export interface Client {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly urls: readonly string[]
}

/** The CA and the client certificate of a program, as far as the spec writes them. */
export function clientFiles(files: Files, client: Client): CertificateUses {
  const [ca, cert, key] = [client.ca, client.cert, client.key].map(path => files.get(path))
  const addresses = client.urls.filter(url => !url.startsWith('http://')).map(hostOf)
  return {
    ...noUses,
    trusts: ca === undefined ? [] : [{ ca, addresses }],
    pairs:
      cert === undefined || key === undefined ? [] : [{ cert, key, purpose: 'client' } as const],
  }
}

/** CAs of the cluster that exist before its first start: `DIRECTORY/NAME.crt` with its key. */
export function authorityFiles(
  files: Files,
  directory: string,
  names: readonly string[],
): CertificateUses {
  const authorities = names.flatMap(name => {
    const ca = files.get(`${directory}/${name}.crt`)
    const key = files.get(`${directory}/${name}.key`)
    return ca === undefined ? [] : [{ ca, key: key ?? null }]
  })
  return { ...noUses, authorities }
}
