/** Which certificates of a spec are checked, for which addresses, and the findings about them. */
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/codec/text.ts'
import { isValidFor } from '../../src/distro/parts/certificate-names.ts'
import type { X509 } from '../../src/model/x509.ts'
import { aCertificate, aSpec, type SpecFields, x509Of } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { plan } from '../lib/stages.ts'

const day = 24 * 3600
const pem = (label: string) => encodeUtf8(`-----BEGIN ${label}-----\nAA\n-----END ${label}-----\n`)
const supplies = {
  files: new Map([
    ['cert', pem('CERTIFICATE')],
    ['key', pem('PRIVATE KEY')],
    ['public', pem('PUBLIC KEY')],
    ['both', encodeUtf8(['CERTIFICATE', 'PRIVATE KEY'].map(label => decode(pem(label))).join(''))],
  ]),
  trees: new Map(),
  env: new Map(),
  sops: new Map(),
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

const tls = 'tls: {cert: {file: cert}, key: {file: key}}'
const controllers = [
  '{name: c1, role: controller, address: 10.0.0.1}',
  '{name: c2, role: controller, address: 10.0.0.2}',
]

function findings(fields: SpecFields, x509: X509 | null = x509Of()) {
  return plan(specOf(sourceOf(aSpec(fields))), supplies, x509).diagnostics
}

function rulesOf(fields: SpecFields, x509: X509 | null = x509Of()): readonly string[] {
  return findings(fields, x509).map(({ rule, path }) => `${rule} ${path.join('.')}`)
}

/** The addresses that the registry's certificate must have. */
function neededAddresses(fields: SpecFields): unknown {
  const found = findings({ bootstrap: null, ...fields })
  return found.find(({ rule }) => rule === 'certificate/other-address')?.args.needed
}

describe('the addresses of the registry', () => {
  const worker = '{name: w1, role: worker}'

  it('are those of all controllers, and the bootstrap address', () => {
    const nodes = [...controllers, worker]
    expect(neededAddresses({ registry: `{${tls}}`, nodes })).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(neededAddresses({ registry: `{${tls}}`, nodes, bootstrap: 'registry.site' })).toEqual([
      '10.0.0.1',
      'registry.site',
      '10.0.0.2',
    ])
  })

  it('are those of all nodes that run it, or 127.0.0.1 for a node without an address', () => {
    const registry = `{run: every-node, ${tls}}`
    expect(neededAddresses({ registry, nodes: [...controllers, worker] })).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '127.0.0.1',
    ])
  })

  it('are the address that it listens on', () => {
    const registry = `{listen: 10.0.0.9, ${tls}}`
    expect(neededAddresses({ registry, nodes: ['{name: c1, role: controller}'] })).toEqual([
      '10.0.0.9',
    ])
  })

  it('are also endpoints that name a node of the cluster', () => {
    const mirror = (url: string) => `{host: quay.io, endpoints: ["${url}"], ca: {file: cert}}`
    const needed = (url: string) =>
      findings({ registry: `{${tls}}`, nodes: controllers, mirrors: [mirror(url)] }).flatMap(
        ({ rule, args }) => (rule === 'certificate/other-address' ? [args.missing] : []),
      )
    expect(needed('https://c2:5000')).toContainEqual(['c2'])
    expect(needed('https://c2:5001')).not.toContainEqual(['c2'])
    expect(needed('https://other.site:5000')).not.toContainEqual(['other.site'])
  })
})

