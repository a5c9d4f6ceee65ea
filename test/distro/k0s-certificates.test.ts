/** The certificates and keys that k0s itself uses: its CAs, tokens, helm repositories, an external etcd. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/codec/text.ts'
import type { X509 } from '../../src/model/x509.ts'
import { aSpec, type SpecFields, x509Of } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { plan, type TreeItem } from '../lib/stages.ts'

const day = 24 * 3600
const pem = (label: string) => `-----BEGIN ${label}-----\nAA\n-----END ${label}-----\n`
const certificate = encodeUtf8(pem('CERTIFICATE'))
const key = encodeUtf8(pem('PRIVATE KEY'))
const kubeconfig = (ca: string) => `clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(ca).toString('base64')}
    server: https://10.0.0.1:6443
users: [{name: kubelet-bootstrap}]
`
const tokenOf = (ca: string) => encodeUtf8(gzipSync(Buffer.from(kubeconfig(ca))).toString('base64'))
const tree: readonly TreeItem[] = [
  { kind: 'directory', path: 'etcd' },
  { kind: 'file', path: 'etcd/ca.crt', content: certificate, executable: false },
  { kind: 'file', path: 'ca.crt', content: certificate, executable: false },
  { kind: 'file', path: 'ca.key', content: certificate, executable: false },
]
const supplies = {
  files: new Map([
    ['cert', certificate],
    ['key', key],
    ['token', tokenOf(pem('CERTIFICATE'))],
    ['bad-token', tokenOf('no certificate')],
  ]),
  trees: new Map([['pki', tree]]),
  env: new Map(),
  sops: new Map(),
}
const controller = (files: string) =>
  `{name: c1, role: controller, address: 10.0.0.1, files: [${files}]}`
const file = (path: string, name: string) =>
  `{path: ${path}, file: ${name}${name === 'key' ? ', secret: true' : ''}}`

function rulesOf(fields: SpecFields, x509: X509 | null): readonly string[] {
  const { diagnostics } = plan(specOf(sourceOf(aSpec(fields))), supplies, x509)
  return diagnostics.map(({ rule, path }) => `${rule} ${path.join('.')}`)
}

describe('the CA in a token', () => {
  const expired = x509Of({}, 101 * day)

  it('has a period', () => {
    expect(rulesOf({ token: '{file: token}' }, x509Of())).toEqual([])
    expect(rulesOf({ token: '{file: token}' }, expired)).toEqual(['certificate/expired token.file'])
  })

  it('is checked once for all nodes of a token', () => {
    const nodes = ['{name: w1, role: worker}', '{name: w2, role: worker}']
    expect(rulesOf({ token: '{file: token}', nodes }, expired)).toEqual([
      'certificate/expired token.file',
    ])
  })

  it('is not checked where it is no PEM text', () => {
    expect(rulesOf({ token: '{file: bad-token}' }, expired)).toEqual([])
  })
})

describe('the CAs of a cluster', () => {
  const pki = [
    file('/var/lib/k0s/pki/ca.crt', 'cert'),
    file('/var/lib/k0s/pki/ca.key', 'key'),
    file('/var/lib/k0s/pki/front-proxy-ca.crt', 'cert'),
  ].join(', ')

  it('have no findings where they are right', () => {
    expect(rulesOf({ nodes: [controller(pki)] }, x509Of())).toEqual([])
  })

  it('belong to their keys, may sign, and have a period', () => {
    const wrong: X509 = { ...x509Of({ ca: false }, 101 * day), isKeyOf: () => false }
    expect(rulesOf({ nodes: [controller(pki)] }, wrong)).toEqual([
      'certificate/key-of-another nodes.0.files.1.file',
      'certificate/not-a-ca nodes.0.files.0.file',
      'certificate/expired nodes.0.files.0.file',
      'certificate/not-a-ca nodes.0.files.2.file',
      'certificate/expired nodes.0.files.2.file',
    ])
  })

  it('are also found in a folder', () => {
    const nodes = [controller('{path: /var/lib/k0s/pki, tree: pki}')]
    const found = rulesOf({ nodes }, x509Of({}, 101 * day))
    expect(found.filter(finding => finding.startsWith('certificate/'))).toEqual([
      'certificate/wrong-kind nodes.0.files.0',
      'certificate/expired nodes.0.files.0',
    ])
  })
})

describe('files that k0s.yaml names', () => {
  const files = [
    file('/etc/k0s/site-ca.pem', 'cert'),
    file('/etc/k0s/client.pem', 'cert'),
    file('/etc/k0s/client.key', 'key'),
  ].join(', ')
  const wrong: X509 = { ...x509Of({ ca: false, dnsNames: ['charts.site'] }), isKeyOf: () => false }

  it('of a helm repository', () => {
    const repository = (url: string) =>
      `{name: site, url: "${url}", caFile: /etc/k0s/site-ca.pem, certFile: /etc/k0s/client.pem, keyfile: /etc/k0s/client.key}`
    const distro = (url: string) =>
      `{name: k0s, config: {spec: {extensions: {helm: {repositories: [${repository(url)}]}}}}}`
    const key = 'certificate/key-of-another nodes.0.files.2.file'
    expect(
      rulesOf({ distro: distro('oci://charts.site'), nodes: [controller(files)] }, wrong),
    ).toEqual([key])
    expect(
      rulesOf({ distro: distro('https://other.site:1/a'), nodes: [controller(files)] }, wrong),
    ).toEqual([key, 'certificate/not-a-ca nodes.0.files.0.file'])
  })

  it('of an external etcd', () => {
    const etcd =
      '{endpoints: ["https://10.0.0.9:2379"], caFile: /etc/k0s/site-ca.pem, clientCertFile: /etc/k0s/client.pem, clientKeyFile: /etc/k0s/client.key}'
    const distro = `{name: k0s, config: {spec: {storage: {etcd: {externalCluster: ${etcd}}}}}}`
    expect(rulesOf({ distro, nodes: [controller(files)] }, wrong)).toEqual([
      'certificate/key-of-another nodes.0.files.2.file',
      'certificate/not-a-ca nodes.0.files.0.file',
    ])
  })
})
