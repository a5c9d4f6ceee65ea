/**
 * Whether a certificate, its key, its CA and an address are right: gen-node, Go (the TLS of containerd) and
 * Node (the TLS of the registry) decide about the same cases. The clock is an argument.
 */
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  checkServerIdentity,
  connect,
  createServer,
  type PeerCertificate,
  type Server,
} from 'node:tls'
import { expect, it } from 'vitest'
import { readX509 } from '../../src/cli/io/x509.ts'
import { encodeUtf8 } from '../../src/codec/text.ts'
import { type CertificateUses, noUses } from '../../src/distro/parts/certificate-uses.ts'
import { checkCertificates } from '../../src/distro/parts/check-certificates.ts'
import type { Content } from '../../src/model/spec.ts'
import { hasErrors } from '../../src/report/diagnostic.ts'
import { type Identity, issue, ofCa } from '../lib/certificates.ts'
import { describeWith, judge, openssl, optional, runOrThrow, runs } from '../lib/judge.ts'

/** A server and a client, and the rules that are broken. */
interface Case {
  readonly cert: string
  readonly key: string
  readonly ca: string
  readonly address: string
  readonly now: number
  readonly rules: readonly string[]
}

const day = 24 * 3600
const now = Math.floor(Date.now() / 1000) + 60
const go = optional(judge('go', 'go'))

const content = (text: string, name: string): Content => ({
  bytes: encodeUtf8(text),
  secret: false,
  from: ['registry', name],
})

function findingsOf(test: Case) {
  const cert = content(test.cert, 'cert')
  const key = content(test.key, 'key')
  const ca = content(test.ca, 'ca')
  const uses: CertificateUses = {
    ...noUses,
    pairs: [{ cert, key, purpose: 'server' }],
    servers: [{ cert, ca, addresses: [test.address] }],
  }
  return checkCertificates(uses, readX509(test.now))
}

/** The error of a registry with this certificate or of a client of the first boot, or an empty text. */
async function nodeError({ cert, key, ca, address }: Case): Promise<string> {
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = createServer({ cert, key }).listen(0, '127.0.0.1', () => resolve(listening))
    listening.on('error', reject)
  }).catch(String)
  if (typeof server === 'string') return server
  const { port } = server.address() as AddressInfo
  const options = {
    ...{ host: '127.0.0.1', port, ca },
    checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(address, shown),
  }
  const error = await new Promise<string>(resolve => {
    const client = connect(options, () => resolve(''))
    client.on('error', failure => resolve(String(failure)))
    client.on('close', () => server.close())
    client.on('secureConnect', () => client.destroy())
  })
  return error
}

/** Not yet valid is a warning, because nodes may be switched on later. */
function refuses(test: Case): boolean {
  const findings = findingsOf(test)
  return hasErrors(findings) || findings.some(({ rule }) => rule === 'certificate/not-yet-valid')
}

describeWith([openssl], 'certificates', () => {
  const cases = makeCases()

  it.each(Object.entries(cases))('%s', (_, test) => {
    expect(findingsOf(test).map(({ rule, path }) => `${rule} ${path.at(-1)}`)).toEqual(test.rules)
  })

  it('Node serves and accepts what has no error', async () => {
    const accepted = Object.entries(cases).filter(([, test]) => test.now === now && !refuses(test))
    const errors = await Promise.all(accepted.map(([, test]) => nodeError(test)))
    expect(
      accepted.flatMap(([name], index) => (errors[index] === '' ? [] : [[name, errors[index]]])),
    ).toEqual([])
  })
})

describeWith([openssl, go], 'certificates and Go', () => {
  it('containerd accepts what has no error, and it or Node refuses the rest', async () => {
    const cases = Object.entries(makeCases())
    const program = join(mkdtempSync(join(tmpdir(), 'gen-node-go-')), 'verify-certificate')
    runOrThrow('go', 'build', '-o', program, join(import.meta.dirname, 'lib/verify-certificate.go'))
    const input = cases.map(([, { cert, key, ca, address, now }]) => ({
      ...{ Cert: cert, Key: key, CA: ca, Address: address, Now: now },
    }))
    const { stdout } = runs([program], JSON.stringify(input))
    const goErrors = JSON.parse(stdout) as readonly string[]
    const wrong = await Promise.all(
      cases.map(async ([name, test], index) => {
        const error = goErrors[index] || (await nodeError(test))
        return (error !== '') === refuses(test) ? [] : [{ name, error }]
      }),
    )
    expect(wrong.flat()).toEqual([])
  })
})

