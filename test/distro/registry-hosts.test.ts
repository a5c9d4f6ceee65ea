/**
 * The hosts that k3s derives from a registries.yaml. Each case has the name and the expected hosts of a case
 * of Test_UnitGetHostConfigs in k3s-io/k3s, pkg/agent/containerd/config_test.go at 06ea261.
 */
import { expect, it } from 'vitest'
import {
  completeEndpoint,
  type HostEndpoint,
  registryHosts,
} from '../../src/distro/parts/registry-hosts.ts'
import { loadSpec } from '../../src/model/load.ts'
import { aSpec } from '../lib/builders.ts'
import { good, sourceOf } from '../lib/cases.ts'

const registry = 'https://registry.example.com/v2'
const hub = 'https://registry-1.docker.io/v2'
const credentials = '{auth: {username: user, password: pass}}'
const mirror = (...endpoints: readonly string[]) =>
  `{docker.io: {endpoint: [${endpoints.join(', ')}]}}`

/** The server of each host (`-`: none), then its endpoints, with the settings of each. */
type Hosts = Readonly<Record<string, readonly string[]>>

const toHub = (...endpoints: readonly string[]): Hosts => ({ 'docker.io': [hub, ...endpoints] })
const auth = (url: string) => `${url} auth`

const cases: readonly (readonly [name: string, mirrors: string, configs: string, hosts: Hosts])[] =
  [
    ['no registries', '{}', '{}', {}],
    ['registry with default endpoint', '{docker.io: }', '{}', {}],
    ['registry with default endpoint explicitly listed', mirror('docker.io'), '{}', {}],
    [
      'registry with default endpoint and creds',
      '{docker.io: }',
      `{docker.io: ${credentials}}`,
      {
        'docker.io': [auth(hub)],
      },
    ],
    [
      'registry with default endpoint explicitly listed and creds',
      mirror('docker.io'),
      `{docker.io: ${credentials}}`,
      { 'docker.io': [auth(hub)] },
    ],
    ['registry with only creds', '{}', `{docker.io: ${credentials}}`, { 'docker.io': [auth(hub)] }],
    ['private registry with default endpoint', '{registry.example.com: }', '{}', {}],
    [
      'private registry with default endpoint and creds',
      '{registry.example.com: }',
      `{registry.example.com: ${credentials}}`,
      { 'registry.example.com': [auth(registry)] },
    ],
    [
      'private registry with only creds',
      '{}',
      `{registry.example.com: ${credentials}}`,
      { 'registry.example.com': [auth(registry)] },
    ],
    [
      'full URL with override path',
      mirror('https://registry.example.com/prefix/v2'),
      '{}',
      toHub('https://registry.example.com/prefix/v2 override'),
    ],
    [
      'hostname only with override path',
      mirror('registry.example.com/prefix/v2'),
      '{}',
      toHub('https://registry.example.com/prefix/v2 override'),
    ],
    ['hostname only with default path', mirror('registry.example.com/v2'), '{}', toHub(registry)],
    ['full URL', mirror(registry), '{}', toHub(registry)],
    ['URL without path', mirror('https://registry.example.com'), '{}', toHub(registry)],
    ['hostname only', mirror('registry.example.com'), '{}', toHub(registry)],
    [
      'hostname and port only',
      mirror('"registry.example.com:443"'),
      '{}',
      toHub('https://registry.example.com:443/v2'),
    ],
    ['ip address only', mirror('1.2.3.4'), '{}', toHub('https://1.2.3.4/v2')],
    ['ip and port only', mirror('"1.2.3.4:443"'), '{}', toHub('https://1.2.3.4:443/v2')],
    [
      'duplicate endpoints',
      mirror('registry.example.com', 'registry.example.com'),
      '{}',
      toHub(registry),
    ],
    [
      'duplicate endpoints in different formats',
      mirror('registry.example.com', 'https://registry.example.com', registry),
      '{}',
      toHub(registry),
    ],
    [
      'duplicate endpoints in different positions',
      mirror(
        'https://registry.example.com',
        'https://registry.example.org',
        'https://registry.example.com',
      ),
      '{}',
      toHub(registry, 'https://registry.example.org/v2'),
    ],
    [
      'localhost and port only',
      mirror('"localhost:5000"'),
      '{}',
      toHub('http://localhost:5000/v2'),
    ],
    [
      'localhost and port with scheme',
      mirror('"https://localhost:5000"'),
      '{}',
      toHub('https://localhost:5000/v2'),
    ],
    [
      'loopback ip and port only',
      mirror('"127.0.0.1:5000"'),
      '{}',
      toHub('http://127.0.0.1:5000/v2'),
    ],
    [
      'loopback ip and port with scheme',
      mirror('"https://127.0.0.1:5000"'),
      '{}',
      toHub('https://127.0.0.1:5000/v2'),
    ],
    [
      'mirror endpoint and mirror creds',
      mirror(registry),
      `{registry.example.com: ${credentials}}`,
      {
        ...toHub(auth(registry)),
        'registry.example.com': [auth(registry)],
      },
    ],
    [
      'override path with v2',
      '{docker.io: {endpoint: ["https://registry.example.com/prefix/v2"]}, registry.example.com: {endpoint: ["https://registry.example.com/prefix/v2"]}}',
      `{registry.example.com: ${credentials}}`,
      {
        ...toHub('https://registry.example.com/prefix/v2 override auth'),
        'registry.example.com': [
          auth(registry),
          'https://registry.example.com/prefix/v2 override auth',
        ],
      },
    ],
    [
      'override path without v2',
      '{docker.io: {endpoint: ["https://registry.example.com/project/registry"]}, registry.example.com: {endpoint: ["https://registry.example.com/project/registry"]}}',
      `{registry.example.com: ${credentials}}`,
      {
        ...toHub('https://registry.example.com/project/registry override auth'),
        'registry.example.com': [
          auth(registry),
          'https://registry.example.com/project/registry override auth',
        ],
      },
    ],
    [
      'mirror endpoint and mirror creds - no default endpoint',
      mirror(registry),
      `{registry.example.com: ${credentials}}`,
      {
        'docker.io': ['-', auth(registry)],
        'registry.example.com': [auth(registry)],
      },
    ],
    [
      'no default endpoint, default endpoint explicitly listed',
      mirror('registry.example.com', 'registry.example.org', 'docker.io'),
      '{}',
      {
        'docker.io': ['-', registry, 'https://registry.example.org/v2', hub],
      },
    ],
    ['wildcard mirror endpoint - no endpoints', '{"*": }', '{}', {}],
    [
      'wildcard mirror endpoint - full URL',
      `{"*": {endpoint: ["${registry}"]}}`,
      '{}',
      { _default: ['', registry] },
    ],
    [
      'wildcard mirror endpoint - full URL, no default',
      `{"*": {endpoint: ["${registry}"]}}`,
      '{}',
      { _default: ['-', registry] },
    ],
    [
      'wildcard config',
      '{}',
      '{"*": {auth: {username: user, password: pass}, tls: {insecure_skip_verify: true}}}',
      { _default: [' auth tls'] },
    ],
    ['localhost registry - default https endpoint on unspecified port', '{localhost: }', '{}', {}],
    ['localhost registry - default https endpoint on https port', '{"localhost:443": }', '{}', {}],
    ['localhost registry - default http endpoint on odd port', '{"localhost:5000": }', '{}', {}],
    ['localhost registry - default http endpoint on http port', '{"localhost:80": }', '{}', {}],
    [
      'localhost registry - https endpoint on odd port with tls verification disabled',
      '{"localhost:5000": {endpoint: ["https://localhost:5000"]}}',
      '{"localhost:5000": {tls: {insecure_skip_verify: true}}}',
      {
        'localhost:5000': ['http://localhost:5000/v2 tls', 'https://localhost:5000/v2 tls'],
      },
    ],
  ]

function textOf(endpoint: HostEndpoint<unknown>): string {
  const { url, overridePath, config } = endpoint
  return [
    url,
    ...(overridePath ? ['override'] : []),
    ...(config?.auth == null ? [] : ['auth']),
    ...(config?.tls == null ? [] : ['tls']),
  ].join(' ')
}

it.each(cases)('%s', (name, mirrors, configs, expected) => {
  const text = aSpec({ distro: 'k3s', registries: `{mirrors: ${mirrors}, configs: ${configs}}` })
  // Without the checks of k3s, which refuse repeated endpoints.
  const { registries } = good(
    sourceOf(text),
    loadSpec(sourceOf(text), () => []),
  )
  if (registries === null) throw new Error(name)
  const found = registryHosts(registries, /no default/.test(name)).map(
    ({ host, server, endpoints }) => [
      host,
      [server === null ? '-' : textOf(server), ...endpoints.map(textOf)],
    ],
  )
  expect(Object.fromEntries(found)).toEqual(expected)
})

it.each(['https://', 'reg.site:port', 'http://reg.site:5000?x=1', ''])('%j is no endpoint', text =>
  expect(completeEndpoint(text)).toBeNull(),
)
