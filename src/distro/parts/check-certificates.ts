/** Checks the certificates and keys of a spec by what the programs on its nodes accept. */
import type { Content } from '../../model/spec.ts'
import type { Certificate, X509 } from '../../model/x509.ts'
import { type Diagnostic, distinct, hasErrors } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'
import { type Chain, type ChainInput, chainsOf, missingIssuer } from './certificate-chain.ts'
import { certificatesIn, privateKeyIn, publicKeyIn } from './certificate-content.ts'
import { isValidFor } from './certificate-names.ts'
import {
  checkAlgorithm,
  checkPeriod,
  checkSignature,
  checkUsage,
  isCa,
  isSelfSigned,
  nameOf,
} from './certificate-properties.ts'
import type { Authority, CertificateUses, KeyPair, KnownServer, Trust } from './certificate-uses.ts'

/** All findings. */
export function checkCertificates(
  { pairs, servers, trusts, authorities, bundleKeys }: CertificateUses,
  x509: X509,
): readonly Diagnostic[] {
  return distinct([
    ...pairs.flatMap(pair => checkPair(pair, x509)),
    ...servers.flatMap(server => checkServer(server, x509)),
    ...trusts.flatMap(trust => checkTrust(trust, x509)),
    ...authorities.flatMap(authority => checkAuthority(authority, x509)),
    ...bundleKeys.flatMap(key => checkBundleKey(key, x509)),
  ])
}

function checkPair({ cert, key, purpose }: KeyPair, x509: X509): readonly Diagnostic[] {
  const certificates = certificatesIn(cert, x509)
  const privateKey = privateKeyIn(key, x509)
  const [leaf] = certificates.ok ? certificates.value : []
  return [
    ...certificates.diagnostics,
    ...privateKey.diagnostics,
    ...(certificates.ok && privateKey.ok
      ? checkKeyOf(privateKey.value, certificates.value, key, x509)
      : []),
    ...(leaf === undefined ? [] : checkAlgorithm(leaf, purpose, cert)),
    ...(leaf === undefined ? [] : checkUsage(leaf, purpose, cert)),
    // OpenSSL does not serve a certificate with a weak signature.
    ...(purpose === 'server' && certificates.ok
      ? certificates.value.flatMap(certificate => checkSignature(certificate, cert))
      : []),
    // The period of a server's certificate counts where clients verify it: see checkServer.
    ...(purpose === 'client' && leaf !== undefined ? checkPeriod(leaf, cert, x509) : []),
  ]
}

/** Go and OpenSSL take the first certificate of a file as the owner of the key. */
function checkKeyOf(
  privateKey: string,
  certificates: readonly Certificate[],
  { from }: Content,
  x509: X509,
): readonly Diagnostic[] {
  const index = certificates.findIndex(certificate => x509.isKeyOf(privateKey, certificate))
  if (index === 0) return []
  return [report('certificate/key-of-another', from, { position: index < 0 ? null : index + 1 })]
}

function checkServer(server: KnownServer, x509: X509): readonly Diagnostic[] {
  const certificates = certificatesIn(server.cert, x509)
  const roots = certificatesIn(server.ca, x509)
  if (!certificates.ok) return certificates.diagnostics
  const [leaf, ...intermediates] = certificates.value
  const names = checkNames(leaf, server)
  return roots.ok
    ? [...names, ...checkChains({ leaf, intermediates, roots: roots.value }, server, x509)]
    : [...names, ...roots.diagnostics]
}

function checkNames(leaf: Certificate, { cert, addresses }: KnownServer): readonly Diagnostic[] {
  const missing = addresses.filter(address => !isValidFor(leaf, address, 'first boot'))
  const names = [...leaf.dnsNames, ...leaf.ipAddresses]
  const args = { missing, names, needed: addresses }
  return missing.length === 0 ? [] : [report('certificate/other-address', cert.from, args)]
}

function checkChains(input: ChainInput, server: KnownServer, x509: X509): readonly Diagnostic[] {
  const chains = chainsOf(input, x509)
  if (chains.length > 0) return best(chains.map(chain => checkChain(chain, server, x509)))
  const unknown = report('certificate/unknown-issuer', server.ca.from, missingIssuer(input, x509))
  return [{ ...unknown, also: [{ path: server.cert.from, note: 'the certificate' }] }]
}

