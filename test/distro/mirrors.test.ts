/** The text of hosts.toml for each setting of a mirror. */

import { describe, expect, it } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../src/codec/text.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { good, sourceOf } from '../lib/cases.ts'
import { loadSpec, type NodePlan, plan } from '../lib/stages.ts'

const env = new Map([
  ['PASSWORD', 'correct horse'],
  ['TWO_LINES', 'a\nb'],
])
const pem = (label: string) =>
  encodeUtf8(`-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`)
const files = new Map([
  ['a.pem', pem('CERTIFICATE')],
  ['a.key', pem('PRIVATE KEY')],
])
const supplies = { files, trees: new Map(), env, sops: new Map() }

function planOf(text: string): NodePlan {
  const source = sourceOf(text)
  const spec = good(source, loadSpec(source))
  return good(source, plan(spec, supplies))[0] as NodePlan
}

const folder = '/etc/k0s/containerd.d/certs.d'
const worker = (mirror: string, fields: SpecFields = {}) =>
  aSpec({ bootstrap: '192.168.1.10', mirrors: [mirror], ...fields })

/** hosts.toml of the only mirror besides the registry itself, and its mode. */
function hosts(mirror: string, fields: SpecFields = {}): string {
  const hostFiles = (text: string) =>
    planOf(text).files.filter(({ path }) => path.endsWith('/hosts.toml'))
  const ownPaths = hostFiles(aSpec({ bootstrap: '192.168.1.10', mirrors: [], ...fields })).map(
    ({ path }) => path,
  )
  const files = hostFiles(worker(mirror, fields)).filter(({ path }) => !ownPaths.includes(path))
  expect(files).toHaveLength(1)
  const [file] = files
  const text = decodeUtf8(file?.content ?? new Uint8Array())
  return `# ${file?.path.slice(folder.length)} ${file?.mode.toString(8)}\n${text}`
}

describe('hosts.toml', () => {
  const settings: Readonly<Record<string, string>> = {
    'the default': 'quay.io',
    'no fallback': '{host: quay.io, fallback: none}',
    'docker.io': 'docker.io',
    'all other hosts': '"*"',
    'all other hosts, without fallback': '{host: _default, fallback: none}',
    'a port': 'registry.site:5000',
    'an IPv6 host': '"[fd00::1]:5000"',
    'another server': '{host: quay.io, server: "https://q.site/v2"}',
    'two endpoints': '{host: quay.io, endpoints: ["http://10.0.0.1:5000", "https://m.site"]}',
    'two endpoints, without fallback':
      '{host: quay.io, fallback: none, endpoints: ["http://10.0.0.1:5000", "http://10.0.0.2:5000"]}',
    capabilities: '{host: quay.io, capabilities: [pull, push]}',
    'TLS not verified': '{host: quay.io, endpoints: ["https://m.site"], skipVerify: true}',
    'an unchanged path': '{host: quay.io, endpoints: ["https://m.site/v2/q"], overridePath: true}',
    certificates:
      '{host: quay.io, endpoints: ["https://m.site"], ca: {file: a.pem}, client: {cert: {file: a.pem}, key: {file: a.key}}}',
    'a header': '{host: quay.io, header: {X-Site: "hull \\"4\\""}}',
    'a secret header': '{host: quay.io, header: {X-Site: {env: PASSWORD}}}',
    'an inline secret header': '{host: quay.io, header: {Authorization: Bearer abc}}',
    'a password':
      '{host: quay.io, fallback: none, auth: {username: site, password: {env: PASSWORD}}}',
  }
  it('has the host and its settings', () => {
    const all = Object.entries(settings).map(([name, mirror]) => `## ${name}\n${hosts(mirror)}`)
    expect(all.join('\n')).toMatchInlineSnapshot(`
      "## the default
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## no fallback
      # /quay.io/hosts.toml 644
      server = "http://192.168.1.10:5000"
      capabilities = [ "pull", "resolve" ]

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## docker.io
      # /docker.io/hosts.toml 644
      server = "https://registry-1.docker.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## all other hosts
      # /_default/hosts.toml 644
      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## all other hosts, without fallback
      # /_default/hosts.toml 644
      server = "http://192.168.1.10:5000"
      capabilities = [ "pull", "resolve" ]

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## a port
      # /registry.site_5000_/hosts.toml 644
      server = "https://registry.site:5000"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## an IPv6 host
      # /[fd00::1]_5000_/hosts.toml 644
      server = "https://[fd00::1]:5000"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## another server
      # /quay.io/hosts.toml 644
      server = "https://q.site/v2"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

      ## two endpoints
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://10.0.0.1:5000"]
      capabilities = [ "pull", "resolve" ]

      [host."https://m.site"]
      capabilities = [ "pull", "resolve" ]

      ## two endpoints, without fallback
      # /quay.io/hosts.toml 644
      server = "http://10.0.0.1:5000"
      capabilities = [ "pull", "resolve" ]

      [host."http://10.0.0.1:5000"]
      capabilities = [ "pull", "resolve" ]

      [host."http://10.0.0.2:5000"]
      capabilities = [ "pull", "resolve" ]

      ## capabilities
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "push" ]

      ## TLS not verified
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."https://m.site"]
      capabilities = [ "pull", "resolve" ]
      skip_verify = true

      ## an unchanged path
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."https://m.site/v2/q"]
      capabilities = [ "pull", "resolve" ]
      override_path = true

      ## certificates
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."https://m.site"]
      capabilities = [ "pull", "resolve" ]
      ca = "ca.pem"
      client = [ [ "client.pem", "client-key.pem" ] ]

      ## a header
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

        [host."http://192.168.1.10:5000".header]
        X-Site = [ "hull \\"4\\"" ]

      ## a secret header
      # /quay.io/hosts.toml 600
      server = "https://quay.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

        [host."http://192.168.1.10:5000".header]
        X-Site = [ "correct horse" ]

      ## an inline secret header
      # /quay.io/hosts.toml 600
      server = "https://quay.io"

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

        [host."http://192.168.1.10:5000".header]
        Authorization = [ "Bearer abc" ]

      ## a password
      # /quay.io/hosts.toml 600
      server = "http://192.168.1.10:5000"
      capabilities = [ "pull", "resolve" ]

      [header]
      Authorization = [ "Basic c2l0ZTpjb3JyZWN0IGhvcnNl" ]

      [host."http://192.168.1.10:5000"]
      capabilities = [ "pull", "resolve" ]

        [host."http://192.168.1.10:5000".header]
        Authorization = [ "Basic c2l0ZTpjb3JyZWN0IGhvcnNl" ]
      "
    `)
  })

  it('has the URL of the registry', () => {
    const bootstrap = 'fd00::10'
    const registries: Readonly<Record<string, SpecFields>> = {
      'an IPv6 bootstrap node, containerd 1': { distro: '{version: 1.35.0}', bootstrap },
      'an IPv6 bootstrap node, containerd 2': { distro: '{version: 1.36.0}', bootstrap },
      'every node': { registry: '{run: every-node, port: 5001}' },
      external: { registry: '{run: external, address: "https://r.site:5000/"}' },
    }
    const all = Object.entries(registries).map(
      ([name, fields]) => `## ${name}\n${hosts('quay.io', fields)}`,
    )
    expect(all.join('\n')).toMatchInlineSnapshot(`
      "## an IPv6 bootstrap node, containerd 1
      # /quay.io/hosts.toml 644
      server = "https://quay.io"
      host."http://[fd00::10]:5000".capabilities = [ "pull", "resolve" ]

      ## an IPv6 bootstrap node, containerd 2
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://[fd00::10]:5000"]
      capabilities = [ "pull", "resolve" ]

      ## every node
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."http://127.0.0.1:5001"]
      capabilities = [ "pull", "resolve" ]

      ## external
      # /quay.io/hosts.toml 644
      server = "https://quay.io"

      [host."https://r.site:5000"]
      capabilities = [ "pull", "resolve" ]
      "
    `)
  })

  it('needs no version for an IPv6 address that is the only host', () => {
    const bootstrap = 'fd00::10'
    expect(hosts('{host: quay.io, fallback: none}', { bootstrap })).toBe(
      '# /quay.io/hosts.toml 644\nserver = "http://[fd00::10]:5000"\ncapabilities = [ "pull", "resolve" ]\nhost = { }\n',
    )
  })

  it('of the registry itself is the mirror of the user, where the spec has it', () => {
    const own = '{host: "192.168.1.10:5000", endpoints: ["http://10.0.0.9:5000"], fallback: none}'
    const [file, ...others] = planOf(worker(own)).files.filter(({ path }) =>
      path.endsWith('/hosts.toml'),
    )
    expect(others).toEqual([])
    expect(decodeUtf8(file?.content ?? new Uint8Array())).toContain(
      'server = "http://10.0.0.9:5000"',
    )
  })

  it('does not exist without a registry', () => {
    const { files } = planOf(worker('quay.io', { registry: '{run: none}' }))
    expect(files.some(file => file.path.startsWith(folder))).toBe(false)
  })
})

