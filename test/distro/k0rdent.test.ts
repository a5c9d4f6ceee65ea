/** The addon k0rdent: its chart in k0s.yaml, where helm takes it from, and the access of flux to the registry. */
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/codec/text.ts'
import { chartLines } from '../../src/distro/k0s/chart-package.ts'
import { k0s } from '../../src/distro/k0s/k0s.ts'
import { aSpec } from '../lib/builders.ts'
import { good, sourceOf, specOf } from '../lib/cases.ts'
import { loadSpec, type NodePlan, type Outcome, parseYaml, plan } from '../lib/stages.ts'

const controller = '{name: c1, role: controller}'
const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const password = 'correct: "horse"'
const files = new Map([
  ['tls', bytes(certificate)],
  ['key', bytes('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')],
  ['password', bytes(`${password}\n`)],
])

const tls = 'tls: {cert: {file: tls}, key: {file: key}}, ca: {file: tls}'
const auth = 'auth: {username: u, password: {file: password}}'
const external = (scheme: string) => `run: external, address: "${scheme}://r.site:5001"`

interface Fields {
  readonly version?: string | null
  readonly registry?: string
  readonly nodes?: readonly string[]
  readonly addon?: string
}

/** A spec with k0rdent; by default k0s 1.34.2 and a controller that runs the registry. */
function spec({ version = '1.34.2', registry = '', nodes = [controller], addon = '' }: Fields) {
  return aSpec({
    distro: version === null ? 'k0s' : `{name: k0s, version: "${version}"}`,
    registry: `{${registry}}`,
    addons: `{k0rdent: {version: 1.2.2${addon}}}`,
    nodes,
  })
}

function outcome(text: string): Outcome<readonly NodePlan[]> {
  return plan(specOf(sourceOf(text)), { files, trees: new Map(), env: new Map(), sops: new Map() })
}

function planOf(fields: Fields): NodePlan {
  const text = spec(fields)
  const [first] = good(sourceOf(text), outcome(text))
  return first!
}

function findings({ diagnostics }: Outcome<unknown>): readonly string[] {
  return diagnostics.map(({ rule, path }) => `${rule} ${path.join('.')}`)
}

function textAt({ files }: NodePlan, path: RegExp): string | null {
  const file = files.find(file => path.test(file.path))
  return file === undefined ? null : decodeUtf8(file.content)
}

interface Chart {
  readonly chartname: string
  readonly values: string
  readonly [key: string]: unknown
}

/** The chart in k0s.yaml, its values, and the repositories beside it. */
function helmOf(plan: NodePlan) {
  const { value } = parseYaml(textAt(plan, /\/k0s\.yaml$/) ?? '')
  type Helm = { readonly charts: readonly [Chart]; readonly repositories?: unknown }
  const { helm } = (value as { spec: { extensions: { helm: Helm } } }).spec.extensions
  const [{ values: text, ...chart }] = helm.charts
  const values = parseYaml(text).value as { controller: object; [key: string]: unknown }
  return { chart, values, repositories: helm.repositories ?? [] }
}

function linesOf(fields: Fields): readonly string[] {
  const loaded = specOf(sourceOf(spec(fields)))
  return loaded.nodes.map(node => chartLines(loaded, node))
}

describe('the chart in k0s.yaml', () => {
  it('has every value of the vendor’s air-gap documentation', () => {
    const registry = '10.0.0.1:5000'
    const image = (name: string) => ({ repository: `${registry}/${name}` })
    const { values, chart } = helmOf(planOf({ version: '1.32.8' }))
    expect(chart).toEqual({
      name: 'kcm',
      chartname: 'oci://localhost:5000/charts/k0rdent-enterprise',
      version: '1.2.2',
      namespace: 'kcm-system',
    })
    // The rows of the table in the vendor's air-gap documentation.
    const rows: Readonly<Record<string, unknown>> = {
      'controller.globalRegistry': registry,
      'controller.templatesRepoURL': `oci://${registry}/charts`,
      'image.repository': `${registry}/kcm-controller`,
      'flux2.cli.image': `${registry}/fluxcd/flux-cli`,
      'flux2.helmController.image': `${registry}/fluxcd/helm-controller`,
      'flux2.sourceController.image': `${registry}/fluxcd/source-controller`,
      'regional.telemetry.mode': 'disabled',
      'regional.telemetry.controller.image': image('kcm-telemetry'),
      'regional.cert-manager.image': image('jetstack/cert-manager-controller'),
      'regional.cert-manager.webhook.image': image('jetstack/cert-manager-webhook'),
      'regional.cert-manager.cainjector.image': image('jetstack/cert-manager-cainjector'),
      'regional.cert-manager.startupapicheck.image': image('jetstack/cert-manager-startupapicheck'),
      'regional.cluster-api-operator.image.manager': image('capi-operator/cluster-api-operator'),
      'regional.velero.image': image('velero/velero'),
      'rbac-manager.enabled': true,
      'rbac-manager.image': image('reactiveops/rbac-manager'),
      'k0rdent-ui.image': image('k0rdent-ui'),
      'datasourceController.image': image('datasource-controller'),
    }
    for (const [path, wanted] of Object.entries(rows)) {
      const found = path
        .split('.')
        .reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], values)
      expect(found, path).toEqual(wanted)
    }
  })

  it('merges the user’s values where they have the same type', () => {
    const addon = ', values: {k0rdent-ui: {enabled: false}, rbac-manager: {enabled: false}}'
    expect(helmOf(planOf({ addon })).values).toMatchObject({
      'k0rdent-ui': { enabled: false, image: { repository: '10.0.0.1:5000/k0rdent-ui' } },
      'rbac-manager': { enabled: false },
    })
    expect(findings(outcome(spec({ addon: ', values: {flux2: x}' })))).toEqual([
      'spec/malformed addons.k0rdent.values.flux2',
    ])
  })
})

