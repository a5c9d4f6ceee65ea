/** Loading a spec: defaults, layers, flags, versions, addresses, secrets, errors. */
import { describe, expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { type Diagnostic, loadSpec, locate, type Override, type Source } from '../lib/stages.ts'

const head = 'apiVersion: gen-node/v1\n'
const worker = aSpec()

/** Rule and path of every finding of a text. */
function findingsOf(source: string | Source): readonly string[] {
  const loaded = loadSpec(typeof source === 'string' ? sourceOf(source) : source)
  return loaded.diagnostics.map(({ rule, path }: Diagnostic) => `${rule} ${path.join('.')}`)
}

describe('defaults', () => {
  it('every field has a default', () => {
    expect(specOf(sourceOf(worker))).toMatchInlineSnapshot(`
      {
        "addons": [],
        "bootstrap": "10.0.0.1",
        "distro": {
          "config": {},
          "name": "k0s",
          "version": null,
        },
        "mirrors": [
          {
            "auth": null,
            "ca": null,
            "capabilities": [
              "pull",
              "resolve",
            ],
            "client": null,
            "endpoints": [],
            "fallback": "upstream",
            "from": [],
            "header": [],
            "host": "registry.k8s.io",
            "overridePath": false,
            "rewrites": [],
            "server": "https://registry.k8s.io",
            "skipVerify": false,
          },
          {
            "auth": null,
            "ca": null,
            "capabilities": [
              "pull",
              "resolve",
            ],
            "client": null,
            "endpoints": [],
            "fallback": "upstream",
            "from": [],
            "header": [],
            "host": "quay.io",
            "overridePath": false,
            "rewrites": [],
            "server": "https://quay.io",
            "skipVerify": false,
          },
        ],
        "name": "kubernetes",
        "nodes": [
          {
            "address": null,
            "args": [],
            "files": [],
            "from": [
              "nodes",
              0,
            ],
            "hostname": null,
            "isolated": false,
            "labels": [],
            "manifests": [],
            "name": "w1",
            "os": "generic",
            "platform": null,
            "role": "worker",
            "ssh": null,
            "taints": [],
            "token": null,
            "units": [],
            "workloads": true,
          },
        ],
        "registries": null,
        "registry": {
          "address": null,
          "args": [],
          "auth": null,
          "bundle": "/var/lib/gen-node/bundle",
          "ca": null,
          "listen": null,
          "node": null,
          "port": 5000,
          "run": "bootstrap",
          "storage": "/var/lib/gen-node/registry",
          "tls": null,
          "verify": null,
        },
      }
    `)
  })

  it('a controller is the bootstrap node and runs workloads', () => {
    const { bootstrap, nodes } = specOf(
      sourceOf(
        aSpec({
          bootstrap: null,
          nodes: ['{name: c1, role: controller, address: 10.0.0.1}'],
        }),
      ),
    )
    expect(bootstrap).toBe('10.0.0.1')
    expect(nodes[0]?.workloads).toBe(true)
  })

  it('the server of a mirror depends on its host', () => {
    const { mirrors } = specOf(
      sourceOf(`${worker}mirrors: [docker.io, "*", "registry.site:5000"]\nfallback: none\n`),
    )
    expect(mirrors.map(({ host, server, fallback }) => [host, server, fallback])).toEqual([
      ['docker.io', 'https://registry-1.docker.io', 'none'],
      ['_default', null, 'none'],
      ['registry.site:5000', 'https://registry.site:5000', 'none'],
    ])
  })
})

describe('layers', () => {
  const layered = `${head}bootstrap: 10.0.0.1
os: debian
token: {file: all}
defaults:
  os: ubuntu
  labels: {a: far, b: far, c: far}
  taints: ["far:NoSchedule"]
  args: [--debug]
  ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAA far"]}
  network: {isolated: true}
  files: [{path: /far, content: far}]
roles:
  worker:
    os: rhel
    labels: {b: role, c: role}
    taints: ["role:NoSchedule"]
    args: [--verbose]
    token: {env: ROLE}
    files: [{path: /role, content: role}]
  controller:
    labels: {a: other}
nodes:
  - name: w1
    role: worker
    address: 10.0.0.2
    labels: {c: near}
    taints: ["near:NoSchedule"]
    args: [--profile=near]
    ssh: {authorizedKeys: ["ssh-ed25519 AAAA near"]}
    files: [{path: /near, content: near}]
  - {name: w2, role: worker, os: flatcar, token: {file: own}, network: {isolated: false}}
`
  const [w1, w2] = specOf(sourceOf(layered)).nodes

  it('a node overrides its role, and the role overrides defaults', () => {
    expect([w1?.os, w2?.os]).toEqual(['rhel', 'flatcar'])
    expect([w1?.isolated, w2?.isolated]).toEqual([true, false])
    expect(w1?.token).toEqual({
      kind: 'env',
      name: 'ROLE',
      from: ['roles', 'worker', 'token', 'env'],
    })
    expect(w2?.token).toEqual({ kind: 'file', file: 'own', from: ['nodes', 1, 'token', 'file'] })
  })

  it('mappings are merged', () => {
    expect(Object.fromEntries(w1?.labels.map(({ key, value }) => [key, value]) ?? [])).toEqual({
      a: 'far',
      b: 'role',
      c: 'near',
    })
    expect(w1?.ssh?.user).toBe('ops')
  })

  it('lists are appended in the order of the layers, and every item has its path', () => {
    expect(w1?.labels.map(({ from }) => from.join('.'))).toEqual([
      'defaults.labels.a',
      'roles.worker.labels.b',
      'nodes.0.labels.c',
    ])
    expect(w1?.taints.map(({ text }) => text)).toEqual([
      'far:NoSchedule',
      'role:NoSchedule',
      'near:NoSchedule',
    ])
    expect(w1?.args.map(({ text, from }) => `${text} ${from.join('.')}`)).toEqual([
      '--debug defaults.args.0',
      '--verbose roles.worker.args.0',
      '--profile=near nodes.0.args.0',
    ])
    expect(w1?.ssh?.authorizedKeys).toEqual(['ssh-ed25519 AAAA far', 'ssh-ed25519 AAAA near'])
    expect(w1?.files.map(file => [file.path, file.from])).toEqual([
      ['/far', ['defaults', 'files', 0]],
      ['/role', ['roles', 'worker', 'files', 0]],
      ['/near', ['nodes', 0, 'files', 0]],
    ])
  })

  it('a role without nodes and an empty layer have no effect', () => {
    const { nodes } = specOf(sourceOf(`${worker}defaults: {}\nroles: {single: {os: rhel}}\n`))
    expect(nodes[0]?.os).toBe('generic')
  })
})

describe('flags', () => {
  const flag = (text: string, path: Override['path'], value: unknown): Override => ({
    flag: text,
    path,
    value,
  })
  const role = flag('--role worker', ['nodes', 0, 'role'], 'worker')
  const name = flag('--role worker', ['nodes', 0, 'name'], 'w1')

  it('flags alone are a spec', () => {
    const bootstrap = flag('--bootstrap-ip 10.0.0.1', ['bootstrap'], '10.0.0.1')
    const spec = specOf({ name: 'flags', text: null, overrides: [name, role, bootstrap] })
    expect(spec).toEqual(specOf(sourceOf(worker)))
  })

  it('a finding names the flag as typed', () => {
    const bootstrap = flag('--bootstrap-ip 10.0.0.1:80', ['bootstrap'], '10.0.0.1:80')
    const source = { name: 'flags', text: null, overrides: [name, role, bootstrap] }
    const [finding, ...others] = locate(source, loadSpec(source).diagnostics)
    expect(others).toEqual([])
    expect([finding?.file, finding?.text, finding?.range]).toEqual([
      '--bootstrap-ip 10.0.0.1:80',
      null,
      null,
    ])
  })

  it('flags override the text; findings of the text keep their position in the text', () => {
    const distro = flag('--k0s-version 1.36.0', ['distro', 'version'], '1.36.0')
    const text = `${worker}distro: k0s\n`
    const source = { name: 'spec.yaml', text, overrides: [distro] }
    expect(specOf(source).distro.version).toBe('1.36.0')
    const broken = { ...source, text: `${text}nmae: x\n` }
    const [finding] = locate(broken, loadSpec(broken).diagnostics)
    expect([finding?.file, finding?.range?.line]).toEqual(['spec.yaml', 5])
  })

  it('flags with mirrors replace the mirrors of the text', () => {
    const mirror = flag('--mirror ghcr.io', ['mirrors', 0], 'ghcr.io')
    const source = {
      name: 'x',
      text: `${worker}mirrors: [quay.io, docker.io]\n`,
      overrides: [mirror],
    }
    expect(specOf(source).mirrors.map(mirror => mirror.host)).toEqual(['ghcr.io'])
  })
})

describe('versions', () => {
  const load = (version: string) => `${worker}distro: {name: k0s, version: ${version}}\n`
  const good = ['1.33.4', 'v1.33.4', 'v1.33.4+k0s.0', '1.33.4-k0s.0', 'v1.33.4-rc.1+k0s.0']
  it.each(good)('%s is kept as written', version => {
    expect(specOf(sourceOf(load(version))).distro.version).toBe(version)
  })
  it.each(['latest', '"1"', '1.33.x', '"1.33 "', '""'])('%s is invalid', version => {
    expect(findingsOf(load(version))).toEqual(['spec/malformed distro.version'])
  })
  it('1.30 is a number in YAML', () => {
    expect(findingsOf(load('1.30'))).toEqual(['spec/unquoted distro.version'])
    expect(specOf(sourceOf(load('"1.30"'))).distro.version).toBe('1.30')
  })
})

describe('addresses', () => {
  const bad = [
    'http://10.0.0.1',
    '10.0.0.1:80',
    '"[fd00::1]"',
    'fe80::1%eth0',
    '010.0.0.1',
    '1.2.3',
  ]
  const more = [
    '300.1.1.1',
    '"a b"',
    '10.0.0.1/24',
    '""',
    '-x',
    '0.0.0.0',
    '127.0.0.1',
    '169.254.7.7',
    'fe80::1',
    'localhost',
    '"::"',
    'ü.example',
    'a_b',
  ]
  it.each([...bad, ...more])('%s is invalid', address => {
    expect(findingsOf(worker.replace('10.0.0.1', address))).toEqual(['spec/malformed bootstrap'])
  })
  it.each(['10.0.0.1', 'fd00::1', '::ffff:10.0.0.1', 'c1', 'C1.Example'])(
    '%s is valid',
    address => {
      expect(findingsOf(worker.replace('10.0.0.1', `"${address}"`))).toEqual([])
    },
  )

  it('a worker needs the bootstrap node, unless its images come from another registry', () => {
    const alone = aSpec({ bootstrap: null })
    expect(findingsOf(alone)).toEqual(['spec/no-bootstrap nodes.0.role'])
    expect(findingsOf(`${alone}registry: {run: none}\n`)).toEqual([])
    expect(findingsOf(`${alone}registry: {run: every-node}\n`)).toEqual([])
    expect(findingsOf(`${alone}registry: {run: external, address: "https://r.site"}\n`)).toEqual([])
    expect(
      findingsOf(`${alone}mirrors: [{host: quay.io, endpoints: ["http://m.site"]}]\n`),
    ).toEqual([])
  })

  it('the first controller without an address has the bootstrap address', () => {
    const { nodes } = specOf(
      sourceOf(aSpec({ nodes: ['{name: c1, role: controller}', '{name: c2, role: controller}'] })),
    )
    expect(nodes.map(node => node.address)).toEqual(['10.0.0.1', null])
  })

  it('an isolated node needs an IP address', () => {
    const isolated = (address: string) =>
      aSpec({ nodes: [`{name: w1, role: worker, network: {isolated: true}${address}}`] })
    expect(findingsOf(isolated(''))).toEqual(['network/isolated-without-address nodes.0'])
    expect(findingsOf(isolated(', address: w1.site'))).toHaveLength(1)
    expect(findingsOf(isolated(', address: 10.0.0.2'))).toEqual([])
  })
})

describe('secrets', () => {
  it('a secret in the spec is a warning, once per place', () => {
    const two = aSpec({
      nodes: ['{name: w1, role: worker}', '{name: w2, role: worker}'],
      token: 'abc',
    })
    expect(findingsOf(two)).toEqual(['spec/inline-secret token'])
    const header = `${worker}mirrors: [{host: quay.io, header: {Authorization: Bearer abc, X-Site: a}}]\n`
    expect(findingsOf(header)).toEqual(['spec/inline-secret mirrors.0.header.Authorization'])
  })
  it('inline content of a file marked secret: true is warned about', () => {
    const file = (more: string) =>
      `${worker}defaults: {files: [{path: /etc/key, content: abc${more}}]}\n`
    expect(findingsOf(file(', secret: true'))).toEqual([
      'spec/inline-secret defaults.files.0.content',
    ])
    expect(findingsOf(file(''))).toEqual([])
  })
  it('a secret has exactly one source', () => {
    expect(findingsOf(`${worker}token: {file: a, env: B}\n`)).toEqual(['spec/one-of token'])
    expect(findingsOf(`${worker}token: {}\n`)).toEqual(['spec/one-of token'])
    expect(findingsOf(`${worker}token: {flie: a}\n`)).toEqual(['spec/unknown-key token.flie'])
  })
  it('a finding never contains a secret', () => {
    for (const value of ['[hunter2]', '{hunter2: x}', '12345678', '{file: [hunter2]}']) {
      const { diagnostics } = loadSpec(sourceOf(`${worker}token: ${value}\n`))
      expect(JSON.stringify(diagnostics.map(diagnostic => diagnostic.args))).not.toContain(
        '12345678',
      )
      expect(diagnostics).toHaveLength(1)
    }
  })
})

describe('the findings of a text', () => {
  it('schema errors and findings about several fields are reported together', () => {
    const text = `${head}bootstrap: 10.0.0.1:5000
nmae: edge
registry: {port: "5000"}
defaults:
  files:
    - {path: etc/a, content: x}
    - {path: /etc/b, content: x, file: y}
    - {path: /etc/c, content: }
nodes:
  - {name: w1, role: worker, labels: {a b: x}}
  - {name: w1, role: worker}
`
    expect([...findingsOf(text)].sort()).toEqual([
      'spec/malformed bootstrap',
      'spec/malformed registry.port',
      'spec/malformed-key nodes.0.labels.a b',
      'spec/no-value defaults.files.2.content',
      'spec/node-twice nodes.1.name',
      'spec/one-of defaults.files.1',
      'spec/relative-path defaults.files.0.path',
      'spec/unknown-key nmae',
    ])
  })

  it('a misspelt key is not also reported as missing', () => {
    expect(findingsOf('apiversion: gen-node/v1\nnodes: [{name: w1, rol: worker}]\n')).toEqual([
      'spec/unknown-key apiversion',
      'spec/unknown-key nodes.0.rol',
    ])
  })

  it('findings are in the order of the text', () => {
    const source = sourceOf(`a: 1\nb: 2\n${worker}c: 3\n`)
    expect(
      locate(source, loadSpec(source).diagnostics).map(finding => finding.range?.line),
    ).toEqual([1, 2, 6])
  })
})

describe('YAML', () => {
  const traps: Readonly<Record<string, string>> = {
    'name: a\nname: b\n': 'yaml/duplicate-key',
    '1: a\n"1": b\n': 'yaml/duplicate-key',
    'name: {{ x }}\n': 'yaml/key-not-plain',
    'defaults: {<<: {os: rhel}}\n': 'yaml/merge-key',
    'name: *x\n': 'yaml/unknown-anchor',
    'x: &x [*x]\n': 'yaml/unknown-anchor',
    'name: !vault x\n': 'yaml/tag',
    'name: !!binary aGk=\n': 'yaml/tag',
    'name: !!js/function "x"\n': 'yaml/tag',
    '---\na: b\n': 'yaml/several-documents',
    'name: "x\n': 'yaml/syntax',
  }
  for (const [text, rule] of Object.entries(traps)) {
    it(`${JSON.stringify(text)} is an error of rule ${rule}`, () => {
      expect(findingsOf(`${worker}${text}`).map(finding => finding.split(' ')[0])).toContain(rule)
    })
  }
  it('a YAML 1.1 directive and a byte order mark are errors', () => {
    expect(findingsOf(`%YAML 1.1\n---\n${worker}`)).toEqual(['yaml/syntax '])
    expect(findingsOf(`\ufeff${worker}`)).toEqual(['spec/byte-order-mark '])
  })
  it('core tags, CRLF, anchors and names of prototypes are valid', () => {
    expect(findingsOf(worker.replaceAll('\n', '\r\n'))).toEqual([])
    expect(findingsOf(`${worker}name: !!str edge\n`)).toEqual([])
    expect(
      findingsOf(`${worker}defaults: {labels: &a {x: y}}\nroles: {worker: {labels: *a}}\n`),
    ).toEqual([])
    expect(findingsOf(`${worker}__proto__: {os: rhel}\n`)).toEqual(['spec/unknown-key __proto__'])
    expect(findingsOf(`${worker}constructor: x\n`)).toEqual(['spec/unknown-key constructor'])
  })
  it('a thousand nodes can use the same anchor', () => {
    const nodes = Array.from(
      { length: 1000 },
      (_, at) => `- {name: w${at}, role: worker, labels: *l}\n`,
    )
    const text = `${head}bootstrap: 10.0.0.1\nroles: {worker: {labels: &l {a: b}}}\nnodes:\n${nodes.join('')}`
    expect(findingsOf(text)).toEqual([])
  })
})

describe('values that do not match their grammar', () => {
  const file = (path: string) => `${worker}defaults: {files: [{path: ${path}, content: x}]}\n`
  const bad: Readonly<Record<string, string>> = {
    [`${worker}mirrors: [Quay.io]\n`]: 'spec/malformed mirrors.0.host',
    [`${worker}mirrors: ["https://quay.io"]\n`]: 'spec/malformed mirrors.0.host',
    [`${worker}mirrors: [quay.io/x]\n`]: 'spec/malformed mirrors.0.host',
    [`${worker}mirrors: [quay.io.]\n`]: 'spec/malformed mirrors.0.host',
    [`${worker}mirrors: ["../etc"]\n`]: 'spec/malformed mirrors.0.host',
    [`${worker}mirrors: [_default, "*"]\n`]: 'spec/mirror-twice mirrors.1',
    [`${worker}mirrors: []\naddons: {k0rdent: {version: v1.2.2}}\n`]:
      'spec/malformed addons.k0rdent.version',
    [`${worker}registry: {run: none}\nfallback: none\n`]: 'spec/missing-key fallback',
    [`${worker}registry: {port: .inf}\n`]: 'spec/malformed registry.port',
    [`${worker}registry: {storage: /var/tmp/x}\n`]: 'registry/path-in-tmp registry.storage',
    [`${worker}registry: {args: ["a\\nb"]}\n`]: 'spec/malformed registry.args.0',
    [`${worker}defaults: {args: ["a\\0b"]}\n`]: 'spec/malformed defaults.args.0',
    [`${worker}defaults: {taints: ["a b:NoSchedule"]}\n`]: 'spec/malformed defaults.taints.0',
    [`${worker}defaults: {units: [{name: ../x.service, content: x}]}\n`]:
      'spec/unit-name defaults.units.0.name',
    [`${worker}defaults: {units: [{name: a/b.service, content: x}]}\n`]:
      'spec/unit-name defaults.units.0.name',
    [`${worker}defaults: {ssh: {authorizedKeys: ["ssh-rsa AA\\nssh-rsa BB"]}}\n`]:
      'spec/malformed defaults.ssh.authorizedKeys.0',
    [`${worker}defaults: {ssh: {authorizedKeys: ["ssh-rsa AA \\ud800"]}}\n`]:
      'spec/malformed defaults.ssh.authorizedKeys.0',
    [`${worker}defaults: {files: [{path: /a, file: "a\\0b"}]}\n`]:
      'spec/malformed defaults.files.0.file',
    [file('/')]: 'spec/path-not-plain defaults.files.0.path',
    [file('"/a\\ud800"')]: 'spec/path-characters defaults.files.0.path',
    [file('"/a\\u202eb"')]: 'spec/path-characters defaults.files.0.path',
    [file('"/a "')]: 'spec/path-characters defaults.files.0.path',
    [file(`/${'a'.repeat(256)}`)]: 'spec/path-too-long defaults.files.0.path',
    [file(`/${'é'.repeat(128)}`)]: 'spec/path-too-long defaults.files.0.path',
    [file('/a'.repeat(1951))]: 'spec/path-too-long defaults.files.0.path',
    [file('/a, mode: 420')]: 'spec/unquoted defaults.files.0.mode',
    [worker.replace('w1', 'W1')]: 'spec/malformed nodes.0.name',
    [worker.replace('w1', 'Küche')]: 'spec/malformed nodes.0.name',
    '- a\n': 'spec/malformed ',
    'x\n': 'spec/malformed ',
    [`${head}nodes: []\n`]: 'spec/malformed nodes',
    [`${head}nodes:\n`]: 'spec/no-value nodes',
  }
  for (const [text, finding] of Object.entries(bad)) {
    it(`${text.replace(worker, '').slice(0, 70)} is reported`, () =>
      expect(findingsOf(text)).toEqual([finding]))
  }
  it('options before a public key are valid', () => {
    const key = `command=\\"/bin/true\\",no-pty ssh-ed25519 AAAAC3Nz ops`
    expect(findingsOf(`${worker}defaults: {ssh: {authorizedKeys: ["${key}"]}}\n`)).toEqual([])
  })
})
