/**
 * Checks the certificates and keys of a spec by what the programs on a node accept: containerd (Go), the
 * registry (Node), and the first boot, which asks the registry with curl, Node or Python (OpenSSL).
 */
import type { Content } from '../../model/spec.ts'
import type { Certificate, KeyAlgorithm, X509 } from '../../model/x509.ts'
import { type Diagnostic, distinct, hasErrors } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'
import { type Chain, type ChainInput, chainsOf, missingIssuer } from './certificate-chain.ts'
import { isValidFor } from './certificate-names.ts'
import type { CertificateUses, KeyPair, KnownServer, Purpose, Trust } from './certificate-uses.ts'
import { isOfKind, type PemKind, pemBlocks, pemBytes } from './contents.ts'

/** All findings; a field without the PEM block that it requires has none here, `pemBytes` reports it. */
export function checkCertificates(
  { pairs, servers, trusts, bundleKeys }: CertificateUses,
  x509: X509,
): readonly Diagnostic[] {
  return distinct([
    ...pairs.flatMap(pair => checkPair(pair, x509)),
    ...servers.flatMap(server => checkServer(server, x509)),
    ...trusts.flatMap(trust => checkTrust(trust, x509)),
    ...bundleKeys.flatMap(key => checkBundleKey(key, x509)),
  ])
}

/** The blocks of a kind in a field; none where the field has an error that `pemBytes` reports. */
function blocksIn(content: Content, kind: PemKind): readonly string[] {
  if (!pemBytes(content, kind).ok) return []
  return pemBlocks(content).flatMap(block => (isOfKind(block, kind) ? [block.text] : []))
}