/** The requirements of a chain; its last certificate is one of the CA certificates. */
function checkChain(chain: Chain, server: KnownServer, x509: X509): readonly Diagnostic[] {
  return chain.flatMap((certificate, index) => {
    const isLeaf = index === 0
    const isLast = index === chain.length - 1
    const content = isLast && !isLeaf ? server.ca : server.cert
    return [
      ...checkPeriod(certificate, content, x509),
      ...checkUsage(certificate, 'server', content),
      ...(isLeaf ? [] : checkIssuer(certificate, content, isLast ? 'last' : 'intermediate')),
      ...(isLast ? checkRoot(certificate, server) : checkSignature(certificate, content)),
    ]
  })
}

/** Go and OpenSSL accept a CA certificate of version 1 only at the end of a chain. */
function checkIssuer(
  issuer: Certificate,
  content: Content,
  place: 'intermediate' | 'last',
): readonly Diagnostic[] {
  return [
    ...checkAlgorithm(issuer, 'ca', content),
    ...(issuer.ca || (place === 'last' && isCa(issuer))
      ? []
      : [report('certificate/not-a-ca', content.from, { subject: nameOf(issuer), addresses: [] })]),
  ]
}

/** Go accepts a chain that ends before the root. Node and Python, at the first boot, do not. */
function checkRoot(root: Certificate, { ca }: KnownServer): readonly Diagnostic[] {
  const { issuer } = root
  return isSelfSigned(root)
    ? []
    : [report('certificate/root-missing', ca.from, { subject: nameOf(root), issuer })]
}

/** The findings of the alternative that is accepted, or else of the alternative with the fewest errors. */
function best(alternatives: readonly (readonly Diagnostic[])[]): readonly Diagnostic[] {
  const errors = (list: readonly Diagnostic[]) =>
    list.filter(finding => hasErrors([finding])).length
  const [first] = [...alternatives].sort((a, b) => errors(a) - errors(b) || a.length - b.length)
  return first ?? []
}

function checkTrust({ ca, addresses }: Trust, x509: X509): readonly Diagnostic[] {
  const roots = certificatesIn(ca, x509)
  if (!roots.ok) return roots.diagnostics
  // A certificate that is not of a CA verifies only the server that has the same certificate.
  const verifiersOf = (address: string) =>
    roots.value.filter(root => isCa(root) || isValidFor(root, address, 'containerd'))
  const unverified = addresses.filter(address => verifiersOf(address).length === 0)
  const args = { subject: nameOf(roots.value[0]), addresses: unverified }
  return [
    ...(unverified.length === 0 ? [] : [report('certificate/not-a-ca', ca.from, args)]),
    ...addresses.flatMap(address =>
      best(
        verifiersOf(address).map(root => [
          ...checkPeriod(root, ca, x509),
          ...checkUsage(root, 'server for Go', ca),
          ...checkAlgorithm(root, 'ca', ca),
        ]),
      ),
    ),
  ]
}

/** Programs of a distribution take the first certificate of the file as the CA. */
function checkAuthority({ ca, key }: Authority, x509: X509): readonly Diagnostic[] {
  const certificates = certificatesIn(ca, x509)
  const privateKey = key === null ? null : privateKeyIn(key, x509)
  const keyFindings = privateKey?.diagnostics ?? []
  if (!certificates.ok) return [...certificates.diagnostics, ...keyFindings]
  const [first] = certificates.value
  return [
    ...keyFindings,
    ...(key !== null && privateKey?.ok === true
      ? checkKeyOf(privateKey.value, certificates.value, key, x509)
      : []),
    ...checkIssuer(first, ca, 'last'),
    ...checkPeriod(first, ca, x509),
  ]
}

function checkBundleKey(content: Content, x509: X509): readonly Diagnostic[] {
  const key = publicKeyIn(content, x509)
  if (!key.ok) return key.diagnostics
  const { type } = key.value
  const args = { key: type, use: 'bundle', minBits: 0 } as const
  return type === 'ec' || type === 'rsa'
    ? []
    : [report('certificate/key-unsupported', content.from, args)]
}
