/** Certificates and keys that openssl makes for one test; they are valid from now on for a year. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrThrow } from './judge.ts'

/** A certificate and its private key, in PEM form. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

/** The properties of a new certificate. */
export interface Wanted {
  /** As openssl writes it: `/CN=site`. */
  readonly subject: string
  /** Lines of an extension section; none makes a certificate of version 1. */
  readonly extensions: readonly string[]
  /** Arguments of `openssl genpkey`. */
  readonly algorithm: readonly string[]
  readonly hash: string
  /** The key of the certificate where it is not a new one. */
  readonly key: string | null
  readonly days: number
}

/** ECDSA P-256, the algorithm of a key that a test does not choose. */
const p256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** The extensions of a CA. */
export const ofCa = ['basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign,cRLSign']

/** A certificate that an issuer signs; null: it is signed by its own key. */
export function issue(issuer: Identity | null, wanted: Partial<Wanted> = {}): Identity {
  const { subject, extensions, algorithm, hash, key, days } = {
    ...{ subject: '/CN=registry.site', extensions: [], algorithm: p256 },
    ...{ hash: 'sha256', key: null, days: 365 },
    ...wanted,
  }
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-certificate-'))
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string) => writeFileSync(at(name), text)
  try {
    if (key === null) runOrThrow('openssl', 'genpkey', ...algorithm, '-out', at('key'))
    else write('key', key)
    // A file of its own: that of the machine could add extensions.
    write('config', '[req]\ndistinguished_name=name\n[name]\n')
    write('extensions', `[extensions]\n${extensions.join('\n')}\n`)
    write('issuer', issuer?.cert ?? '')
    write('issuer-key', issuer?.key ?? '')
    const request = ['-new', '-key', at('key'), '-subj', subject, '-config', at('config')]
    runOrThrow('openssl', 'req', ...request, '-out', at('request'))
    runOrThrow(
      ...['openssl', 'x509', '-req', '-in', at('request'), '-out', at('cert')],
      ...['-days', String(days), `-${hash}`, '-set_serial', String(++serial)],
      ...(issuer === null
        ? ['-signkey', at('key')]
        : ['-CA', at('issuer'), '-CAkey', at('issuer-key')]),
      ...(extensions.length === 0
        ? []
        : ['-extfile', at('extensions'), '-extensions', 'extensions']),
    )
    return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let serial = 1000
