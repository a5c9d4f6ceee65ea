/** distro.config of k0s: every error gives one finding at its line and column. */
import { describe, expect, it } from 'vitest'
import { clusterConfig } from '../../src/distro/k0s/cluster-config.ts'
import { factsOf, k0sFacts, newerConfigFields } from '../../src/distro/k0s/facts.ts'
import { type Field, mapping } from '../../src/distro/parts/config-field.ts'
import { aSpec } from '../lib/builders.ts'
import { sourceOf } from '../lib/cases.ts'
import { loadSpec, locate } from '../lib/stages.ts'

const nodes = 'nodes: [{name: c1, role: controller, address: 10.0.0.1}]\n'

/** The findings of a spec with this configuration: rule, line in the configuration, column, message. */
function findings(config: string, version = ''): readonly string[] {
  const indented = config.replaceAll(/^/gm, '    ')
  const distro = version === '' ? '' : `  version: ${version}\n`
  const before = `apiVersion: gen-node/v1\n${nodes}distro:\n  name: k0s\n${distro}  config:\n`
  const source = sourceOf(`${before}${indented}\n`)
  const first = before.split('\n').length
  return locate(source, loadSpec(source).diagnostics).map(
    ({ rule, range, message }) =>
      `${rule} ${(range?.line ?? 0) - first + 1}:${(range?.column ?? 0) - 4} ${message}`,
  )
}

describe('ten errors at different depths', () => {
  const errors: Readonly<Record<string, readonly [config: string, finding: string]>> = {
    'an unknown key below spec': [
      'spec:\n  telemtry: {enabled: false}',
      'spec/unknown-key 2:3 unknown key "telemtry"',
    ],
    'an unknown key of the API, which k0s ignores': [
      'spec:\n  api:\n    adress: 10.0.0.1',
      'spec/unknown-key 3:5 unknown key "adress"',
    ],
    'a port in quotes': [
      'spec:\n  api:\n    port: "6443"',
      'spec/malformed 3:11 "6443" is not a whole number without quotes, from 1 to 65535',
    ],
    'a mapping in place of a list': [
      'spec:\n  api:\n    sans:\n      first: c1.site',
      'spec/malformed 3:5 a mapping is not a list',
    ],
    'values of a chart as a mapping': [
      'spec:\n  extensions:\n    helm:\n      charts:\n        - {name: a, chartname: site/a, namespace: a, values: {replicas: 2}}',
      'spec/malformed 5:54 a mapping is not a text of YAML (`values: |`)',
    ],
    'a version that loses a digit': [
      'spec:\n  images:\n    coredns:\n      version: 1.10',
      'spec/unquoted 4:16 YAML reads 1.10 as a number, but the field is a text',
    ],
    'an unknown network provider': [
      'spec:\n  network:\n    provider: cilium',
      'spec/unknown-value 3:15 unknown value "cilium"',
    ],
    'a host name as the address of the API': [
      'spec:\n  api:\n    address: c1.site',
      'spec/malformed 3:14 "c1.site" is not an IP address of the controller (put host names into sans)',
    ],
    'a number among the arguments': [
      'spec:\n  storage:\n    etcd:\n      extraArgs:\n        quota-backend-bytes: 8589934592',
      'spec/unquoted 5:30 YAML reads 8589934592 as a number, but the field is a text',
    ],
    'a missing key in an item of a list': [
      'spec:\n  network:\n    controlPlaneLoadBalancing:\n      keepalived:\n        vrrpInstances:\n          - authPass: secret',
      'spec/missing-key 6:13 "virtualIPs" is missing',
    ],
  }
  for (const [name, [config, finding]] of Object.entries(errors)) {
    it(name, () => expect(findings(config)).toEqual([finding]))
  }

  it('are reported together, and with the other errors of the spec', () => {
    const configs = Object.values(errors).map(([config]) => findings(config))
    expect(configs.flat()).toHaveLength(10)
    const distro = '{config: {spec: {api: {port: "1"}, images: []}}}'
    const source = sourceOf(aSpec({ bootstrap: '"a b"', distro }))
    expect(loadSpec(source).diagnostics.map(({ path }) => path.join('.'))).toEqual([
      'bootstrap',
      'distro.config.spec.api.port',
      'distro.config.spec.images',
    ])
  })
})

