import crypto from 'node:crypto'
import tls from 'node:tls'
import { readChecked } from '../checked-file.ts'

/** A certificate with its chain, and its key, both in PEM form. */
export interface KeyPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** The files of a certificate and its key. */
export interface KeyPairFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** Reads the files of a certificate and its key. */
export function readKeyPair({ certFile, keyFile }: KeyPairFiles): KeyPair {
  const cert = readChecked(certFile, 'certificate in PEM form', pem => {
    tls.createSecureContext({ cert: pem })
    return pem
  })
  return readChecked(keyFile, `key of ${certFile} in PEM form`, key => {
    // TLS itself accepts the key of another certificate if it has another type.
    const isPair = new crypto.X509Certificate(cert).checkPrivateKey(crypto.createPrivateKey(key))
    if (!isPair) throw new Error('it is another key')
    return { cert, key }
  })
}
