/** The plan of a k0s node: install command, joining, tokens, configuration. */

import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/codec/text.ts'
import { factsOf } from '../../src/distro/k0s/facts.ts'
import { k0s } from '../../src/distro/k0s/k0s.ts'
import { resolve } from '../../src/model/resolve.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { good, sourceOf, specOf } from '../lib/cases.ts'
import { loadSpec, type NodePlan, type Outcome, parseYaml, plan } from '../lib/stages.ts'

const controllerNode = '{name: c1, role: controller}'
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

function outcome(text: string, files: Readonly<Record<string, Uint8Array>> = {}) {
  const spec = good(sourceOf(text), loadSpec(sourceOf(text)))
  const env = new Map([['EMPTY', '']])
  return plan(spec, {
    files: new Map(Object.entries(files)),
    trees: new Map(),
    env,
    sops: new Map(),
  })
}

function plansOf(text: string): readonly NodePlan[] {
  return good(sourceOf(text), outcome(text))
}

function findings(result: Outcome<unknown>): readonly string[] {
  return result.diagnostics.map(({ rule, path }) => `${rule} ${path.join('.')}`)
}

function content(plan: NodePlan | undefined, path: string): string {
  const file = plan?.files.find(file => file.path.endsWith(path))
  return decodeUtf8(file?.content ?? bytes(`no ${path}`)) ?? 'not text'
}

/** The install command of each node, as in bootstrap.sh. */
function install(text: string): readonly string[] {
  return plansOf(text).map(plan => {
    const [, command] = /^set -- (k0s install .*)$/m.exec(content(plan, '/bootstrap.sh')) ?? []
    return command ?? 'none'
  })
}

it('a spec with an invalid version of k0s is refused', () => {
  const text = aSpec({ distro: '{name: k0s, version: 2.0.0}' })
  expect(findings(loadSpec(sourceOf(text)))).toEqual(['spec/malformed distro.version'])
})

describe('versions', () => {
  const { parse, example } = k0s.version
  const good = ['1.33.4', 'v1.33.4', 'v1.33.4+k0s.0', '1.33.4-k0s.0', 'v1.33.4-rc.1+k0s.0']
  it.each([...good, example])('%s is parsed as 1.33.4', version =>
    expect(parse(version)).toEqual([1, 33, 4]),
  )
  it('1.30 is parsed without a patch', () => expect(parse('1.30')).toEqual([1, 30]))
  it.each(['latest', '1', '2.0.0', '1.33.x', '1.33 ', ''])('%s is not a version', version => {
    expect(parse(version)).toBeNull()
  })
  it('in every form select the line of containerd', () => {
    expect(['v1.36.0+k0s.0', '1.36'].map(version => factsOf(version).containerd)).toEqual([
      '2',
      '2',
    ])
    expect(['v1.35.9+k0s.0', null].map(version => factsOf(version).containerd)).toEqual(['1', '1'])
  })
})

describe('mirrors', () => {
  it('are the files below certs.d of the plan', () => {
    const text = aSpec({ mirrors: ['quay.io', 'docker.io'] })
    const nothing = { files: new Map(), trees: new Map(), env: new Map(), sops: new Map() }
    const spec = good(sourceOf(text), resolve(specOf(sourceOf(text)), nothing))
    const [node] = spec.nodes
    const files = good(sourceOf(text), k0s.mirrors(spec, node!))
    const planned = plansOf(text)[0]?.files.filter(file => file.path.includes('/certs.d/'))
    // The third is for the name of the registry itself.
    expect(files).toHaveLength(3)
    expect(files).toEqual(planned)
  })
})

