/** The data of the run book: pieces, order, tokens and the URL of the registry. */
import { describe, expect, it } from 'vitest'
import { runbookPart } from '../../src/distro/distros.ts'
import { registryUrls } from '../../src/distro/parts/registry-address.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'

const pair = [
  '{name: c1, role: controller, address: 10.0.0.1}',
  '{name: w1, role: worker, os: flatcar, ssh: {}}',
]
const specWith = (fields: SpecFields) =>
  specOf(sourceOf(aSpec({ bootstrap: null, nodes: pair, ...fields })))
const partOf = (fields: SpecFields = {}) => runbookPart(specWith(fields))

describe('the required files of a machine', () => {
  it('are the binary, and with a registry also Node and the bundle', () => {
    const { machines } = partOf({ distro: '{version: 1.33.4}' })
    const pieces = machines.map(({ node, required }) => [
      node.name,
      ...required.map(({ path, remedy }) => `${path}: ${remedy}`),
    ])
    expect(pieces).toEqual([
      [
        'c1',
        '/usr/local/bin/k0s: copy it to /usr/local/bin/k0s with mode 0755',
        '/usr/local/bin/node: copy it to /usr/local/bin/node with mode 0755',
        '/var/lib/gen-node/bundle: copy it to /var/lib/gen-node/bundle',
      ],
      ['w1', '/opt/bin/k0s: copy it to /opt/bin/k0s with mode 0755'],
    ])
    expect(machines[0]?.required[0]?.what).toBe('the k0s 1.33.4 binary')
  })
})

describe('the order', () => {
  it('begins with the controller at the bootstrap address', () => {
    const nodes = [
      '{name: c0, role: controller, address: 10.0.0.9}',
      '{name: c1, role: controller, address: 10.0.0.1}',
    ]
    const { first, laterNodes } = partOf({ bootstrap: '10.0.0.1', nodes })
    expect(first?.node.name).toBe('c1')
    expect(laterNodes.map(({ name }) => name)).toEqual(['c0'])
  })
  it('has no first node in a spec of workers', () => {
    const part = partOf({ bootstrap: '10.0.0.1', nodes: ['{name: w1, role: worker}'] })
    expect(part.first).toBeNull()
    expect(part.laterNodes).toHaveLength(1)
  })
})

describe('tokens', () => {
  it('are created once for each role and copied to every waiting node', () => {
    const { tokens } = partOf({ nodes: [...pair, '{name: c2, role: controller}'] })
    expect(tokens?.issuer?.name).toBe('c1')
    expect(tokens?.create.map(({ command, file }) => `${command} > ${file}`)).toEqual([
      'k0s token create --role worker > worker.token',
      'k0s token create --role controller > controller.token',
    ])
    expect(tokens?.install.map(({ command }) => command)).toEqual([
      "ssh core@w1 'sudo install -D -m 0600 /dev/stdin /etc/k0s/join-token' < worker.token",
      "ssh root@c2 'install -D -m 0600 /dev/stdin /etc/k0s/join-token' < controller.token",
    ])
  })
  it('are absent if the spec has them', () => {
    expect(partOf({ token: '{file: t}' }).tokens).toBeNull()
  })
})

describe('the URL of the registry', () => {
  const tls = 'tls: {cert: {file: a}, key: {file: a}}'
  const urls: readonly (readonly [string, string | null])[] = [
    ['{}', 'http://10.0.0.1:5000'],
    [`{${tls}}`, 'https://10.0.0.1:5000'],
    ['{port: 80}', 'http://10.0.0.1:80'],
    ['{run: every-node}', 'http://127.0.0.1:5000'],
    ['{run: external, address: "https://r.site/"}', 'https://r.site'],
    ['{run: none}', null],
  ]
  it.each(urls)('of %s is %s', (registry, url) => {
    expect(partOf({ registry }).registryUrl).toBe(url)
  })

  it('of a single node is its loopback address', () => {
    expect(partOf({ nodes: ['{name: s1, role: single, address: 10.0.0.1}'] }).registryUrl).toBe(
      'http://127.0.0.1:5000',
    )
  })
  it('of controllers is the URL in the mirrors of workers', () => {
    for (const [registry] of urls.slice(0, 3)) {
      const spec = specWith({ registry })
      const [, worker] = spec.nodes
      expect(registryUrls(spec, worker!)).toEqual([runbookPart(spec).registryUrl])
    }
  })
})
