/** The data of the run book: pieces, order, tokens and the URL of the registry. */
import { describe, expect, it } from 'vitest'
import { runbookPart } from '../../src/distro/distros.ts'
import { registryUrls } from '../../src/distro/parts/registry-address.ts'
import { sourceOf, specOf } from '../lib/cases.ts'

const head = 'apiVersion: gen-node/v1\n'
const pair = `nodes:
  - {name: c1, role: controller, address: 10.0.0.1}
  - {name: w1, role: worker, os: flatcar, ssh: {}}
`
const specOfText = (text: string) => specOf(sourceOf(`${head}${text}`))
const partOf = (text: string) => runbookPart(specOfText(text))

describe('what must be on a machine', () => {
  it('is the binary, and Node and the bundle where the registry runs', () => {
    const { machines } = partOf(`distro: {version: 1.33.4}\n${pair}`)
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
    const nodes =
      'nodes: [{name: c0, role: controller, address: 10.0.0.9}, {name: c1, role: controller, address: 10.0.0.1}]\n'
    const { first, laterNodes } = partOf(`bootstrap: 10.0.0.1\n${nodes}`)
    expect(first?.node.name).toBe('c1')
    expect(laterNodes.map(({ name }) => name)).toEqual(['c0'])
  })
  it('has no first node in a spec of workers', () => {
    const part = partOf('bootstrap: 10.0.0.1\nnodes: [{name: w1, role: worker}]\n')
    expect(part.first).toBeNull()
    expect(part.laterNodes).toHaveLength(1)
  })
})

describe('tokens', () => {
  it('are made once for each role and put on every node that waits', () => {
    const c2 = '  - {name: c2, role: controller}\n'
    const { tokens } = partOf(`${pair}${c2}`)
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
  it('are not mentioned where the spec has them', () => {
    expect(partOf(`token: {file: t}\n${pair}`).tokens).toBeNull()
  })
})

describe('the URL of the registry', () => {
  const tls = 'tls: {cert: {file: a}, key: {file: a}}'
  const urls: readonly (readonly [string, string | null])[] = [
    ['', 'http://10.0.0.1:5000'],
    [`registry: {${tls}}\n`, 'https://10.0.0.1:5000'],
    ['registry: {port: 80}\n', 'http://10.0.0.1:80'],
    ['registry: {run: every-node}\n', 'http://127.0.0.1:5000'],
    ['registry: {run: external, address: "https://r.site/"}\n', 'https://r.site'],
    ['registry: {run: none}\n', null],
  ]
  it.each(urls)('%j: %s', (text, url) => expect(partOf(`${text}${pair}`).registryUrl).toBe(url))

  it('of a single node is its loopback address', () => {
    expect(partOf('nodes: [{name: s1, role: single, address: 10.0.0.1}]\n').registryUrl).toBe(
      'http://127.0.0.1:5000',
    )
  })
  it('of controllers is the URL that workers ask', () => {
    for (const [text] of urls.slice(0, 3)) {
      const spec = specOfText(`${text}${pair}`)
      const [, worker] = spec.nodes
      expect(registryUrls(spec, worker!)).toEqual([runbookPart(spec).registryUrl])
    }
  })
})
