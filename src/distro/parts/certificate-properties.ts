/**
 * The properties that one certificate must have for its use. containerd uses the TLS of Go, the registry
 * that of Node, and the first boot asks the registry with curl, Node or Python, which use OpenSSL.
 */
import type { Content } from '../../model/spec.ts'
import type { Certificate, X509 } from '../../model/x509.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'
import type { Purpose } from './certificate-uses.ts'

// crypto/x509 and crypto/tls at Go 1.26. Node 24 and Debian configure OpenSSL with security level 2, which
// serves no RSA key below 2048 bits.
const usableKeys = {
  server: { minBits: 2048, curves: ['prime256v1', 'secp384r1', 'secp521r1'] },
  client: { minBits: 1024, curves: ['prime256v1', 'secp384r1', 'secp521r1'] },
  ca: { minBits: 1024, curves: ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'] },
} as const

const maxBits = 8192

/** Checks the algorithm of the public key. */
export function checkAlgorithm(
  { key: { type, bits, curve } }: Certificate,
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
  'server for Go': ['1.3.6.1.5.5.7.3.1', anyUsage],
  client: ['1.3.6.1.5.5.7.3.2', anyUsage],
} as const

/** Checks the extended key usage; that of a CA limits the certificates below it. */
export function checkUsage(
  certificate: Certificate,
  use: keyof typeof usageOids,
  { from }: Content,
): readonly Diagnostic[] {
  const { usages } = certificate
  if (usages.length === 0 || usageOids[use].some(oid => usages.includes(oid))) return []
  const purpose: Purpose = use === 'client' ? 'client' : 'server'
  return [report('certificate/other-usage', from, { subject: nameOf(certificate), purpose })]
}

const soonSeconds = 30 * 24 * 3600

/** Checks the period; both of its limits belong to it. */
export function checkPeriod(
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

/** Checks the hash of the signature; only that of a self-signed certificate does not count. */
export function checkSignature(certificate: Certificate, { from }: Content): readonly Diagnostic[] {
  const { weakHash: hash } = certificate
  return hash === null || isSelfSigned(certificate)
    ? []
    : [report('certificate/weak-signature', from, { subject: nameOf(certificate), hash })]
}

/** Whether a certificate names itself as its issuer. */
export function isSelfSigned({ subject, issuer }: Certificate): boolean {
  return subject === issuer
}

/** Whether a client accepts a certificate as that of a CA; version 1 has no extension that denies it. */
export function isCa({ ca, version }: Certificate): boolean {
  return ca || version === 1
}

/** The name of a certificate in messages. */
export function nameOf({ subject, dnsNames, ipAddresses }: Certificate): string {
  return subject === '' ? [...dnsNames, ...ipAddresses].join(', ') : subject
}