it('a private key has mode 0600, certificates have mode 0644', () => {
  const mirror =
    '{host: quay.io, endpoints: ["https://m.site"], ca: {file: a.pem}, client: {cert: {file: a.pem}, key: {file: a.key}}}'
  const { files } = planOf(worker(mirror))
  const modes = files
    .filter(file => file.path.endsWith('.pem'))
    .map(file => `${file.path.slice(folder.length)} ${file.mode.toString(8)} ${file.secret}`)
  expect(modes).toEqual([
    '/quay.io/ca.pem 644 false',
    '/quay.io/client.pem 644 false',
    '/quay.io/client-key.pem 600 true',
  ])
})

it('a header with several lines, a second authorization and a colon in a user name are errors', () => {
  const findings = (mirror: string) => {
    const spec = loadSpec(sourceOf(worker(mirror)))
    const found = spec.ok ? plan(spec.value, supplies).diagnostics : spec.diagnostics
    return found.map(({ rule, path }) => `${rule} ${path.join('.')}`)
  }
  expect(findings('{host: quay.io, header: {X: "a\\nb"}}')).toEqual([
    'spec/malformed mirrors.0.header.X',
  ])
  expect(findings('{host: quay.io, header: {X: {env: TWO_LINES}}}')).toEqual([
    'spec/malformed mirrors.0.header.X.env',
  ])
  expect(findings('{host: quay.io, header: {X: {env: UNSET}}}')).toEqual([
    'spec/variable-unset mirrors.0.header.X.env',
  ])
  const both =
    '{host: quay.io, header: {authorization: {env: A}}, auth: {username: a, password: {env: A}}}'
  expect(findings(both)).toEqual(['spec/one-of mirrors.0'])
  expect(findings('{host: quay.io, auth: {username: "a:b", password: {env: A}}}')).toEqual([
    'spec/malformed mirrors.0.auth.username',
  ])
})
