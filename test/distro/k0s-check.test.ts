/** Fields for which k0s is stricter than the schema, and settings that do not fit the machines of a cluster. */
import { describe, expect, it } from 'vitest'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { sourceOf } from '../lib/cases.ts'
import { loadSpec } from '../lib/stages.ts'

const oneController = ['{name: c1, role: controller, address: 10.0.0.1}']
const twoControllers = [...oneController, '{name: c2, role: controller, address: 10.0.0.2}']
const oneWorker = ['{name: w1, role: worker, address: 10.0.0.3}']

function findings(fields: SpecFields): readonly string[] {
  return loadSpec(sourceOf(aSpec(fields))).diagnostics.map(
    ({ rule, path }) => `${rule} ${path.join('.')}`,
  )
}

describe('the port of the registry', () => {
  const taken = ['k0s/port-taken registry.port']
  it.each([6443, 9443, 8132, 8133, 2379, 2380, 10250, 10257, 10259])('cannot be %i', port => {
    expect(findings({ registry: `{port: ${port}}`, nodes: oneController })).toEqual(taken)
  })
  it('can be the default port of the API server if the API server uses another port', () => {
    const fields = { distro: '{config: {spec: {api: {port: 7443}}}}', nodes: oneController }
    expect(findings({ ...fields, registry: '{port: 6443}' })).toEqual([])
    expect(findings({ ...fields, registry: '{port: 7443}' })).toEqual(taken)
  })
  it('can be a port of k0s if the registry runs on another machine', () => {
    const external = '{run: external, port: 6443, address: "http://10.0.0.9:6443"}'
    expect(findings({ registry: external, nodes: oneController })).toEqual([])
    const onWorker = (registry: string) => findings({ registry, nodes: oneWorker })
    expect(onWorker('{port: 6443}')).toEqual([])
    expect(onWorker('{run: every-node, port: 6443}')).toEqual([])
    expect(onWorker('{run: every-node, port: 10250}')).toEqual(taken)
  })
})

describe('the listen address of the registry', () => {
  it('is reachable for the nodes that pull from it', () => {
    const nodes = [...oneController, '{name: w1, role: worker}']
    expect(findings({ registry: '{listen: "::1"}', nodes })).toEqual([
      'registry/listen-loopback registry.listen',
    ])
    expect(findings({ registry: '{run: every-node, listen: 127.0.0.1}', nodes })).toEqual([])
    const mirrors = ['{host: quay.io, endpoints: ["http://10.0.0.9:5000"]}']
    expect(findings({ registry: '{listen: 127.0.0.1}', mirrors, nodes })).toEqual([])
  })
  it('is an address of every node if several nodes run the registry', () => {
    expect(findings({ registry: '{listen: 10.0.0.1}', nodes: twoControllers })).toEqual([
      'registry/listen-of-one-node registry.listen',
    ])
    expect(findings({ registry: '{listen: 10.0.0.1}', nodes: oneController })).toEqual([])
    expect(findings({ registry: '{listen: "::"}', nodes: twoControllers })).toEqual([])
  })
})

describe('the configuration of several controllers', () => {
  it('has no address of one of them', () => {
    const distro = '{config: {spec: {api: {address: 10.0.0.1}}}}'
    expect(findings({ distro, nodes: twoControllers })).toEqual([
      'k0s/config-of-one-node distro.config.spec.api.address',
    ])
    expect(findings({ distro, nodes: oneController })).toEqual([])
    const peer = '{config: {spec: {storage: {etcd: {peerAddress: 10.0.0.1}}}}}'
    expect(findings({ distro: peer, nodes: twoControllers })).toEqual([
      'k0s/config-of-one-node distro.config.spec.storage.etcd.peerAddress',
    ])
  })
})

describe('the name of a manifest', () => {
  const named = (name: string) => {
    const roles = `{controller: {manifests: [{name: ${name}, content: "{}"}]}}`
    return findings({ roles, nodes: twoControllers })
  }
  it('cannot be the name of a directory of k0s', () => {
    expect(named('coredns')).toEqual(['k0s/manifest-name-taken roles.controller.manifests.0.name'])
    expect(named('my-coredns')).toEqual([])
  })
})

describe('the host name of a node', () => {
  const named = (hostname: string) =>
    findings({ nodes: [`{name: w1, role: worker, hostname: "${hostname}"}`] })
  it('has at most 64 characters and is not localhost', () => {
    const long = `${'a'.repeat(40)}.${'b'.repeat(24)}`
    expect(named(long)).toEqual(['spec/malformed nodes.0.hostname'])
    expect(named(long.slice(1))).toEqual([])
    expect(named('localhost')).toEqual(['spec/malformed nodes.0.hostname'])
  })
})