function makeCases(): Readonly<Record<string, Case>> {
  const ca = issue(null, { subject: '/CN=Site CA', extensions: ofCa })
  const ip = 'subjectAltName=IP:10.0.0.1'
  const server = (extensions: readonly string[], more = {}, issuer: Identity | null = ca) =>
    issue(issuer, { extensions, ...more })
  const usual = server([ip])
  const aCase = (
    identity: Identity,
    rules: readonly string[] = [],
    more: Partial<Case> = {},
  ): Case => ({
    ...identity,
    ca: ca.cert,
    address: '10.0.0.1',
    now,
    rules,
    ...more,
  })
  const named = (name: string, address: string, rules: readonly string[] = []) =>
    aCase(server([`subjectAltName=${name}`]), rules, { address })
  const intermediate = server(ofCa, { subject: '/CN=Intermediate CA' })
  const below = server([ip], {}, intermediate)
  const withChain = { ...below, cert: below.cert + intermediate.cert }
  const rsa = (bits: number) => ({
    algorithm: ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`],
  })
  const curve = (name: string) => ({
    algorithm: ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`],
  })
  const selfSigned = server([ip], {}, null)
  const ofServingCa = ['basicConstraints=CA:TRUE', 'keyUsage=digitalSignature,keyCertSign']
  const selfSignedCa = server([...ofServingCa, ip], {}, null)
  const version1 = issue(null, { subject: '/CN=Old CA' })
  const version1Intermediate = issue(ca, { subject: '/CN=Old Intermediate' })
  const withoutCa = issue(null, { subject: '/CN=No CA', extensions: ['subjectKeyIdentifier=hash'] })
  const withoutSign = issue(null, {
    subject: '/CN=No Signing CA',
    extensions: ['basicConstraints=CA:TRUE', 'keyUsage=digitalSignature'],
  })
  const forClients = issue(null, {
    subject: '/CN=CA for Clients',
    extensions: [...ofCa, 'extendedKeyUsage=clientAuth'],
  })
  const otherCa = issue(null, { subject: '/CN=Other CA', extensions: ofCa })
  const renewedCa = issue(null, { subject: '/CN=Site CA', extensions: ofCa })
  const renewedKeptKey = issue(null, {
    subject: '/CN=Site CA',
    extensions: ofCa,
    key: ca.key,
    days: 900,
  })
  const sameUsage = (usage: string) => server([ip, `extendedKeyUsage=${usage}`])
  const below1 = (issuer: Identity) => server([ip], {}, issuer)
  const curveCa = issue(null, { subject: '/CN=Curve CA', extensions: ofCa, ...curve('secp256k1') })
  const p224Ca = issue(null, { subject: '/CN=P-224 CA', extensions: ofCa, ...curve('secp224r1') })
  const weakIntermediate = server(ofCa, { subject: '/CN=Weak CA', hash: 'sha1' })
  const belowWeak = server([ip], {}, weakIntermediate)
  const rsaCa = issue(null, { subject: '/CN=RSA CA', extensions: ofCa, ...rsa(2048) })
  const selfSignedWeak = server([ip], { hash: 'sha1' }, null)
  const chained = ({ cert, key }: Identity, issuer: Identity): Identity => ({
    cert: cert + issuer.cert,
    key,
  })
  const rsaServer = server([ip], rsa(2048))
  const keyAs = (key: string, ...args: readonly string[]) =>
    aCase({ ...usual, key: converted(key, 'pkey', ...args) })
  const legacy = ['-aes-128-cbc', '-passout', 'pass:correct horse', '-traditional']
  const ecParameters = runOrThrow('openssl', 'ecparam', '-name', 'prime256v1')
  const other = 'certificate/other-address cert'
  return {
    'an IP address': aCase(usual),
    'a second IP address': named('IP:10.0.0.9,IP:10.0.0.1', '10.0.0.1'),
    'another IP address': named('IP:10.0.0.9', '10.0.0.1', [other]),
    'an IP address as DNS entry': named('DNS:10.0.0.1', '10.0.0.1', [other]),
    'an IP address as common name': aCase(
      server(['basicConstraints=CA:FALSE'], { subject: '/CN=10.0.0.1' }),
      [other],
    ),
    'no subject': aCase(server([ip], { subject: '/' })),
    'an IPv6 address': named('IP:fd00::1', 'fd00:0::1'),
    'an IPv6 form of an IPv4 address': named('IP:::ffff:10.0.0.1', '10.0.0.1', [other]),
    'a name': named('DNS:registry.site', 'registry.site'),
    'a name in other letters': named('DNS:Registry.Site', 'REGISTRY.site'),
    'a name as common name': aCase(server([ip]), [other], { address: 'registry.site' }),
    localhost: named('DNS:localhost', 'localhost'),
    'a wildcard': named('DNS:*.lan.site', 'registry.lan.site'),
    'a wildcard of one label': named('DNS:*.site', 'registry.site', [other]),
    'a wildcard and a deeper name': named('DNS:*.site', 'a.registry.site', [other]),
    'a wildcard and its own name': named('DNS:*.site', 'site', [other]),
    'a wildcard within a label': named('DNS:reg*.site', 'registry.site', [other]),
    'a single wildcard': named('DNS:*', 'registry', [other]),
    'a name with an underscore': named('DNS:my_registry.site', 'my_registry.site'),
    'a name as e-mail and URI only': named(
      'email:a@registry.site,URI:https://registry.site',
      'registry.site',
      [other],
    ),

    'RSA 2048': aCase(rsaServer),
    'RSA 3072': aCase(server([ip], rsa(3072))),
    'P-384': aCase(server([ip], curve('secp384r1'))),
    'P-521': aCase(server([ip], curve('secp521r1'))),
    'P-224': aCase(server([ip], curve('secp224r1')), ['certificate/key-unsupported cert']),
    secp256k1: aCase(server([ip], curve('secp256k1')), ['certificate/key-unsupported cert']),
    Ed25519: aCase(server([ip], { algorithm: ['-algorithm', 'ED25519'] })),
    Ed448: aCase(server([ip], { algorithm: ['-algorithm', 'ED448'] }), [
      'certificate/key-unsupported cert',
    ]),
    'RSA-PSS': aCase(server([ip], { algorithm: ['-algorithm', 'RSA-PSS'] }), [
      'certificate/key-unsupported cert',
    ]),

    'the last second': aCase(server([ip], { days: 1 }), ['certificate/expires-soon cert'], {
      now: now + day - 120,
    }),
    expired: aCase(server([ip], { days: 1 }), ['certificate/expired cert'], { now: now + 2 * day }),
    'not yet valid': aCase(
      usual,
      ['certificate/not-yet-valid cert', 'certificate/not-yet-valid ca'],
      { now: now - day },
    ),
    'an expired CA': aCase(server([ip], { days: 900 }), ['certificate/expired ca'], {
      now: now + 366 * day,
    }),
    'an expired CA beside its renewal': aCase(server([ip], { days: 900 }), [], {
      ca: ca.cert + renewedKeptKey.cert,
      now: now + 366 * day,
    }),

    'for servers': aCase(sameUsage('serverAuth')),
    'for servers and clients': aCase(sameUsage('clientAuth,serverAuth')),
    'for any use': aCase(sameUsage('anyExtendedKeyUsage'), ['certificate/other-usage cert']),
    'for clients': aCase(sameUsage('clientAuth'), ['certificate/other-usage cert']),
    'for signatures': aCase(sameUsage('codeSigning,1.2.3.4'), ['certificate/other-usage cert']),
    'a CA for clients': aCase(below1(forClients), ['certificate/other-usage ca'], {
      ca: forClients.cert,
    }),

    'another CA': aCase(usual, ['certificate/unknown-issuer ca'], { ca: otherCa.cert }),
    'one of two CAs': aCase(usual, [], { ca: otherCa.cert + ca.cert }),
    'a CA of the same name': aCase(usual, ['certificate/unknown-issuer ca'], {
      ca: renewedCa.cert,
    }),
    'two CAs of the same name': aCase(usual, [], { ca: renewedCa.cert + ca.cert }),
    'the certificate as its own CA': aCase(usual, ['certificate/root-missing ca'], {
      ca: usual.cert,
    }),
    'the certificate as its own CA, in another form': aCase(
      usual,
      ['certificate/root-missing ca'],
      {
        ca: `text\n${usual.cert.replaceAll('\n', '\r\n')}`,
      },
    ),
    'self-signed, as its own CA': aCase(selfSigned, [], { ca: selfSigned.cert }),
    'self-signed with CA:TRUE, as its own CA': aCase(selfSignedCa, [], { ca: selfSignedCa.cert }),
    'self-signed, with another CA': aCase(selfSigned, ['certificate/unknown-issuer ca']),
    'self-signed again with the same key': aCase(selfSigned, ['certificate/unknown-issuer ca'], {
      ca: server([ip], { key: selfSigned.key }, null).cert,
    }),
    'self-signed with CA:TRUE, again with the same key': aCase(
      selfSignedCa,
      ['certificate/unknown-issuer ca'],
      {
        ca: server([...ofServingCa, ip], { key: selfSignedCa.key }, null).cert,
      },
    ),
    'an intermediate CA': aCase(withChain),
    'an intermediate CA that is missing': aCase(below, ['certificate/unknown-issuer ca']),
    'an intermediate CA as CA': aCase(below, ['certificate/root-missing ca'], {
      ca: intermediate.cert,
    }),
    'an intermediate CA, and the root in the file': aCase({
      ...withChain,
      cert: withChain.cert + ca.cert,
    }),
    'intermediate CAs in reverse order': aCase({
      ...below,
      cert: below.cert + ca.cert + intermediate.cert,
    }),
    'a certificate of another service in the file': aCase({
      ...usual,
      cert: usual.cert + selfSigned.cert,
    }),
    'an intermediate certificate that is not of a CA': aCase(chained(below1(usual), usual), [
      'certificate/not-a-ca cert',
    ]),
    'a CA of version 1': aCase(below1(version1), [], { ca: version1.cert }),
    'a CA without basicConstraints': aCase(below1(withoutCa), ['certificate/not-a-ca ca'], {
      ca: withoutCa.cert,
    }),
    'a CA that may not sign': aCase(below1(withoutSign), ['certificate/not-a-ca ca'], {
      ca: withoutSign.cert,
    }),
    'an intermediate CA of version 1': aCase(
      chained(below1(version1Intermediate), version1Intermediate),
      ['certificate/not-a-ca cert'],
    ),
    'a CA with a key on secp256k1': aCase(below1(curveCa), ['certificate/key-unsupported ca'], {
      ca: curveCa.cert,
    }),
    'a CA with a key on P-224': aCase(below1(p224Ca), [], { ca: p224Ca.cert }),
    'a signature with SHA-1': aCase(server([ip], { hash: 'sha1' }), [
      'certificate/weak-signature cert',
    ]),
    'a signature with SHA-1 of an RSA key': aCase(
      server([ip], { hash: 'sha1' }, rsaCa),
      ['certificate/weak-signature cert'],
      { ca: rsaCa.cert },
    ),
    'a signature with MD5': aCase(
      server([ip], { hash: 'md5' }, rsaCa),
      ['certificate/weak-signature cert'],
      { ca: rsaCa.cert },
    ),
    'a CA that signed itself with SHA-1': aCase(usual, [], {
      ca: issue(null, { subject: '/CN=Site CA', extensions: ofCa, key: ca.key, hash: 'sha1' }).cert,
    }),
    'a signature with SHA-1 of an intermediate CA': aCase(chained(belowWeak, weakIntermediate), [
      'certificate/weak-signature cert',
    ]),
    'a self-signed certificate with SHA-1': aCase(selfSignedWeak, [], { ca: selfSignedWeak.cert }),

    'PKCS #1': aCase({ ...rsaServer, key: converted(rsaServer.key, 'pkey', '-traditional') }),
    'SEC 1': keyAs(usual.key, '-traditional'),
    'SEC 1 after parameters': aCase({
      ...usual,
      key: ecParameters + converted(usual.key, 'pkey', '-traditional'),
    }),
    'an encrypted key': aCase(
      { ...usual, key: converted(usual.key, 'pkey', ...legacy.slice(0, 3)) },
      ['certificate/key-encrypted key'],
    ),
    'an encrypted key of SEC 1': aCase({ ...usual, key: converted(usual.key, 'pkey', ...legacy) }, [
      'certificate/key-encrypted key',
    ]),
    'a key after another text': aCase({
      cert: `Certificate:\n${usual.cert}`,
      key: `Bag Attributes\n    friendlyName: registry\n${usual.key}`,
    }),
    'two keys': aCase({ ...usual, key: usual.key + selfSigned.key }),
    'the second of two keys': aCase({ ...usual, key: selfSigned.key + usual.key }, [
      'certificate/key-of-another key',
    ]),
    'a damaged key': aCase({ ...usual, key: damaged(usual.key) }, ['certificate/damaged key']),
    'a cut key': aCase({ ...usual, key: usual.key.slice(0, 100) }, ['certificate/damaged key']),
    'a certificate as key': aCase({ ...usual, key: usual.cert }, ['certificate/wrong-kind key']),
    'a public key as key': aCase({ ...usual, key: converted(usual.key, 'pkey', '-pubout') }, [
      'certificate/wrong-kind key',
    ]),
    'a key as certificate': aCase({ ...usual, cert: usual.key }, ['certificate/wrong-kind cert']),
    'a certificate of OpenSSL': aCase(
      { ...usual, cert: converted(usual.cert, 'x509', '-trustout') },
      ['certificate/wrong-kind cert'],
    ),
    'a damaged certificate': aCase({ ...usual, cert: damaged(usual.cert) }, [
      'certificate/damaged cert',
    ]),
    'a cut certificate': aCase({ ...usual, cert: usual.cert.slice(0, 300) }, [
      'certificate/damaged cert',
    ]),
    'a cut line of dashes': aCase({ ...usual, cert: usual.cert.trimEnd().slice(0, -1) }, [
      'certificate/damaged cert',
    ]),
    'an indented certificate': aCase({ ...usual, cert: usual.cert.replaceAll(/^/gm, '  ') }, [
      'mirror/file-unreadable cert',
    ]),
    'lines with spaces at their ends': aCase({
      ...usual,
      cert: usual.cert.replaceAll('\n', '  \n'),
    }),
    'a certificate in a single line': aCase({
      ...usual,
      cert: usual.cert.replaceAll(/(?<!-)\n(?!-)/g, ''),
    }),
    'no end of the last line': aCase({ cert: usual.cert.trimEnd(), key: usual.key.trimEnd() }),
    'a damaged CA': aCase(usual, ['certificate/damaged ca'], { ca: damaged(ca.cert) }),
    'a key as CA': aCase(usual, ['certificate/wrong-kind ca'], { ca: ca.key }),
    'no PEM text': aCase({ ...usual, key: 'correct horse' }, ['mirror/file-unreadable key']),

    'another key': aCase({ ...usual, key: selfSigned.key }, ['certificate/key-of-another key']),
    'the key of the second certificate': aCase(
      { cert: intermediate.cert + usual.cert, key: usual.key },
      ['certificate/key-of-another key', other],
    ),
  }
}

/** A PEM text after a command of openssl. */
function converted(pem: string, ...command: readonly string[]): string {
  const { code, stdout, stderr } = runs(['openssl', ...command], pem)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** A PEM text with other bytes where the length of its content is. */
function damaged(pem: string): string {
  return pem.replace(/^(-----BEGIN .*-----\n)..../m, '$1AAAA')
}