/** The certificates of a field, or the error. */
type Certificates =
  | { readonly ok: true; readonly list: readonly Certificate[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

function certificatesIn(content: Content, x509: X509): Certificates {
  const blocks = blocksIn(content, 'certificate')
  const list = blocks.map(x509.parseCertificate).filter(certificate => certificate !== null)
  if (list.length < blocks.length) {
    const damaged = { kind: 'certificate', damage: 'content' } as const
    return { ok: false, diagnostics: [report('certificate/damaged', content.from, damaged)] }
  }
  return list.length === 0 ? { ok: false, diagnostics: [] } : { ok: true, list }
}

function checkPair({ cert, key, purpose }: KeyPair, x509: X509): readonly Diagnostic[] {
  const certificates = certificatesIn(cert, x509)
  const [pem] = blocksIn(key, 'private key')
  const damaged = { kind: 'private key', damage: 'content' } as const
  const isDamaged = pem !== undefined && !x509.isPrivateKey(pem)
  const keyFindings = isDamaged ? [report('certificate/damaged', key.from, damaged)] : []
  if (!certificates.ok) return [...certificates.diagnostics, ...keyFindings]
  const [leaf] = certificates.list
  if (leaf === undefined) return keyFindings
  return [
    ...keyFindings,
    ...(pem === undefined || isDamaged ? [] : checkKeyOf(pem, certificates.list, key, x509)),
    ...checkAlgorithm(leaf.key, purpose, cert),
    ...checkUsage(leaf, purpose, cert),
    // OpenSSL does not serve a certificate with a weak signature.
    ...(purpose === 'server' ? certificates.list : []).flatMap(certificate =>
      isSelfSigned(certificate) ? [] : checkSignature(certificate, cert),
    ),
    // Clients check the period of a server's certificate, unless they verify nothing: see checkServer.
    ...(purpose === 'client' ? checkPeriod(leaf, cert, x509) : []),
  ]
}

/** Go and OpenSSL take the first certificate of a file as the owner of the key. */
function checkKeyOf(
  pem: string,
  certificates: readonly Certificate[],
  { from }: Content,
  x509: X509,
): readonly Diagnostic[] {
  const index = certificates.findIndex(certificate => x509.isKeyOf(pem, certificate))
  if (index === 0) return []
  return [report('certificate/key-of-another', from, { position: index < 0 ? null : index + 1 })]
}

// Go reads these keys (crypto/x509 and crypto/tls at Go 1.26); OpenSSL as Debian and Node 24 configure it
// refuses to serve RSA keys below 2048 bits.
const usableKeys = {
  server: { minBits: 2048, curves: ['prime256v1', 'secp384r1', 'secp521r1'] },
  client: { minBits: 1024, curves: ['prime256v1', 'secp384r1', 'secp521r1'] },
  ca: { minBits: 1024, curves: ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'] },
} as const

const maxBits = 8192

function checkAlgorithm(
  { type, bits, curve }: KeyAlgorithm,
  use: keyof typeof usableKeys,
  { from }: Content,
): readonly Diagnostic[] {
  const { minBits, curves } = usableKeys[use]
  const isUsable =
    type === 'ed25519' ||
    (type === 'rsa' && bits !== null && bits >= minBits && bits <= maxBits) ||
    (type === 'ec' && curves.some(name => name === curve))
  const detail = bits === null ? curve : `${bits} bits`
  const key = `${type}${detail === null ? '' : ` (${detail})`}`
  return isUsable ? [] : [report('certificate/key-unsupported', from, { key, use, minBits })]
}

// RFC 5280, 4.2.1.12. OpenSSL does not accept anyExtendedKeyUsage for a server, Go does.
const anyUsage = '2.5.29.37.0'
const usageOids = {
  server: ['1.3.6.1.5.5.7.3.1'],
  client: ['1.3.6.1.5.5.7.3.2', anyUsage],
} as const

function checkUsage(
  certificate: Certificate,
  purpose: Purpose,
  { from }: Content,
): readonly Diagnostic[] {
  const { usages } = certificate
  return usages.length === 0 || usageOids[purpose].some(oid => usages.includes(oid))
    ? []
    : [report('certificate/other-usage', from, { subject: nameOf(certificate), purpose })]
}

const soonSeconds = 30 * 24 * 3600

function checkPeriod(
  certificate: Certificate,
  { from }: Content,
  { now }: X509,
): readonly Diagnostic[] {
  const { validFrom, validTo } = certificate
  const subject = nameOf(certificate)
  if (now > validTo.seconds) {
    return [report('certificate/expired', from, { subject, date: validTo.text })]
  }
  if (now < validFrom.seconds) {
    return [report('certificate/not-yet-valid', from, { subject, date: validFrom.text })]
  }
  return validTo.seconds - now < soonSeconds
    ? [report('certificate/expires-soon', from, { subject, date: validTo.text })]
    : []
}

/** The name of a certificate in messages. */
function nameOf({ subject, dnsNames, ipAddresses }: Certificate): string {
  return subject === '' ? [...dnsNames, ...ipAddresses].join(', ') : subject
}

function isSelfSigned({ subject, issuer }: Certificate): boolean {
  return subject === issuer
}

function checkServer({ cert, ca, addresses }: KnownServer, x509: X509): readonly Diagnostic[] {
  const certificates = certificatesIn(cert, x509)
  const roots = certificatesIn(ca, x509)
  if (!certificates.ok) return certificates.diagnostics
  const [leaf, ...intermediates] = certificates.list
  if (leaf === undefined) return []
  const names = checkNames(leaf, addresses, cert)
  if (!roots.ok) return [...names, ...roots.diagnostics]
  const input = { leaf, intermediates, roots: roots.list }
  return [...names, ...checkChains(input, { cert, ca, addresses }, x509)]
}

function checkNames(
  leaf: Certificate,
  addresses: readonly string[],
  { from }: Content,
): readonly Diagnostic[] {
  const missing = addresses.filter(address => !isValidFor(leaf, address, 'first boot'))
  if (missing.length === 0) return []
  const names = [...leaf.dnsNames, ...leaf.ipAddresses]
  return [report('certificate/other-address', from, { missing, names, needed: addresses })]
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
    const isRoot = index === chain.length - 1
    const content = isRoot && !isLeaf ? server.ca : server.cert
    return [
      ...checkPeriod(certificate, content, x509),
      ...checkUsage(certificate, 'server', content),
      ...(isLeaf ? [] : checkIssuer(certificate, content, isRoot)),
      ...(isRoot ? checkRoot(certificate, server) : checkSignature(certificate, content)),
    ]
  })
}

/** Go accepts a chain that ends before the root. Node and Python, at the first boot, do not. */
function checkRoot(root: Certificate, { ca }: KnownServer): readonly Diagnostic[] {
  const { issuer } = root
  return isSelfSigned(root)
    ? []
    : [report('certificate/root-missing', ca.from, { subject: nameOf(root), issuer })]
}

function checkIssuer(
  issuer: Certificate,
  content: Content,
  isRoot: boolean,
): readonly Diagnostic[] {
  const subject = nameOf(issuer)
  return [
    ...checkAlgorithm(issuer.key, 'ca', content),
    ...(issuer.ca || (isRoot && isCa(issuer))
      ? []
      : [report('certificate/not-a-ca', content.from, { subject, addresses: [] })]),
  ]
}

function checkSignature(certificate: Certificate, { from }: Content): readonly Diagnostic[] {
  const { weakHash } = certificate
  const subject = nameOf(certificate)
  return weakHash === null
    ? []
    : [report('certificate/weak-signature', from, { subject, hash: weakHash })]
}

/** The findings of the alternative that is accepted, or else of the one with the fewest errors. */
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
    roots.list.filter(root => isCa(root) || isValidFor(root, address, 'containerd'))
  const unverified = addresses.filter(address => verifiersOf(address).length === 0)
  const subject = roots.list.slice(0, 1).map(nameOf).join('')
  return [
    ...(unverified.length === 0
      ? []
      : [report('certificate/not-a-ca', ca.from, { subject, addresses: unverified })]),
    ...addresses.flatMap(address =>
      best(
        verifiersOf(address).map(root => [
          ...checkPeriod(root, ca, x509),
          ...(root.usages.includes(anyUsage) ? [] : checkUsage(root, 'server', ca)),
          ...checkAlgorithm(root.key, 'ca', ca),
        ]),
      ),
    ),
  ]
}

/** Go accepts a CA certificate of version 1, which has no extensions, if it is one of the client's. */
function isCa({ ca, version }: Certificate): boolean {
  return ca || version === 1
}

function checkBundleKey(content: Content, x509: X509): readonly Diagnostic[] {
  const [pem] = blocksIn(content, 'public key')
  if (pem === undefined) return []
  const algorithm = x509.parsePublicKey(pem)
  if (algorithm === null) {
    const damaged = { kind: 'public key', damage: 'content' } as const
    return [report('certificate/damaged', content.from, damaged)]
  }
  const { type } = algorithm
  return type === 'ec' || type === 'rsa'
    ? []
    : [
        report('certificate/key-unsupported', content.from, {
          key: type,
          use: 'bundle',
          minBits: 0,
        }),
      ]
}
