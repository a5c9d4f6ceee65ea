/** The plan of a k3s node: its roles, tokens, registries and unit. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../src/codec/text.ts'
import { lacks, newerOptions, parseVersion } from '../../src/distro/k3s/facts.ts'
import { k3s } from '../../src/distro/k3s/k3s.ts'
import { resolve } from '../../src/model/resolve.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { casesFolder, fetch, good, sourceOf } from '../lib/cases.ts'
import { loadSpec, type NodePlan, needs, type Outcome, parseYaml, plan } from '../lib/stages.ts'

const files = new Map([
  ['one.token', encodeUtf8('hull-4\n')],
  ['two.token', encodeUtf8('hull-5\n')],
  ['full.token', encodeUtf8(`K10${'ab'.repeat(32)}::server:secret\n`)],
  ['node.token', encodeUtf8(`K10${'ab'.repeat(32)}::node:secret\n`)],
  ['bootstrap.token', encodeUtf8('abcdef.0123456789abcdef\n')],
  ['a.pem', encodeUtf8('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
  ['a.key', encodeUtf8('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')],
])

function outcome(fields: SpecFields): Outcome<readonly NodePlan[]> {
  const source = sourceOf(aSpec({ distro: 'k3s', bootstrap: null, ...fields }))
  const spec = loadSpec(source)
  const env = new Map([['PASSWORD', 'correct horse']])
  return spec.ok ? plan(spec.value, { files, trees: new Map(), env, sops: new Map() }) : spec
}

function plansOf(fields: SpecFields): readonly NodePlan[] {
  return good(sourceOf(''), outcome(fields))
}

const rulesOf = (fields: SpecFields) => outcome(fields).diagnostics.map(({ rule }) => rule)

function content(plan: NodePlan | undefined, path: string): string | null {
  const file = plan?.files.find(file => file.path === path)
  return file === undefined ? null : decodeUtf8(file.content)
}

const settings = '/etc/rancher/k3s'
const configOf = (plan: NodePlan | undefined) =>
  parseYaml(content(plan, `${settings}/config.yaml`) ?? '').value
const registriesOf = (plan: NodePlan | undefined) =>
  parseYaml(content(plan, `${settings}/registries.yaml`) ?? '').value
const server = '{name: c1, role: controller, address: 10.0.0.1}'
const agent = '{name: w1, role: worker, address: 10.0.0.2}'

describe('config.yaml', () => {
  it('of the first server begins a cluster with etcd, of a single node one with SQLite', () => {
    const [first] = plansOf({ nodes: [server] })
    expect(configOf(first)).toEqual({
      'cluster-init': true,
      'tls-san': ['10.0.0.1'],
      'node-ip': ['10.0.0.1'],
    })
    const [single] = plansOf({ nodes: ['{name: s1, role: single}'] })
    expect(configOf(single)).toEqual({})
  })

  it('of a joining server and of an agent names the first server and the token file', () => {
    const joining = '{name: c2, role: controller, address: 10.0.0.3, workloads: false}'
    const [, second, worker] = plansOf({ nodes: [server, joining, agent] })
    expect(configOf(second)).toEqual({
      server: 'https://10.0.0.1:6443',
      'token-file': `${settings}/token`,
      'tls-san': ['10.0.0.3', '10.0.0.1'],
      'node-ip': ['10.0.0.3'],
      'node-taint': ['CriticalAddonsOnly=true:NoExecute'],
    })
    expect(configOf(worker)).toEqual({
      server: 'https://10.0.0.1:6443',
      'token-file': `${settings}/token`,
      'node-ip': ['10.0.0.2'],
    })
  })

  it('contains distro.config: settings of servers on servers only, lists appended', () => {
    const config = '{disable: traefik, https-listen-port: 7443, tls-san: api.site, debug: true}'
    const [first, worker] = plansOf({
      distro: `{name: k3s, config: ${config}}`,
      nodes: [server, agent],
    })
    expect(configOf(first)).toMatchObject({
      disable: ['traefik'],
      'https-listen-port': 7443,
      'tls-san': ['10.0.0.1', 'api.site'],
      debug: true,
    })
    expect(configOf(worker)).toEqual({
      server: 'https://10.0.0.1:7443',
      'token-file': `${settings}/token`,
      'node-ip': ['10.0.0.2'],
      debug: true,
    })
  })

  it('with a datastore of its own has neither cluster-init nor a server to join', () => {
    const joining = '{name: c2, role: controller, address: 10.0.0.3}'
    const distro = '{name: k3s, config: {datastore-endpoint: "postgres://u:p@db/k3s"}}'
    for (const plan of plansOf({ distro, nodes: [server, joining] })) {
      expect(configOf(plan)).not.toHaveProperty('cluster-init')
      expect(configOf(plan)).not.toHaveProperty('server')
    }
  })

  it.each([
    ['{spec: {network: {}}}', 'spec/unknown-key'],
    ['{disabel: traefik}', 'spec/unknown-key'],
    ['{disable: treafik}', 'spec/malformed'],
    ['{flannel-backend: ipsec}', 'spec/unknown-value'],
    ['{write-kubeconfig-mode: 0644}', 'spec/unquoted'],
    ['{debug: yes}', 'spec/yes-no'],
    ['{system-default-registry: "https://reg.site"}', 'spec/malformed'],
    ['{tls-san: }', 'spec/no-value'],
  ])('%s is refused', (config, rule) => {
    const found = rulesOf({ distro: `{name: k3s, config: ${config}}`, nodes: [server] })
    expect(found).toContain(rule)
  })
})

describe('tokens', () => {
  const tokenOf = (plan: NodePlan | undefined) => content(plan, `${settings}/token`)
  const agentTokenOf = (plan: NodePlan | undefined) => content(plan, `${settings}/agent-token`)

  it('one token is the token of all nodes', () => {
    const plans = plansOf({ token: '{file: one.token}', nodes: [server, agent] })
    expect(plans.map(tokenOf)).toEqual(['hull-4\n', 'hull-4\n'])
    expect(plans.map(agentTokenOf)).toEqual([null, null])
  })

  it('another token of workers is the token of agents on servers', () => {
    const roles = '{controller: {token: {file: one.token}}, worker: {token: {file: two.token}}}'
    const plans = plansOf({ roles, nodes: [server, agent] })
    expect(plans.map(tokenOf)).toEqual(['hull-4\n', 'hull-5\n'])
    expect(plans.map(agentTokenOf)).toEqual(['hull-5\n', null])
  })

  it.each(['full', 'node', 'bootstrap'])('servers set no %s token for agents', kind => {
    const roles = `{worker: {token: {file: ${kind}.token}}}`
    expect(plansOf({ roles, nodes: [server, agent] }).map(agentTokenOf)).toEqual([null, null])
  })

  it.each([
    ['node', 'k3s/token-of-agents'],
    ['bootstrap', 'k3s/token-of-agents'],
    ['one', 'k3s/server-tokens-differ'],
  ])('a server cannot join with the %s token', (kind, rule) => {
    const joining = `{name: c2, role: controller, address: 10.0.0.3, token: {file: ${kind}.token}}`
    expect(rulesOf({ nodes: [server, joining] })).toEqual([rule])
  })
})

describe('registries.yaml', () => {
  const mirrors = (list: readonly string[], more: SpecFields = {}) =>
    registriesOf(plansOf({ bootstrap: '10.0.0.1', mirrors: list, nodes: [agent], ...more })[0])
  const own = { endpoint: ['http://10.0.0.1:5000'] }

  it('has the endpoints of each mirror, and the registry under its own name', () => {
    expect(mirrors(['docker.io', '"*"'])).toEqual({
      mirrors: { 'docker.io': own, '*': own, '10.0.0.1:5000': own },
    })
  })

  it('has the upstream as the last endpoint where another mirror has no fallback', () => {
    expect(mirrors(['docker.io', '{host: quay.io, fallback: none}'])).toMatchObject({
      mirrors: {
        'docker.io': { endpoint: [own.endpoint[0], 'https://registry-1.docker.io'] },
        'quay.io': own,
      },
    })
  })

  it('has the settings of a mirror under the host and port of each endpoint', () => {
    const mirror =
      '{host: ghcr.io, endpoints: ["https://a.site:5000/p/v2", "https://b.site"], ca: {file: a.pem}, client: {cert: {file: a.pem}, key: {file: a.key}}, skipVerify: true, auth: {username: u, password: {env: PASSWORD}}, rewrite: {"^a/": b/}}'
    const tls = (host: string) => ({
      ca_file: `${settings}/certs.d/${host}/ca.pem`,
      cert_file: `${settings}/certs.d/${host}/client.pem`,
      key_file: `${settings}/certs.d/${host}/client-key.pem`,
      insecure_skip_verify: true,
    })
    const auth = { username: 'u', password: 'correct horse' }
    expect(mirrors([mirror], { registry: '{run: none}' })).toEqual({
      mirrors: {
        'ghcr.io': {
          endpoint: ['https://a.site:5000/p/v2', 'https://b.site'],
          rewrite: { '^a/': 'b/' },
        },
      },
      configs: {
        'a.site:5000': { auth, tls: tls('a.site_5000_') },
        'b.site': { auth, tls: tls('b.site') },
      },
    })
  })

  it('is secret only where it contains a password', () => {
    const modes = (mirror: string) =>
      plansOf({ bootstrap: '10.0.0.1', mirrors: [mirror], nodes: [agent] })[0]
        ?.files.filter(({ path }) => path.endsWith('/registries.yaml'))
        .map(({ mode, layer }) => [mode, layer])
    const external = 'host: quay.io, endpoints: ["https://a.site"]'
    expect(modes('quay.io')).toEqual([[0o644, 'instance']])
    expect(modes(`{${external}, auth: {username: u, password: {env: PASSWORD}}}`)).toEqual([
      [0o600, 'instance'],
    ])
  })

  it('is that of `registries`, which no mirror may accompany', () => {
    const registries = '{mirrors: {docker.io: {endpoint: ["https://a.site"]}}}'
    const given = { registries, bootstrap: '10.0.0.1', nodes: [agent] }
    expect(registriesOf(plansOf(given)[0])).toEqual({
      mirrors: { 'docker.io': { endpoint: ['https://a.site'] } },
    })
    expect(rulesOf({ ...given, mirrors: ['quay.io'] })).toContain('spec/one-of')
  })
})

describe('`registries`', () => {
  const rules = (registries: string) =>
    rulesOf({ registries, bootstrap: '10.0.0.1', nodes: [agent] })
  const auth = (fields: string) => `{configs: {a.site: {auth: {${fields}}}}}`

  it('has identity_token, not token', () => {
    const found = outcome({
      registries: auth('token: x'),
      bootstrap: '10.0.0.1',
      nodes: [agent],
    }).diagnostics
    expect(found).toMatchObject([
      { rule: 'spec/unknown-key', args: { key: 'token', nearest: 'identity_token' } },
    ])
  })

  it('a misspelt key gives no finding about the entry without it', () => {
    expect(rules('{mirrors: {docker.io: {endpoints: ["https://a.site"]}}}')).toEqual([
      'spec/unknown-key',
    ])
  })

  it('a fallback of none needs a version that has the setting', () => {
    const registries = '{mirrors: {docker.io: {endpoint: ["https://a.site"]}}}'
    const fields = { registries, fallback: 'none', bootstrap: '10.0.0.1', nodes: [agent] }
    const of = (version: string) =>
      rulesOf({ ...fields, distro: `{name: k3s, version: ${version}}` })
    expect(of('1.28.5')).toEqual(['k3s/option-needs-newer'])
    expect(of('1.28.6')).toEqual([])
  })

  it.each([
    ['{mirror: {}}', 'spec/unknown-key'],
    ['{config: {}}', 'spec/unknown-key'],
    ['{mirrors: {docker.io: {endpoints: []}}}', 'spec/unknown-key'],
    ['{mirrors: {index.docker.io: {endpoint: ["https://a.site"]}}}', 'mirror/docker-hub-host'],
    ['{mirrors: {"*.site": {endpoint: ["https://a.site"]}}}', 'spec/malformed-key'],
    [
      '{mirrors: {a.b: {endpoint: ["https://a.site", "https://a.site/v2"]}}}',
      'mirror/endpoint-twice',
    ],
    ['{mirrors: {a.b: {endpoint: ["https://a.site:x"]}}}', 'spec/malformed'],
    ['{configs: {"a.site/v2": {tls: {}}}}', 'k3s/config-key'],
    ['{configs: {a.site: {tls: {cert_file: /a.pem}}}}', 'spec/missing-key'],
    ['{configs: {a.site: {tls: {ca_file: a.pem}}}}', 'spec/relative-path'],
    [auth('username: u'), 'spec/missing-key'],
    [auth('username: u, password: {env: PASSWORD}, auth: {env: PASSWORD}'), 'spec/one-of'],
    [auth(''), 'spec/one-of'],
  ])('%s is refused', (registries, rule) => expect(rules(registries)).toContain(rule))
})

it('CA certificates that registries.yaml or the cluster uses are checked for their hosts', () => {
  const registries =
    '{mirrors: {docker.io: {endpoint: ["https://a.site:5000"]}}, configs: {"a.site:5000": {tls: {ca_file: /etc/a.pem}}}}'
  const tls = '/var/lib/rancher/k3s/server/tls'
  const file = (path: string, name: string) => `{path: ${path}, file: files/${name}}`
  const files = [
    file('/etc/a.pem', 'site-ca.pem'),
    file(`${tls}/server-ca.crt`, 'site-ca.pem'),
    file(`${tls}/server-ca.key`, 'registry.key'),
  ]
  const node = `{name: c1, role: controller, files: [${files.join(', ')}]}`
  const source = sourceOf(aSpec({ distro: 'k3s', registries, nodes: [node] }))
  const spec = good(source, loadSpec(source))
  const supplies = fetch(needs(spec), join(casesFolder, 'registry-guarded'))
  const uses = k3s.certificates(good(source, resolve(spec, supplies)))
  expect(uses.trusts).toMatchObject([{ addresses: ['a.site'] }])
  expect(uses.authorities).toHaveLength(1)
  expect(uses.authorities[0]?.key).not.toBeNull()
})

describe('the unit', () => {
  it('is enabled by the first boot, and starts k3s with the arguments of the node', () => {
    const [plan] = plansOf({
      bootstrap: '10.0.0.1',
      nodes: [
        '{name: w1, role: worker, os: flatcar, args: ["--kubelet-arg=v=2", "--node-name", "a b"]}',
      ],
    })
    const unit = plan?.units.find(({ name }) => name === 'k3s-agent.service')
    expect(unit).toMatchObject({ enabled: false, layer: 'instance' })
    expect(unit?.content).toContain(
      'ExecStart=/opt/bin/k3s \\\n    agent \\\n\t--kubelet-arg=v=2 \\\n\t--node-name \\\n\t"a b" \\\n\n',
    )
  })

  it('has an empty file of variables, unless the spec has one', () => {
    const path = '/etc/systemd/system/k3s.service.env'
    expect(content(plansOf({ nodes: [server] })[0], path)).toBe('')
    const file = `files: [{path: ${path}, content: "HTTPS_PROXY=x\\n", mode: "0600"}]`
    const [given] = plansOf({ nodes: [`{name: c1, role: controller, ${file}}`] })
    expect(content(given, path)).toBe('HTTPS_PROXY=x\n')
  })
})

describe('versions', () => {
  it.each(['1.33.4', 'v1.33.4', 'v1.33.4+k3s1', '1.33.4-k3s1'])('%s is parsed', version =>
    expect(parseVersion(version)).toEqual([1, 33, 4]),
  )
  it.each(['2.0.0', 'stable', '1'])('%s is no version', version =>
    expect(parseVersion(version)).toBeNull(),
  )
  const [option] = newerOptions
  it.each([
    ['1.25.16', true],
    ['1.28.5', true],
    ['1.28.6', false],
    ['1.28', false],
    ['1.30.0', false],
    [null, false],
  ])('%s lacks the setting: %s', (version, expected) =>
    expect(option !== undefined && lacks(version, option)).toBe(expected),
  )
})
