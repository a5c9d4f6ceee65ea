/**
 * Certificates and keys as data. The core has no cryptography and no clock: the caller supplies both as an
 * `X509`, and the core decides from its answers what containerd and the registry accept.
 */

/** Reads certificates and keys, each a single PEM block, and compares them. */
export interface X509 {
  /** The current time in seconds since 1970. */
  readonly now: number
  /** The content of a certificate, or null where it is damaged. */
  readonly parseCertificate: (pem: string) => Certificate | null
  /** Whether a private key without a password is intact. */
  readonly isPrivateKey: (pem: string) => boolean
  /** The algorithm of a public key, or null where it is damaged. */
  readonly parsePublicKey: (pem: string) => KeyAlgorithm | null
  /** Whether the issuer's name and key match the issuer's name and the signature in the certificate. */
  readonly isSignedBy: (certificate: Certificate, issuer: Certificate) => boolean
  /** Whether a certificate contains the public key of an intact private key. */
  readonly isKeyOf: (privateKey: string, certificate: Certificate) => boolean
}

/** The content of a certificate. */
export interface Certificate {
  readonly pem: string
  /** The SHA-256 digest of its DER form: two PEM texts of a certificate can differ. */
  readonly fingerprint: string
  /** Distinguished names in one line; empty where the name has no part. */
  readonly subject: string
  readonly issuer: string
  readonly version: 1 | 3
  /** The entries of the subject alternative name. */
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly validFrom: Instant
  readonly validTo: Instant
  /** Whether its extensions allow it to sign certificates. */
  readonly ca: boolean
  /** Object identifiers of the extended key usage; empty: any usage. */
  readonly usages: readonly string[]
  readonly key: KeyAlgorithm
  /** The public key in any form that is equal for equal keys. */
  readonly publicKey: string
  /** The hash of its signature where it is broken, otherwise null. */
  readonly weakHash: 'MD5' | 'SHA-1' | null
}

/** A point in time. */
export interface Instant {
  /** Seconds since 1970. */
  readonly seconds: number
  /** `2026-11-25 16:17 UTC`. */
  readonly text: string
}

/** The algorithm of a key, with the names of Node (`asymmetricKeyType`, `asymmetricKeyDetails`). */
export interface KeyAlgorithm {
  readonly type: string
  /** The size of an RSA key, otherwise null. */
  readonly bits: number | null
  /** The curve of an EC key, otherwise null. */
  readonly curve: string | null
}