describe('helm takes the chart from', () => {
  const packaged = '/var/lib/gen-node/charts/k0rdent-enterprise-1.2.2.tgz'
  type Row = readonly [version: string | null, registry: string, host: string]
  const rows: readonly Row[] = [
    ['1.27.5', '', 'localhost:5000'],
    ['v1.32.13+k0s.0', 'port: 5005', 'localhost:5005'],
    // The registry does not answer on localhost.
    ['1.32.13', 'listen: 10.0.0.1', 'package'],
    ['1.33.1', '', 'package'],
    ['1.36.3', '', 'package'],
    [null, '', 'package'],
    ['1.33', 'listen: "::"', 'package'],
    // helm never uses plain HTTP with another host.
    ['1.32.13', external('http'), 'package'],
    ['1.34.2', external('http'), 'package'],
    // A certificate that the system trusts.
    ['1.27.5', external('https'), 'r.site:5001'],
    [null, external('https'), 'r.site:5001'],
    // k0s refuses the URL of an OCI repository before these patches.
    ...['1.29.15', '1.30.13', '1.31.9', '1.32.5', '1.33.1', '1.33', null].map(
      (version): Row => [version, tls, 'package'],
    ),
    ...['1.30.14', '1.31.10', '1.32.6', '1.33.2', '1.34.1', '1.34', '1.36.3'].map(
      (version): Row => [version, tls, '10.0.0.1:5000'],
    ),
    ['1.34.2', `${external('https')}, ca: {file: tls}`, 'r.site:5001'],
    // helm before 3.18 uses plain HTTP with localhost.
    ['1.34.2', `run: every-node, ${tls}`, 'package'],
    ['1.34.2', 'run: external, address: "https://localhost:5000"', 'package'],
    // k0s would write the password into an object of the cluster.
    ['1.34.2', `${tls}, ${auth}`, 'package'],
    ['1.32.13', auth, 'package'],
  ]
  it.each(rows)('k0s %s, registry {%s}: %s', (version, registry, host) => {
    const plan = planOf({ version, registry })
    const { chart, repositories } = helmOf(plan)
    const isPackage = host === 'package'
    const chartname = isPackage ? packaged : `oci://${host}/charts/k0rdent-enterprise`
    expect(chart.chartname).toBe(chartname)
    expect(linesOf({ version, registry }).map(lines => lines !== '')).toEqual([isPackage])
    const ca = registry.includes('ca:') && !isPackage
    const repository = { name: 'k0rdent', url: `oci://${host}`, caFile: '/etc/k0s/registry-ca.pem' }
    expect(repositories).toEqual(ca ? [repository] : [])
    expect(textAt(plan, /^\/etc\/k0s\/registry-ca\.pem$/)).toBe(ca ? certificate : null)
  })

  it('the same place on every controller', () => {
    const nodes = [controller, '{name: c2, role: controller, address: 10.0.0.2}']
    for (const registry of ['', tls]) {
      const text = spec({ registry, nodes })
      const [first, second] = good(sourceOf(text), outcome(text)).map(helmOf)
      expect(second).toEqual(first)
    }
  })

  it('a package with the tag that helm makes of a version', () => {
    const [lines] = linesOf({ addon: '+build.4' })
    expect(lines).toContain('chart_tag=1.2.2_build.4\n')
    expect(lines).toContain('chart=/var/lib/gen-node/charts/k0rdent-enterprise-1.2.2+build.4.tgz\n')
  })

  it('a package on controllers only', () => {
    const nodes = [controller, '{name: w1, role: worker}', '{name: c2, role: controller}']
    expect(linesOf({ nodes }).map(lines => lines !== '')).toEqual([true, false, true])
    const without = specOf(sourceOf(aSpec({ nodes })))
    expect(without.nodes.map(node => chartLines(without, node))).toEqual(['', '', ''])
  })
})