describe('k0s install', () => {
  it('has the flags of each role', () => {
    const nodes = [
      '{name: c1, role: controller, address: 10.0.0.1}',
      '{name: c2, role: controller, workloads: false}',
      '{name: w1, role: worker}',
    ]
    expect(install(aSpec({ nodes }))).toMatchInlineSnapshot(`
      [
        "k0s install controller --enable-worker --no-taints --config /etc/k0s/k0s.yaml",
        "k0s install controller --config /etc/k0s/k0s.yaml --token-file /etc/k0s/join-token",
        "k0s install worker --token-file /etc/k0s/join-token",
      ]
    `)
    expect(install(aSpec({ nodes: ['{name: s1, role: single}'] }))).toMatchInlineSnapshot(`
      [
        "k0s install controller --single --config /etc/k0s/k0s.yaml",
      ]
    `)
  })

  it('has labels, taints and arguments of the node', () => {
    const node = `{name: w1, role: worker, labels: {zone: a, site.example/kind: hold},
    taints: ["gpu=yes:NoSchedule", "old:NoExecute"], args: ["--debug", "--profile=large"]}`
    expect(install(aSpec({ nodes: [node] }))).toMatchInlineSnapshot(`
      [
        "k0s install worker --token-file /etc/k0s/join-token --labels zone=a,site.example/kind=hold --taints gpu=yes:NoSchedule,old:NoExecute --debug --profile=large",
      ]
    `)
  })

  it('has --kubelet-extra-args once for an isolated node', () => {
    const node = `{name: w1, role: worker, address: 10.0.0.2, network: {isolated: true},
    args: ["--kubelet-extra-args=--max-pods=60", "--debug"]}`
    expect(install(aSpec({ nodes: [node] }))).toMatchInlineSnapshot(`
      [
        "k0s install worker --token-file /etc/k0s/join-token '--kubelet-extra-args=--node-ip=10.0.0.2 --max-pods=60' --debug",
      ]
    `)
  })
})

describe('the nodes that join are', () => {
  const joins = (...nodes: readonly string[]) =>
    install(aSpec({ nodes })).map(command => command.includes('--token-file'))
  const c = (name: string, address: string) =>
    `{name: ${name}, role: controller, address: ${address}}`

  it('all but the controller at the bootstrap address', () => {
    expect(joins(c('c0', '10.0.0.9'), c('c1', '10.0.0.1'), '{name: w, role: worker}')).toEqual([
      true,
      false,
      true,
    ])
  })
  it('all but the first controller, if no controller has that address', () => {
    expect(joins('{name: w, role: worker}', c('c0', '10.0.0.8'), c('c1', '10.0.0.9'))).toEqual([
      true,
      false,
      true,
    ])
  })
  it('all workers of a spec without controllers', () => {
    expect(joins('{name: a, role: worker}', '{name: b, role: worker}')).toEqual([true, true])
  })
})

