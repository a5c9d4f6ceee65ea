/**
 * Chains from a certificate to a CA certificate, as Go builds them (crypto/x509, buildChains and isValid at
 * Go 1.26): a certificate that is itself among the CA certificates needs no issuer.
 */
import type { Certificate, X509 } from '../../model/x509.ts'

/** A certificate and its issuers in their order; the last one is a CA certificate of the client. */
export type Chain = readonly Certificate[]

/** A server's certificate with the intermediate certificates that it sends, and the client's CA certificates. */
export interface ChainInput {
  readonly leaf: Certificate
  readonly intermediates: readonly Certificate[]
  readonly roots: readonly Certificate[]
}

/** All chains that signatures form; whether their certificates are valid is not checked here. */
export function chainsOf(input: ChainInput, x509: X509): readonly Chain[] {
  return extend(input, [input.leaf], x509)
}

/** Longer chains are not in use; the limit ends the search among certificates that sign each other. */
const maxLength = 6

function extend(input: ChainInput, chain: Chain, x509: X509): readonly Chain[] {
  const last = chain.at(-1) ?? input.leaf
  if (chain.length === 1 && input.roots.some(root => isSame(root, last))) return [chain]
  if (chain.length >= maxLength) return []
  const issuersIn = (list: readonly Certificate[]) =>
    list.filter(
      issuer =>
        !chain.some(certificate => isSameOwner(certificate, issuer)) &&
        x509.isSignedBy(last, issuer),
    )
  return [
    ...issuersIn(input.roots).map(root => [...chain, root]),
    ...issuersIn(input.intermediates).flatMap(issuer => extend(input, [...chain, issuer], x509)),
  ]
}

function isSame(a: Certificate, b: Certificate): boolean {
  return a.fingerprint === b.fingerprint
}

/** Go adds no second certificate of a name and key to a chain, such as a renewed self-signed one. */
function isSameOwner(a: Certificate, b: Certificate): boolean {
  const namesOf = ({ dnsNames, ipAddresses }: Certificate) => [...dnsNames, ...ipAddresses].join()
  return a.subject === b.subject && a.publicKey === b.publicKey && namesOf(a) === namesOf(b)
}

/** Why no chain reaches a CA certificate, and the name of the issuer at which the search ends. */
export interface MissingIssuer {
  readonly issuer: string
  readonly cause: 'self-signed' | 'other-key' | 'missing'
}

/** The end of the search for a certificate without a chain. */
export function missingIssuer(
  { leaf, intermediates, roots }: ChainInput,
  x509: X509,
): MissingIssuer {
  let last = leaf
  for (let length = 1; length < maxLength; length++) {
    const next = intermediates.find(
      candidate => !isSameOwner(candidate, last) && x509.isSignedBy(last, candidate),
    )
    if (next === undefined) break
    last = next
  }
  const { issuer, subject } = last
  if (last === leaf && issuer === subject) return { issuer, cause: 'self-signed' }
  return { issuer, cause: roots.some(root => root.subject === issuer) ? 'other-key' : 'missing' }
}
