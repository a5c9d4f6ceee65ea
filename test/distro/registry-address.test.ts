/** Where the registry listens, from which URLs a node pulls, and by which names images can name it. */
import { describe, expect, it } from 'vitest'
import {
  listenAddress,
  ownRegistryUrl,
  registryNames,
  registryUrls,
} from '../../src/distro/parts/registry-address.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import type { Spec } from '../lib/stages.ts'

const three = [
  '{name: c1, role: controller, address: 10.0.0.1}',
  '{name: c2, role: controller, address: 10.0.0.2}',
  '{name: w1, role: worker, address: 10.0.0.3}',
]
const tls = 'tls: {cert: {file: a}, key: {file: b}}'
const specWith = (registry: string, fields: SpecFields = {}) =>
  specOf(sourceOf(aSpec({ bootstrap: null, nodes: three, registry: `{${registry}}`, ...fields })))

const nodeOf = (spec: Spec, name: string) => {
  const node = spec.nodes.find(item => item.name === name)
  if (node === undefined) throw new Error(`no node ${name}`)
  return node
}
const urls = (registry: string, node: string, fields: SpecFields = {}) => {
  const spec = specWith(registry, fields)
  return registryUrls(spec, nodeOf(spec, node))
}
const names = (registry: string, node: string, fields: SpecFields = {}) => {
  const spec = specWith(registry, fields)
  return registryNames(spec, nodeOf(spec, node)).map(({ host, urls }) => [host, ...urls].join(' '))
}

describe('a node pulls', () => {
  it.each([
    ['c1', '', ['http://127.0.0.1:5000', 'http://10.0.0.2:5000']],
    ['c2', '', ['http://127.0.0.1:5000', 'http://10.0.0.1:5000']],
    ['w1', '', ['http://10.0.0.1:5000', 'http://10.0.0.2:5000']],
    ['c2', tls, ['https://10.0.0.2:5000', 'https://10.0.0.1:5000']],
    ['w1', 'run: every-node', ['http://127.0.0.1:5000']],
    [
      'w1',
      'run: every-node, listen: 0.0.0.0',
      ['http://127.0.0.1:5000', 'http://10.0.0.1:5000', 'http://10.0.0.2:5000'],
    ],
    ['w1', 'run: external, address: "https://r.site/"', ['https://r.site']],
    ['w1', 'run: none', []],
  ])('on %s with {%s} from %j', (node, registry, expected) => {
    expect(urls(registry, node)).toEqual(expected)
  })

  it('from its own registry only, where the others listen for their nodes only', () => {
    const nodes = three.slice(0, 2)
    expect(urls('listen: 127.0.0.1', 'c1', { nodes })).toEqual(['http://127.0.0.1:5000'])
  })

  it('also from a bootstrap address that is the address of no controller', () => {
    const fields = { bootstrap: '10.0.0.9' }
    expect(urls('', 'c1', fields)).toEqual([
      'http://127.0.0.1:5000',
      'http://10.0.0.9:5000',
      'http://10.0.0.2:5000',
    ])
  })

  it('from the address in the certificate, where the registry listens too', () => {
    for (const registry of [`run: every-node, ${tls}`, tls]) {
      const spec = specWith(registry, { mirrors: [] })
      expect(ownRegistryUrl(spec, nodeOf(spec, 'c1'))).toBe('https://10.0.0.1:5000')
      expect(listenAddress(spec)).toBe('0.0.0.0')
    }
  })
})

describe('the names of the registry', () => {
  const first = '10.0.0.1:5000 http://10.0.0.1:5000 http://10.0.0.2:5000'
  const second = '10.0.0.2:5000 http://10.0.0.2:5000 http://10.0.0.1:5000'
  it('are the addresses of the controllers, each with its own URL first', () => {
    for (const node of ['c1', 'c2', 'w1']) expect(names('', node), node).toEqual([first, second])
  })

  it('include localhost where containerd itself would not use the right URL', () => {
    const own = 'https://10.0.0.1:443 https://10.0.0.2:443'
    expect(names(`${tls}, port: 443`, 'c1')).toEqual([
      `10.0.0.1:443 ${own}`,
      `10.0.0.1 ${own}`,
      '10.0.0.2:443 https://10.0.0.2:443 https://10.0.0.1:443',
      '10.0.0.2 https://10.0.0.2:443 https://10.0.0.1:443',
      `localhost:443 ${own}`,
      `127.0.0.1:443 ${own}`,
    ])
    const auth = 'auth: {username: site, password: {env: P}}'
    expect(names(auth, 'c1').slice(2)).toEqual([
      'localhost:5000 http://localhost:5000 http://10.0.0.2:5000',
      '127.0.0.1:5000 http://127.0.0.1:5000 http://10.0.0.2:5000',
    ])
    expect(names(auth, 'w1')).toEqual([first, second])
    expect(names('run: every-node, port: 443', 'w1').slice(2)).toEqual([
      'localhost:443 http://localhost:443',
      '127.0.0.1:443 http://127.0.0.1:443',
    ])
  })

  it('lead to the registry of the node itself where it listens for its node only', () => {
    const nodes = ['{name: s1, role: single, address: 10.0.0.5}']
    expect(names('', 's1', { nodes })).toEqual(['10.0.0.5:5000 http://127.0.0.1:5000'])
  })

  it('are the host of an external registry, with and without its default port', () => {
    const external = (address: string) => names(`run: external, address: "${address}"`, 'w1')
    expect(external('http://R.site:5000')).toEqual(['r.site:5000 http://R.site:5000'])
    expect(external('https://r.site')).toEqual([
      'r.site https://r.site',
      'r.site:443 https://r.site',
    ])
    expect(names('run: none', 'w1')).toEqual([])
  })
})