describe('tokens', () => {
  const token = (user: string) =>
    gzipSync(
      `apiVersion: v1\nkind: Config\nusers: [{name: ${user}, user: {token: a.b}}]\n`,
    ).toString('base64')
  const ofWorker = token('kubelet-bootstrap')
  const worker = aSpec({ token: '{file: t}' })
  const read = (text: string) => outcome(worker, { t: bytes(text) })

  it('are written on one line, without white space around them', () => {
    for (const form of [ofWorker, `${ofWorker}\n`, `${ofWorker}\r\n`, `  ${ofWorker} \n\n`]) {
      const [plan] = good(sourceOf(worker), read(form))
      expect(content(plan, '/join-token')).toBe(`${ofWorker}\n`)
      expect(plan?.files.find(file => file.path.endsWith('/join-token'))?.mode).toBe(0o600)
    }
  })

  const broken: Readonly<Record<string, string>> = {
    nothing: '',
    'a line end': '\n',
    'another text': 'hello',
    'half a token': ofWorker.slice(0, 80),
    'wrapped lines': ofWorker.replace(/.{40}/g, '$&\n'),
    'a space inside': `${ofWorker.slice(0, 20)} ${ofWorker.slice(20)}`,
    'two tokens': `${ofWorker}\n${ofWorker}`,
    'another gzip': gzipSync('hello').toString('base64'),
    'Base64 of another text': Buffer.from('kubelet-bootstrap').toString('base64'),
    'a gzip that is larger than any token': gzipSync(Buffer.alloc(8 << 20)).toString('base64'),
  }
  for (const [name, text] of Object.entries(broken)) {
    it(`are unreadable: ${name}`, () =>
      expect(findings(read(text))).toEqual(['k0s/token-unreadable token.file']))
  }

  it('belong to a role', () => {
    expect(findings(read(token('controller-bootstrap')))).toEqual([
      'k0s/token-for-another-role token.file',
    ])
    const two = aSpec({
      token: '{file: t}',
      nodes: [controllerNode, '{name: c2, role: controller}'],
    })
    expect(findings(outcome(two, { t: bytes(ofWorker) }))).toEqual([
      'k0s/token-for-another-role token.file',
    ])
    expect(findings(outcome(two, { t: bytes(token('controller-bootstrap')) }))).toEqual([])
  })

  it('are reported if the file is not UTF-8 or cannot be read, or the variable is empty', () => {
    expect(findings(outcome(worker, { t: new Uint8Array([0xff]) }))).toEqual([
      'text/not-utf-8 token.file',
    ])
    expect(findings(outcome(worker))).toEqual(['spec/file-unreadable token.file'])
    expect(findings(outcome(worker.replace('file: t', 'env: EMPTY')))).toEqual([
      'spec/variable-unset token.env',
    ])
  })

  it('are reported once for all nodes that share them', () => {
    const workers = ['w1', 'w2', 'w3'].map(name => `{name: ${name}, role: worker}`)
    const many = aSpec({ token: '{file: t}', nodes: workers })
    expect(findings(outcome(many, { t: bytes('x') }))).toEqual(['k0s/token-unreadable token.file'])
  })
})

