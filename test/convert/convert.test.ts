/** Conversions: expected values from the tables of containerd's registry.md and of k3s's config_test.go. */
import { describe, expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { convertToCerts, convertToMirrors, parseYaml } from '../lib/stages.ts'

const table = 'plugins."io.containerd.grpc.v1.cri".registry'
const bytes = (text: string) => new TextEncoder().encode(text)

/** The hosts.toml of each registry. */
function certsOf(text: string): Readonly<Record<string, string>> {
  const outcome = convertToCerts(bytes(text))
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  return Object.fromEntries(
    outcome.value.map(file => [file.path, new TextDecoder().decode(file.bytes)]),
  )
}

function mirrorsOf(text: string) {
  const outcome = convertToMirrors(bytes(text))
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  return {
    value: parseYaml(outcome.value).value,
    text: outcome.value,
    rules: outcome.diagnostics.map(({ rule, args }) => `${rule} ${args.key ?? args.file ?? ''}`),
  }
}

const config = `version = 2
[${table}.mirrors."docker.io"]
  endpoint = ["https://harbor.site/v2/proxy", "http://10.0.0.5:5000", "https://registry-1.docker.io"]
[${table}.mirrors."*"]
  endpoint = ["http://10.0.0.5:5000/"]
[${table}.configs."harbor.site".auth]
  username = "site"
  password = "s3cret"
[${table}.configs."harbor.site".tls]
  ca_file = "/etc/ssl/ca.pem"
[${table}.configs."direct.site:5000".tls]
  insecure_skip_verify = true
`

describe('convertToCerts', () => {
  it('keeps the order of endpoints and the settings of each', () => {
    const files = certsOf(config)
    expect(Object.keys(files)).toEqual([
      'docker.io/hosts.toml',
      '_default/hosts.toml',
      'direct.site_5000_/hosts.toml',
    ])
    expect(files['docker.io/hosts.toml']).toBe(`server = "https://registry-1.docker.io"

[host."https://harbor.site/v2/proxy"]
capabilities = [ "pull", "resolve" ]
ca = "/etc/ssl/ca.pem"
override_path = true

  [host."https://harbor.site/v2/proxy".header]
  Authorization = [ "Basic ${btoa('site:s3cret')}" ]

[host."http://10.0.0.5:5000"]
capabilities = [ "pull", "resolve" ]
`)
    expect(files['_default/hosts.toml']).toBe(
      '[host."http://10.0.0.5:5000"]\ncapabilities = [ "pull", "resolve" ]\n',
    )
    expect(files['direct.site_5000_/hosts.toml']).toContain('skip_verify = true')
  })

  it.each([
    ['reg.lan', 'https://reg.lan', false],
    ['https://reg.lan/', 'https://reg.lan', false],
    ['reg.lan/v2', 'https://reg.lan', false],
    ['reg.lan/prefix/v2', 'https://reg.lan/prefix/v2', false],
    ['reg.lan/prefix', 'https://reg.lan/prefix', true],
    ['localhost:5000', 'http://localhost:5000', false],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000', false],
    ['127.0.0.1:443', 'https://127.0.0.1:443', false],
    ['http://reg.lan:5000', 'http://reg.lan:5000', false],
  ])('a registries.yaml with the endpoint %s', (endpoint, url, overridePath) => {
    const text = certsOf(`mirrors:\n  quay.io:\n    endpoint: ["${endpoint}"]\n`)[
      'quay.io/hosts.toml'
    ]
    expect(text).toContain(`[host."${url}"]`)
    expect(text?.includes('override_path = true')).toBe(overridePath)
  })
})

describe('convertToMirrors', () => {
  it('prints mirrors that a spec accepts, without a password', () => {
    const { value, text, rules } = mirrorsOf(config)
    expect(value).toEqual({
      mirrors: [
        {
          host: 'docker.io',
          endpoints: ['https://harbor.site/v2/proxy', 'http://10.0.0.5:5000/v2'],
          overridePath: true,
          ca: { file: './harbor.site.ca.pem' },
          auth: { username: 'site', password: { file: './harbor.site.password' } },
        },
        { host: '*', endpoints: ['http://10.0.0.5:5000'] },
        { host: 'direct.site:5000', endpoints: ['https://direct.site:5000'], skipVerify: true },
      ],
    })
    expect(text).not.toContain('s3cret')
    expect(rules).toEqual([
      'convert/endpoints-differ ',
      'convert/copy-file harbor.site.ca.pem',
      'convert/write-password harbor.site.password',
    ])
  })
  it('reads the auth field, and names fields without an equivalent', () => {
    const { value, rules } = mirrorsOf(`mirrors:
  quay.io:
    endpoint: [https://a.site]
    rewrite: {"^x": "y"}
configs:
  "*": {tls: {insecure_skip_verify: true}}
  a.site: {auth: {auth: "${btoa('u:p:q')}", identity_token: t}}
auths: {"https://b.site": {username: u}}
`)
    expect(value).toMatchObject({ mirrors: [{ auth: { username: 'u' } }] })
    expect(rules).toEqual([
      'convert/no-equivalent mirrors.quay.io.rewrite',
      'convert/no-equivalent configs.*',
      'convert/no-equivalent configs.a.site.auth.identity_token',
      'convert/no-equivalent auths',
      'convert/write-password a.site.password',
    ])
  })
  it('gives a spec that loads', () => {
    const { text } = mirrorsOf(
      `mirrors:\n  quay.io:\n    endpoint: [https://a.site, https://b.site/v2]\n`,
    )
    const lines = text.split('\n').slice(1).join('\n')
    expect(specOf(sourceOf(`${aSpec()}mirrors:\n${lines}`)).mirrors[0]?.endpoints).toEqual([
      'https://a.site',
      'https://b.site',
    ])
  })
  it.each(['', 'a: [', '[x', '\u0000', 'mirrors: 3', '- 1', 'mirrors: {a: {endpoint: 3}}'])(
    'gives one error or a result for %j',
    text => {
      const outcome = convertToMirrors(bytes(text))
      expect(outcome.ok || outcome.diagnostics.length === 1).toBe(true)
    },
  )
})
