/**
 * The real containerd pulls images that are named after the cluster's registry itself, and images that
 * only the registry of another controller has.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostPort } from '../../src/codec/address.ts'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { good, sourceOf } from '../lib/cases.ts'
import {
  type ContainerdBox,
  type Line,
  line1,
  line2,
  openContainerd,
} from '../lib/containerd-box.ts'
import { type Digests, makeLayout } from '../lib/images.ts'
import { curl, describeWith, openssl, runOrThrow } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { loadSpec, type NodePlan, plan } from '../lib/stages.ts'
import { fileOf } from './lib/machines.ts'
import { registryCommand, writeCerts } from './lib/site.ts'

// Versions of k0s that include these release lines of containerd.
const versions = { 1: '1.33.4', 2: '1.36.0' }

describeWith([line1.inBox, curl, openssl], 'containerd 1 and the registry', () => testsOf(line1))
describeWith([line2.inBox, curl, openssl], 'containerd 2 and the registry', () => testsOf(line2))

function testsOf(line: Line): void {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-hosts-'))
  const pem = (name: string) => join(folder, name)
  let digests: Digests = new Map()
  let opened: ContainerdBox | undefined
  let count = 0
  const box = () => opened as ContainerdBox

  /** The plans of two controllers and a worker by name. */
  function cluster(registry: string, fields: SpecFields = {}): (name: string) => NodePlan {
    const source = sourceOf(
      aSpec({
        bootstrap: null,
        distro: `{name: k0s, version: ${versions[line.major]}}`,
        mirrors: ['quay.io', '{host: ghcr.io, fallback: none}'],
        registry,
        nodes: [
          '{name: c1, role: controller, address: 192.168.1.10}',
          '{name: c2, role: controller, address: 192.168.1.11}',
          '{name: w1, role: worker}',
        ],
        ...fields,
      }),
    )
    const names = ['ca.pem', 'server.pem', 'server.key']
    const files = new Map(names.map(name => [name, bytesOf(pem(name))]))
    const env = new Map([['PASSWORD', 'correct horse']])
    const plans = good(
      source,
      plan(good(source, loadSpec(source)), { files, trees: new Map(), env, sops: new Map() }),
    )
    return name => plans.find(node => node.name === name) as NodePlan
  }

  /** Runs the registry of a controller on one address only, which stands for its machine. */
  async function serve(node: NodePlan, address: string, layout: string): Promise<void> {
    const own = join(folder, `registry-${count++}`)
    mkdirSync(own)
    const credentials = ['tls.pem', 'tls-key.pem', 'auth'].flatMap(name => {
      const path = `/etc/gen-node/registry/${name}`
      if (node.files.every(file => file.path !== path)) return []
      writeFileSync(join(own, name), fileOf(node, path))
      return [[`\${RUNTIME_DIRECTORY}/${name}`, join(own, name)] as const]
    })
    const command = registryCommand(node, own, {
      '0.0.0.0': address,
      '/srv/bundle': join(folder, layout),
      ...Object.fromEntries(credentials),
    })
    const port = command[command.indexOf('--port') + 1]
    const scheme = credentials.length > 0 ? 'https' : 'http'
    box().start(command)
    const request = [
      'curl',
      '-sk',
      '-o',
      '/dev/null',
      `${scheme}://${hostPort(address, Number(port))}/v2/`,
    ]
    await until(`the registry at ${address}:${port}`, async () => {
      return (await box().run(request)).code === 0
    })
  }

  const pull = (node: NodePlan, image: string) =>
    box().pull(image, writeCerts(node, join(folder, `certs-${count++}`)))

  const plain = () => cluster('{bundle: /srv/bundle}')
  const guarded = () =>
    cluster(
      '{bundle: /srv/bundle, port: 5443, ca: {file: ca.pem}, tls: {cert: {file: server.pem}, key: {file: server.key}}, auth: {username: site, password: {env: PASSWORD}}}',
    )

  const byIpv6 = (fields: SpecFields = {}) => {
    const nodes = ['{name: c1, role: controller, address: "fd00::10"}', '{name: w1, role: worker}']
    return cluster('{bundle: /srv/bundle, port: 5006}', { nodes, ...fields })
  }

  const at443 = () => cluster('{bundle: /srv/bundle, port: 443, run: every-node}')

  beforeAll(async () => {
    digests = new Map([
      ...makeLayout(join(folder, 'both'), images(['quay.io/site/app:1'])),
      ...makeLayout(
        join(folder, 'first'),
        images([
          'quay.io/site/app:1',
          'quay.io/site/first:1',
          'ghcr.io/site/first:2',
          'site/bare:1',
        ]),
      ),
    ])
    makeCertificates(folder)
    opened = await openContainerd(['192.168.1.10/32', '192.168.1.11/32', 'fd00::10/128'], line)
    await Promise.all([
      serve(plain()('c1'), '192.168.1.10', 'first'),
      // 127.0.0.1 is the registry of c2 itself, 192.168.1.11 the same registry for other nodes.
      serve(plain()('c2'), '127.0.0.1', 'both'),
      serve(plain()('c2'), '192.168.1.11', 'both'),
      serve(guarded()('c1'), '192.168.1.10', 'first'),
      serve(byIpv6()('c1'), '::', 'both'),
      serve(at443()('c1'), '127.0.0.1', 'both'),
    ])
  })

  afterAll(async () => {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['w1', '192.168.1.10'],
    ['w1', '192.168.1.11'],
    ['c1', '192.168.1.10'],
    ['c2', '192.168.1.11'],
    ['c2', '127.0.0.1'],
    ['c2', 'localhost'],
  ])('pulls on %s an image of %s:5000 over plain HTTP', async (node, address) => {
    const pulled = await pull(plain()(node), `${address}:5000/site/app:1`)
    expect(pulled).toMatchObject({
      code: 0,
      digest: digests.get('quay.io/site/app:1'),
      hosts: [`${address}:5000`],
    })
  })

  it.each(['localhost', '127.0.0.1'])('pulls an image of %s:443 over plain HTTP', async address => {
    const pulled = await pull(at443()('w1'), `${address}:443/site/app:1`)
    expect(pulled).toMatchObject({ code: 0, hosts: [`${address}:443`] })
  })

  it('pulls an image of [fd00::10]:5006, also without a known version', async () => {
    for (const fields of [{}, { distro: 'k0s', mirrors: [] }]) {
      for (const node of ['w1', 'c1']) {
        const pulled = await pull(byIpv6(fields)(node), '[fd00::10]:5006/site/app:1')
        expect(pulled, node).toMatchObject({ code: 0, hosts: ['[fd00::10]:5006'] })
      }
    }
  })

  it('pulls an image of the registry from another controller, with the CA and the password', async () => {
    for (const node of ['w1', 'c1']) {
      const pulled = await pull(guarded()(node), '192.168.1.10:5443/site/app:1')
      expect(pulled, node).toMatchObject({ code: 0, digest: digests.get('quay.io/site/app:1') })
      expect(pulled.requests.every(request => request.includes('https://'))).toBe(true)
    }
    // Nothing answers at 192.168.1.11:5443.
    const other = await pull(guarded()('w1'), '192.168.1.11:5443/site/bare:1')
    expect(other).toMatchObject({ code: 0, digest: digests.get('site/bare:1') })
  })

  it.each(['quay.io/site/first:1', 'ghcr.io/site/first:2', '192.168.1.11:5000/site/bare:1'])(
    'pulls %s from the controller that has it',
    async image => {
      const pulled = await pull(plain()('c2'), image)
      const name = image.replace('192.168.1.11:5000/', '')
      expect(pulled).toMatchObject({ code: 0, digest: digests.get(name) })
      expect(pulled.hosts[0]).toMatch(/^(127\.0\.0\.1|192\.168\.1\.11):5000$/)
      expect(pulled.hosts[1]).toBe('192.168.1.10:5000')
    },
  )
}

const images = (names: readonly string[]) => names.map(name => ({ names: [name] }))

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path))
}

/** A CA of the site, and a certificate of c1. */
function makeCertificates(folder: string): void {
  const at = (name: string) => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  runOrThrow(
    'openssl',
    ...['req', '-x509', ...key, '-days', '2', '-subj', '/CN=site CA'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  )
  runOrThrow(
    'openssl',
    ...['req', ...key, '-subj', '/CN=c1', '-keyout', at('server.key'), '-out', at('csr')],
  )
  writeFileSync(at('ext'), 'subjectAltName=IP:192.168.1.10,IP:192.168.1.11\n')
  runOrThrow(
    'openssl',
    ...['x509', '-req', '-in', at('csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-CAcreateserial', '-days', '2', '-extfile', at('ext'), '-out', at('server.pem')],
  )
}
