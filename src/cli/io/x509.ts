/** Reads certificates and keys with OpenSSL, which Node contains. */
import type { X509Certificate } from 'node:crypto'
import process from 'node:process'
import type { Certificate, Instant, KeyAlgorithm, X509 } from '../../index.ts'

/** Reads certificates and keys; `now` is in seconds since 1970. */
export function readX509(now = Math.floor(Date.now() / 1000)): X509 {
  return {
    now,
    parseCertificate: pem => attempt(() => toCertificate(pem, open(pem))),
    isPrivateKey: pem => attempt(() => crypto().createPrivateKey(pem)) !== null,
    parsePublicKey: pem => attempt(() => toAlgorithm(crypto().createPublicKey(pem))),
    isSignedBy: (certificate, issuer) =>
      certificate.issuer === issuer.subject &&
      attempt(() => open(certificate.pem).verify(open(issuer.pem).publicKey)) === true,
    isKeyOf: (privateKey, { pem }) =>
      attempt(() => open(pem).checkPrivateKey(crypto().createPrivateKey(privateKey))) === true,
  }
}

/** Not an import: most specs have no certificates, and loading the module takes time. */
function crypto() {
  return process.getBuiltinModule('node:crypto')
}

/** OpenSSL throws an error for content that it cannot read. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

function open(pem: string): X509Certificate {
  return new (crypto().X509Certificate)(pem)
}

function toCertificate(pem: string, certificate: X509Certificate): Certificate {
  const names = alternativeNames(certificate.subjectAltName ?? '')
  return {
    pem,
    fingerprint: certificate.fingerprint256,
    subject: toLine(certificate.subject),
    issuer: toLine(certificate.issuer),
    version: certificate.raw.subarray(0, 16).includes(version3) ? 3 : 1,
    dnsNames: names.flatMap(([type, name]) => (type === 'DNS' ? [name] : [])),
    ipAddresses: names.flatMap(([type, name]) => (type === 'IP Address' ? [name] : [])),
    validFrom: toInstant(certificate.validFrom),
    validTo: toInstant(certificate.validTo),
    ca: certificate.ca,
    usages: certificate.keyUsage ?? [],
    key: attempt(() => toAlgorithm(certificate.publicKey)) ?? unknownAlgorithm,
    publicKey: attempt(() => String(certificate.publicKey.export(spki))) ?? '',
    weakHash: weakHashes.find(({ algorithm }) => certificate.raw.includes(algorithm))?.hash ?? null,
  }
}

/** Reads the version from the DER bytes, because Node 20 does not return it: `[0] INTEGER 2` is version 3 (RFC 5280, 4.1). */
const version3 = Buffer.from('a003020102', 'hex')

/** Reads the signature algorithm from the DER bytes, because Node 20 does not return it: its AlgorithmIdentifier (RFC 3279, 2.2). */
const weakHashes = [
  { hash: 'MD5', algorithm: Buffer.from('300d06092a864886f70d0101040500', 'hex') },
  { hash: 'SHA-1', algorithm: Buffer.from('300d06092a864886f70d0101050500', 'hex') },
  { hash: 'SHA-1', algorithm: Buffer.from('300906072a8648ce3d0401', 'hex') },
] as const

/** `DNS:a, IP Address:10.0.0.1`; Node writes a value with special characters as a JSON string. */
function alternativeNames(text: string): readonly (readonly [type: string, name: string])[] {
  const entries = text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)
  return [...entries].map(([, type = '', name = '']) => [
    type,
    name.startsWith('"') ? String(JSON.parse(name)) : name,
  ])
}

/** Node writes each part of a distinguished name in a line of its own. */
function toLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

function toInstant(text: string): Instant {
  const date = new Date(text)
  return {
    seconds: date.getTime() / 1000,
    text: `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  }
}

const spki = { type: 'spki', format: 'pem' } as const
const unknownAlgorithm: KeyAlgorithm = { type: 'unknown', bits: null, curve: null }

function toAlgorithm({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: X509Certificate['publicKey']): KeyAlgorithm {
  return {
    type: asymmetricKeyType ?? '',
    bits: asymmetricKeyDetails?.modulusLength ?? null,
    curve: asymmetricKeyDetails?.namedCurve ?? null,
  }
}