describe('findings', () => {
  const registry = `{${tls}}`
  const nodes = [...controllers]
  const addresses = { ipAddresses: ['10.0.0.1', '10.0.0.2'] }
  const cert = 'registry.tls.cert.file'

  it('there are none for right certificates, and none without an X509', () => {
    expect(rulesOf({ registry, nodes }, x509Of(addresses))).toEqual([])
    expect(rulesOf({ registry, nodes }, null)).toEqual([])
  })

  it.each([
    [-1, ['certificate/not-yet-valid']],
    [0, []],
    [70 * day, []],
    [70 * day + 1, ['certificate/expires-soon']],
    [100 * day, ['certificate/expires-soon']],
    [100 * day + 1, ['certificate/expired']],
  ])('at second %s: %s', (now, rules) => {
    const found = rulesOf({ registry, nodes }, x509Of(addresses, now))
    expect(found).toEqual(rules.map(rule => `${rule} ${cert}`))
  })

  it('are reported together with those of the plan', () => {
    const mirrors = ['{host: quay.io, endpoints: ["https://10.0.0.9"], ca: {file: key}}']
    expect(rulesOf({ registry, nodes, mirrors }, x509Of(addresses, 101 * day))).toEqual([
      'certificate/wrong-kind mirrors.0.ca.file',
      `certificate/expired ${cert}`,
    ])
  })

  it('name each field that has a private key in public, also without an X509', () => {
    const both = {
      registry: '{tls: {cert: {file: both}, key: {file: key}}, verify: {key: {file: key}}}',
      nodes,
      mirrors: ['{host: quay.io, endpoints: ["https://10.0.0.9"], ca: {file: both}}'],
    }
    expect([...rulesOf(both, null)].sort()).toEqual([
      'certificate/private-key-inside mirrors.0.ca.file',
      'certificate/private-key-inside registry.tls.cert.file',
      'certificate/wrong-kind registry.verify.key.file',
    ])
  })

  it('name damaged fields, also of a CA with which nothing is verified', () => {
    const damaged: X509 = {
      ...x509Of(),
      parseCertificate: () => null,
      isPrivateKey: () => false,
      parsePublicKey: () => null,
    }
    const mirrors = [
      '{host: quay.io, endpoints: ["https://10.0.0.9"], ca: {file: cert}, skipVerify: true, client: {cert: {file: cert}, key: {file: key}}}',
    ]
    const found = rulesOf(
      { registry: `{${tls}, verify: {key: {file: public}}}`, nodes, mirrors },
      damaged,
    )
    expect([...found].sort()).toEqual([
      'certificate/damaged mirrors.0.ca.file',
      'certificate/damaged mirrors.0.client.cert.file',
      'certificate/damaged mirrors.0.client.key.file',
      'certificate/damaged registry.tls.cert.file',
      'certificate/damaged registry.tls.key.file',
      'certificate/damaged registry.verify.key.file',
    ])
  })

  it('a certificate of a server outside of the cluster verifies that server only', () => {
    const leaf = x509Of({ ca: false, dnsNames: ['*.site', 'mirror.site'] })
    const rules = (url: string, more = '') =>
      rulesOf(
        {
          registry: '{run: none}',
          mirrors: [`{host: quay.io, endpoints: ["${url}"], ca: {file: cert}${more}}`],
        },
        leaf,
      )
    expect(rules('https://mirror.site')).toEqual([])
    expect(rules('https://other.site')).toEqual([])
    expect(rules('https://10.0.0.9')).toEqual(['certificate/not-a-ca mirrors.0.ca.file'])
    expect(rules('https://10.0.0.9', ', skipVerify: true')).toEqual([])
  })

  it('the CA of an external registry is checked', () => {
    const external = '{run: external, address: "https://r.site:5001", ca: {file: cert}}'
    const found = rulesOf({ registry: external }, x509Of({ ca: false }, 101 * day))
    expect(found).toEqual(['certificate/not-a-ca registry.ca.file'])
    expect(rulesOf({ registry: external }, x509Of({}, 101 * day))).toEqual([
      'certificate/expired registry.ca.file',
    ])
  })

  it('a client certificate has a period and a usage', () => {
    const mirrors = [
      '{host: quay.io, endpoints: ["https://10.0.0.9"], client: {cert: {file: cert}, key: {file: key}}}',
    ]
    const fields = { registry: '{run: none}', mirrors }
    const server = { usages: ['1.3.6.1.5.5.7.3.1'] }
    expect(rulesOf(fields, x509Of(server, 101 * day))).toEqual([
      'certificate/other-usage mirrors.0.client.cert.file',
      'certificate/expired mirrors.0.client.cert.file',
    ])
  })

  it('an Ed25519 key does not verify a bundle', () => {
    const fields = { registry: '{verify: {key: {file: public}}}', nodes }
    const ed25519 = { type: 'ed25519', bits: null, curve: null }
    expect(rulesOf(fields, { ...x509Of(), parsePublicKey: () => ed25519 })).toEqual([
      'certificate/key-unsupported registry.verify.key.file',
    ])
  })
})

it.each([
  ['10.0.0.1', '10.0.0.1', 'both'],
  ['FD00:0:0:0:0:0:0:1', 'fd00::1', 'both'],
  ['0:0:0:0:0:FFFF:A00:1', '10.0.0.1', 'containerd'],
  ['registry.site', 'Registry.Site', 'both'],
  ['*.lan.site', 'registry.lan.site', 'both'],
  ['*.site', 'registry.site', 'containerd'],
  ['*', 'registry', 'none'],
  ['*.site', 'a.registry.site', 'none'],
])('%s is valid for %s: %s', (name, address, expected) => {
  const certificate = aCertificate(
    /^[0-9A-F:.]+$/.test(name) ? { ipAddresses: [name] } : { dnsNames: [name] },
  )
  const accepted = (['containerd', 'first boot'] as const).map(clients =>
    isValidFor(certificate, address, clients),
  )
  const expectations = { both: [true, true], containerd: [true, false], none: [false, false] }
  expect(accepted).toEqual(expectations[expected as keyof typeof expectations])
})