describe('flux', () => {
  const namespace = {
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name: 'kcm-system' },
  }
  const secret = (name: string, stringData: object) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', stringData },
    metadata: { name, namespace: 'kcm-system' },
  })
  const caSecret = secret('registry-ca', { 'ca.crt': certificate })
  const userSecret = secret('registry-credentials', { username: 'u', password })
  const http = { insecureRegistry: true }
  const https = { registryCertSecret: 'registry-ca' }
  const user = { registryCredsSecret: 'registry-credentials' }
  const rows: readonly (readonly [registry: string, access: object, objects: readonly object[]])[] =
    [
      ['', http, []],
      [external('http'), http, []],
      [external('https'), {}, []],
      [tls, https, [namespace, caSecret]],
      [auth, { ...http, ...user }, [namespace, userSecret]],
      [`${tls}, ${auth}`, { ...https, ...user }, [namespace, caSecret, userSecret]],
      [`${external('https')}, ca: {file: tls}`, https, [namespace, caSecret]],
      [`${external('http')}, ${auth}`, { ...http, ...user }, [namespace, userSecret]],
    ]
  it.each(rows)('with registry {%s} has %o', (registry, access, objects) => {
    const plan = planOf({ registry })
    const { globalRegistry, templatesRepoURL, ...rest } = helmOf(plan).values.controller as Record<
      string,
      unknown
    >
    expect(`oci://${globalRegistry}/charts`).toBe(templatesRepoURL)
    expect(rest).toEqual(access)
    const manifest = textAt(plan, /^\/var\/lib\/k0s\/manifests\//)
    const documents = manifest?.split(/^---\n/m) ?? []
    expect(documents.map(text => parseYaml(text).value)).toEqual(objects)
  })

  it('reads the password from a file of root only, and no other file has it in clear text', () => {
    const { files } = planOf({ registry: `${tls}, ${auth}` })
    const words = ['horse', Buffer.from(`u:${password}`).toString('base64')]
    const withPassword = files.filter(({ content }) =>
      words.some(word => Buffer.from(content).includes(word)),
    )
    expect(withPassword.map(({ path }) => path.replace(/.*\//, '')).sort()).toEqual([
      ...Array(5).fill('hosts.toml'),
      'k0rdent-registry.yaml',
    ])
    expect(new Set(withPassword.map(({ mode }) => mode))).toEqual(new Set([0o600]))
  })

  it('is warned about a registry that pods do not reach', () => {
    const found = (fields: Fields) => findings(loadSpec(sourceOf(spec(fields))))
    const single = '{name: s1, role: single, address: 10.0.0.1}'
    for (const [registry] of rows) expect(found({ registry }), registry).toEqual([])
    expect(found({ nodes: [single] })).toEqual([])
    const local = ['k0s/k0rdent-registry-local addons.k0rdent']
    expect(found({ nodes: [single], registry: 'listen: 127.0.0.1' })).toEqual(local)
    expect(found({ registry: 'run: every-node' })).toEqual(local)
    expect(found({ registry: 'run: external, address: "http://[::1]:5000"' })).toEqual(local)
    expect(found({ registry: 'run: none' })).toEqual([
      'k0s/k0rdent-without-registry addons.k0rdent',
    ])
  })

  it('reaches the registry of a cluster of one node', () => {
    const unit = (addon: object) => {
      const nodes = ['{name: s1, role: single, address: 10.0.0.1}']
      const text = aSpec({ nodes, ...addon })
      const [plan] = good(sourceOf(text), outcome(text))
      return plan?.units.find(({ name }) => name === 'gen-node-registry.service')?.content
    }
    expect(unit({ addons: '{k0rdent: {version: 1.2.2}}' })).toContain('--host 0.0.0.0')
    expect(unit({})).toContain('--host 127.0.0.1')
  })
})

describe('containerd', () => {
  it('pulls the images of k0rdent by the name of the registry', () => {
    const mirror = (registry: string) => textAt(planOf({ registry }), /_500[01]_\/hosts\.toml$/)
    expect(mirror('')).toContain('server = "http://10.0.0.1:5000"')
    expect(mirror(tls)).toContain('ca = "ca.pem"')
    expect(mirror(external('http'))).toContain('server = "http://r.site:5001"')
    expect(mirror(`${external('https')}, ca: {file: tls}`)).toContain('ca = "ca.pem"')
  })
})

describe('images', () => {
  it('are the charts of the addons in the spec', () => {
    const images = (text: string) => good(sourceOf(text), k0s.images(specOf(sourceOf(text))))
    expect(images(aSpec())).toEqual([])
    expect(images(spec({}))).toEqual([
      { repository: 'charts/k0rdent-enterprise', tag: '1.2.2', from: ['addons', 'k0rdent'] },
    ])
    expect(images(spec({ addon: '+build.4' }))).toMatchObject([{ tag: '1.2.2_build.4' }])
  })
})
