/** The content of certificates and keys, from the files of the rules. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readX509 } from '../../src/cli/io/x509.ts'
import { root } from '../lib/source-tree.ts'

const fileOf = (rule: string, name: string) =>
  readFileSync(join(root, 'test/rules/certificate', rule, 'files', name), 'utf8')
const x509 = readX509(0)
const certificate = fileOf('unknown-issuer', 'registry.pem')
const ca = fileOf('unknown-issuer', 'ca.pem')
const key = fileOf('unknown-issuer', 'registry.key')
const parse = (pem: string) => {
  const parsed = x509.parseCertificate(pem)
  if (parsed === null) throw new Error('damaged')
  return parsed
}

describe('readX509', () => {
  it('gives the content of a certificate', () => {
    expect(parse(certificate)).toMatchObject({
      subject: 'CN=registry.site',
      issuer: 'CN=Site CA',
      version: 3,
      dnsNames: ['registry.site'],
      ipAddresses: ['192.168.1.10', '192.168.1.11', '192.168.1.20'],
      validFrom: { seconds: Date.UTC(2026, 0, 1) / 1000, text: '2026-01-01 00:00 UTC' },
      validTo: { seconds: Date.UTC(2126, 0, 1) / 1000 - 1, text: '2125-12-31 23:59 UTC' },
      ca: false,
      usages: ['1.3.6.1.5.5.7.3.1'],
      key: { type: 'ec', bits: null, curve: 'prime256v1' },
      weakHash: null,
    })
    expect(parse(ca).ca).toBe(true)
    expect(parse(fileOf('weak-signature', 'sha1.pem')).weakHash).toBe('SHA-1')
  })

  it('knows the issuer by its name and its key', () => {
    const other = fileOf('unknown-issuer', 'other-ca.pem')
    expect(x509.isSignedBy(parse(certificate), parse(ca))).toBe(true)
    expect(x509.isSignedBy(parse(certificate), parse(other))).toBe(false)
    expect(x509.isSignedBy(parse(ca), parse(certificate))).toBe(false)
  })

  it('knows the key of a certificate', () => {
    expect(x509.isKeyOf(key, parse(certificate))).toBe(true)
    expect(x509.isKeyOf(key, parse(ca))).toBe(false)
    expect(x509.isPrivateKey(key)).toBe(true)
    expect(x509.isPrivateKey(certificate)).toBe(false)
  })

  it('gives null for damaged texts, and throws no error', () => {
    const damaged = certificate.replace('MII', 'AAA')
    expect(x509.parseCertificate(damaged)).toBeNull()
    expect(
      x509.parsePublicKey('-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n'),
    ).toBeNull()
    expect(x509.isKeyOf('', parse(certificate))).toBe(false)
  })
})