describe('a value', () => {
  const wrong: Readonly<Record<string, string>> = {
    '{spec: {api: {address: "0.0.0.0"}}}': 'spec/malformed',
    '{spec: {api: {k0sApiPort: 0}}}': 'spec/malformed',
    '{spec: {api: {sans: [c1.site, "https://c1"]}}}': 'spec/malformed',
    '{spec: {api: {sans: [5]}}}': 'spec/unquoted',
    '{spec: {api: {ca: {expiresAfter: 10y}}}}': 'spec/malformed',
    '{spec: {api: {onlyBindToAddress: yes}}}': 'spec/yes-no',
    '{spec: {api: {onlyBindToAddress: "true"}}}': 'spec/malformed',
    '{spec: {network: {podCIDR: 10.244.0.0}}}': 'spec/malformed',
    '{spec: {network: {podCIDR: 10.244.0.0/33}}}': 'spec/malformed',
    '{spec: {network: {kubeProxy: {mode: nft}}}}': 'spec/unknown-value',
    '{spec: {network: {calico: {mtu: 1450.5}}}}': 'spec/malformed',
    '{spec: {network: {provider: null}}}': 'spec/no-value',
    '{spec: {network: {provider: 5}}}': 'spec/unquoted',
    '{spec: {featureGates: [{name: A, enabled: true, components: []}]}}': 'spec/malformed',
    '{spec: {featureGates: [{nam: A, enabled: true}]}}': 'spec/unknown-key',
    '{spec: {workerProfiles: [{name: Big_1, values: {}}]}}': 'spec/malformed',
    '{spec: {workerProfiles: [{name: a, values: {clusterDomain: x.y}}]}}':
      'k0s/worker-profile-reserved',
    '{spec: {workerProfiles: [{name: a}]}}': 'spec/missing-key',
    '{metadata: {nam: edge}}': 'spec/unknown-key',
    '{status: {x: 1}}': 'spec/unknown-key',
    '{spec: {extensions: {helm: {charts: [{name: A, chartname: b, namespace: c}]}}}}':
      'spec/malformed',
  }
  for (const [config, rule] of Object.entries(wrong)) {
    it(`${config} is ${rule}`, () =>
      expect(findings(config).map(finding => finding.split(' ')[0])).toEqual([rule]))
  }

  const right = [
    '{spec: {network: {calico: null, dualStack: {}, kuberouter: {hairpin: Enabled}}}}',
    '{spec: {extensions: {helm: {charts: null, repositories: []}}, storage: null}}',
    '{spec: {extensions: {helm: {charts: [{name: a.b, chartname: c, namespace: d, timeout: 20m}]}}}}',
    '{spec: {extensions: {helm: {charts: [{name: a, chartname: c, namespace: d, timeout: 5}]}}}}',
    '{spec: {workerProfiles: [{name: big, values: {maxPods: 200, evictionHard: {a: b}}}]}}',
    '{spec: {images: {coredns: {version: v1.11.1@sha256:0123456789abcdef0123456789abcdef}}}}',
    '{spec: {api: {sans: ["fd00::1", c1.site, my_host.]}}}',
    '{spec: {api: {ca: {expiresAfter: 87600h0m0s}}}}',
    '{metadata: {name: k0s, creationTimestamp: null, labels: {a: b}}, status: {}}',
    '{apiVersion: k0s.k0sproject.io/v1, kind: Cluster}',
  ]
  it.each(right)('%s is accepted', config => expect(findings(config)).toEqual([]))

  it('of a secret is not shown', () => {
    const repository = '{name: a, url: b, password: 4711}'
    const config = `{spec: {extensions: {helm: {repositories: [${repository}]}}}}`
    expect(findings(config)).toEqual(['spec/malformed 1:72 this secret is not a text in quotes'])
  })
})

describe('fields of newer versions', () => {
  const config = 'spec:\n  network:\n    coreDNS: {patches: []}'
  it('are refused for an older version', () => {
    expect(findings(config, '1.35.7')).toEqual([
      'k0s/config-needs-newer 3:5 k0s 1.35.7 does not have "coreDNS": it is new in 1.36',
    ])
    const nested =
      'spec: {network: {controlPlaneLoadBalancing: {keepalived: {disableLoadBalancer: true}}}}'
    expect(findings(nested, '1.29.2')).toHaveLength(1)
    expect(
      findings('spec: {network: {nodeLocalLoadBalancing: {type: Traefik}}}', '1.35.0'),
    ).toEqual(['k0s/config-needs-newer 1:49 k0s 1.35.0 does not have "Traefik": it is new in 1.36'])
  })
  it('are accepted for their version, a later one and an unknown one', () => {
    expect(['1.36.0', '1.40.1', ''].flatMap(version => findings(config, version))).toEqual([])
  })

  it('are all in the table of fields', () => {
    for (const { path, value } of newerConfigFields) {
      const field = path.split('.').reduce<Field | undefined>(stepInto, clusterConfig)
      expect(field, path).toBeDefined()
      if (value !== null) expect(field).toMatchObject({ kind: 'choice' })
    }
    const minors = newerConfigFields.map(({ since }) => since)
    expect(minors).toEqual([...minors].sort((a, b) => a - b))
    expect(factsOf('1.28.0')).toEqual(k0sFacts[0])
  })

  function stepInto(field: Field | undefined, step: string): Field | undefined {
    const { fields } = field?.kind === 'mapping' ? field : mapping({})
    const found = fields[step.replace('[]', '')]
    return step.endsWith('[]') && found?.kind === 'list' ? found.items : found
  }
})