describe('k0s.yaml', () => {
  const controller = (config: string) =>
    aSpec({ distro: `{config: ${config}}`, nodes: [controllerNode] })
  const yaml = (config: string) =>
    parseYaml(content(plansOf(controller(config))[0], '/k0s.yaml')).value

  it('is the generated configuration, merged with the user’s', () => {
    expect(yaml('{}')).toEqual({
      apiVersion: 'k0s.k0sproject.io/v1beta1',
      kind: 'ClusterConfig',
      metadata: { name: 'kubernetes' },
      spec: {
        api: { address: '10.0.0.1', sans: ['10.0.0.1'] },
        telemetry: { enabled: false },
      },
    })
    const config =
      '{spec: {api: {sans: [a.site, 10.0.0.1], port: 7443}, telemetry: {enabled: true}}}'
    expect(yaml(config)).toMatchObject({
      spec: {
        api: { address: '10.0.0.1', sans: ['10.0.0.1', 'a.site'], port: 7443 },
        telemetry: { enabled: true },
      },
    })
  })

  const api = (nodes: readonly string[], fields: SpecFields = {}) => {
    const text = aSpec({ bootstrap: null, nodes, ...fields })
    const { value } = parseYaml(content(plansOf(text)[0], '/k0s.yaml'))
    return (value as { spec: { api?: unknown } }).spec.api
  }
  const c1 = (address: string) => `{name: c1, role: controller, address: ${address}}`
  const c2 = '{name: c2, role: controller, address: 10.0.0.2}'

  it('has a host name in the certificate, and an IP address only as the address', () => {
    expect(api([c1('c1.site')])).toEqual({ sans: ['c1.site'] })
    expect(api([controllerNode], { bootstrap: 'c1.site' })).toEqual({ sans: ['c1.site'] })
    expect(api([c1('fd00::1')])).toEqual({ address: 'fd00::1', sans: ['fd00::1'] })
    expect(api([controllerNode])).toBeUndefined()
  })

  it('has a bootstrap name as the external address if it is the address of no controller', () => {
    const bootstrap = 'api.site'
    expect(api([c1('10.0.0.1'), c2], { bootstrap })).toEqual({
      address: '10.0.0.1',
      externalAddress: 'api.site',
      sans: ['10.0.0.1', 'api.site'],
    })
    expect(api([c1('c1.site'), c2])).toEqual({ sans: ['c1.site'] })
    const distro = '{config: {spec: {network: {nodeLocalLoadBalancing: {enabled: true}}}}}'
    expect(api([c1('10.0.0.1'), c2], { bootstrap, distro })).toEqual({
      address: '10.0.0.1',
      sans: ['10.0.0.1', 'api.site'],
    })
  })

  const wrong: Readonly<Record<string, string>> = {
    '{spec: []}': 'spec/malformed distro.config.spec',
    '{spec: null}': 'spec/no-value distro.config.spec',
    '{spec: {api: x}}': 'spec/malformed distro.config.spec.api',
    '{spec: {api: {address: 5}}}': 'spec/unquoted distro.config.spec.api.address',
    '{spec: {api: {sans: {a: b}}}}': 'spec/malformed distro.config.spec.api.sans',
    '{spec: {telemetry: null}}': 'spec/no-value distro.config.spec.telemetry',
    '{spec: {telemetry: no}}': 'spec/malformed distro.config.spec.telemetry',
    '{spec: {telemetry: {enabled: no}}}': 'spec/yes-no distro.config.spec.telemetry.enabled',
    '{metadata: {name: 5}}': 'spec/unquoted distro.config.metadata.name',
    '{network: {provider: calico}}': 'spec/unknown-key distro.config.network',
    '{__proto__: {x: 1}}': 'spec/unknown-key distro.config.__proto__',
  }
  for (const [config, finding] of Object.entries(wrong)) {
    it(`cannot have ${config}`, () =>
      expect(findings(loadSpec(sourceOf(controller(config))))).toEqual([finding]))
  }

  it('has the apiVersion and kind of k0s, for any values in the given file', () => {
    expect(yaml('{apiVersion: k0s.k0sproject.io/v1, kind: Cluster}')).toMatchObject({
      apiVersion: 'k0s.k0sproject.io/v1beta1',
      kind: 'ClusterConfig',
    })
  })
})

describe('files of the user', () => {
  const trees = (items: Readonly<Record<string, string>>) =>
    Object.keys(items).map(path => ({
      kind: 'file' as const,
      path,
      content: bytes(items[path] ?? ''),
      executable: false,
    }))
  const withTree = (path: string, ...paths: string[]) => {
    const text = aSpec({ defaults: `{files: [{path: ${path}, tree: t}]}` })
    const spec = good(sourceOf(text), loadSpec(sourceOf(text)))
    const tree = trees(Object.fromEntries(paths.map(path => [path, ''])))
    return plan(spec, {
      files: new Map(),
      trees: new Map([['t', tree]]),
      env: new Map(),
      sops: new Map(),
    })
  }

  it('can be a folder that is copied to the root directory', () => {
    const [plan] = good(sourceOf(''), withTree('/', 'etc/motd'))
    expect(plan?.files.some(file => file.path === '/etc/motd')).toBe(true)
  })

  it('have printable names, and do not replace files of gen-node', () => {
    expect(findings(withTree('/opt', 'a\nb'))).toEqual([
      'spec/path-characters defaults.files.0.tree',
    ])
    expect(findings(withTree('/etc', 'k0s'))).toEqual(['plan/below-a-file defaults.files.0.path'])
    expect(findings(withTree('/etc/gen-node', 'manifest.sha256'))).toEqual([
      'plan/two-owners defaults.files.0.path',
    ])
    expect(findings(withTree('/etc/k0s/containerd.d', 'certs.d/ghcr.io/hosts.toml'))).toEqual([])
    expect(findings(withTree('/etc/k0s/containerd.d', 'certs.d/quay.io/hosts.toml'))).toEqual([
      'plan/two-owners defaults.files.0.path',
    ])
  })
})
