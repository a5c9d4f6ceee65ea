/**
 * The real containerd, with the generated certs.d as its only registry settings, pulls from the
 * generated registry program, which serves a layout of skopeo and umoci.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import {
  type ContainerdBox,
  type Line,
  line1,
  line2,
  openContainerd,
} from '../lib/containerd-box.ts'
import { type Digests, makeLayoutWithTools, packLayout } from '../lib/images.ts'
import { curl, describeWith, openssl, runOrThrow, skopeo, umoci } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import type { NodePlan } from '../lib/stages.ts'
import { registryCommand, writeCerts } from './lib/site.ts'

const images = [
  'registry.k8s.io/pause:3.9',
  'quay.io/k0sproject/coredns:1.12',
  'docker.io/library/busybox:1.36',
  // Two images with the same path: only `?ns=` distinguishes them.
  'quay.io/same/path:1',
  'docker.io/same/path:1',
  'ghcr.io/other/image:2',
  'registry.site:8443/site/app:1',
]

// Versions of k0s that include these release lines of containerd.
const versions = { 1: '1.33.4', 2: '1.36.0' }

const all = `[registry.k8s.io, quay.io, {host: docker.io, fallback: none}, {host: "registry.site:8443"}, "*"]`

describeWith(
  [line1.inBox, curl, openssl, skopeo, umoci],
  'containerd 1 with the generated certs.d',
  () => testsOf(line1),
)

describeWith(
  [line2.inBox, curl, openssl, skopeo, umoci],
  'containerd 2 with the generated certs.d',
  () => testsOf(line2),
)

function testsOf(line: Line): void {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-containerd-'))
  const layout = join(folder, 'layout')
  const archive = join(folder, 'layout.tar')
  const records = join(folder, 'records')
  const recorder = 'http://192.168.1.10:5009'

  // Answers every request with 404, and records its path and headers.
  const recording = `const fs = require('node:fs')
  require('node:http').createServer((q, r) => {
    fs.appendFileSync(${JSON.stringify(records)}, JSON.stringify([q.url, q.headers]) + '\\n')
    r.statusCode = 404
    r.end()
  }).listen(5009, '192.168.1.10')`

  // The registry behind TLS, for clients with a certificate of the site only.
  const guarding = `const fs = require('node:fs'), http = require('node:http')
  const read = name => fs.readFileSync(${JSON.stringify(join(folder, 'tls'))} + '/' + name)
  const options = { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true }
  require('node:https').createServer(options, (q, r) => {
    http.request({ host: '192.168.1.10', port: 5000, path: q.url, method: q.method, headers: q.headers }, a => {
      r.writeHead(a.statusCode, a.headers)
      a.pipe(r)
    }).end()
  }).listen(8443, '192.168.1.10')`

  /** The plans of a cluster's controller and worker. */
  function cluster(mirrors: string, registry: string, bootstrap = '192.168.1.10') {
    const text = aSpec({
      bootstrap: null,
      distro: `{name: k0s, version: ${versions[line.major]}}`,
      mirrors,
      registry,
      nodes: [`{name: c1, role: controller, address: "${bootstrap}"}`, '{name: w1, role: worker}'],
    })
    const plans = plansOf(sourceOf(text), folder)
    const byName = (name: string) => plans.find(plan => plan.name === name) as NodePlan
    return { controller: byName('c1'), worker: byName('w1') }
  }

  let digests: Digests = new Map()
  let opened: ContainerdBox | undefined
  let clusters = 0
  const box = () => opened as ContainerdBox

  beforeAll(async () => {
    digests = makeLayoutWithTools(
      layout,
      images.map(name => ({ names: [name] })),
    )
    packLayout(layout, archive)
    makeCertificates(folder)
    opened = await openContainerd(['192.168.1.10/32', 'fd00::10/128'], line)
    box().start([process.execPath, '-e', recording])
    box().start([process.execPath, '-e', guarding])
    await Promise.all([waitForAnswer(recorder), serve(byDirectory)])
  })

  afterAll(async () => {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const places = {
    '/srv/bundle': layout,
    '/srv/bundle.tar': archive,
    '/var/lib/gen-node/registry': join(folder, 'storage'),
  }
  const byDirectory = cluster(all, '{bundle: /srv/bundle}')
  const byArchive = cluster(all, '{bundle: /srv/bundle.tar, port: 5001}')
  const byIpv6 = cluster('[quay.io]', '{bundle: /srv/bundle, port: 5006}', 'fd00::10')

  /** Runs the registry of a cluster's controller until it answers. */
  async function serve({ controller }: { readonly controller: NodePlan }): Promise<void> {
    const command = registryCommand(controller, join(folder, `registry-${clusters++}`), places)
    const port = command[command.indexOf('--port') + 1]
    const server = box().start(command)
    await waitForAnswer(`http://localhost:${port}`, () => server.output())
  }

  async function waitForAnswer(url: string, output = () => ''): Promise<void> {
    const request = () => box().run(['curl', '-s', '-o', '/dev/null', `${url}/v2/`])
    await until(`${url}: ${output()}`, async () => (await request()).code === 0)
  }

  const pull = (plan: NodePlan, image: string) =>
    box().pull(image, writeCerts(plan, join(folder, `certs-${clusters++}`)))

  /** The worker of a cluster whose only mirror is one of quay.io with these fields. */
  const mirrored = (fields: string, run = '{run: none}') =>
    cluster(`[{host: quay.io, ${fields}}]`, run).worker

  function recorded(): readonly (readonly [string, Readonly<Record<string, string>>])[] {
    return readFileSync(records, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as [string, Record<string, string>])
  }

  it.each(images)('pulls %s from a directory', async image => {
    expect(await pull(byDirectory.worker, image)).toMatchObject({
      code: 0,
      digest: digests.get(image),
      hosts: ['192.168.1.10:5000'],
    })
  })

  it('pulls from its own registry on the node that runs it', async () => {
    expect(await pull(byDirectory.controller, 'registry.k8s.io/pause:3.9')).toMatchObject({
      code: 0,
      digest: digests.get('registry.k8s.io/pause:3.9'),
      hosts: ['127.0.0.1:5000'],
    })
  })

  it('pulls two images with the same path, from a directory and from an archive', async () => {
    expect(digests.get('quay.io/same/path:1')).not.toBe(digests.get('docker.io/same/path:1'))
    await serve(byArchive)
    for (const image of images) {
      expect(await pull(byArchive.worker, image), image).toMatchObject({
        code: 0,
        digest: digests.get(image),
        hosts: ['192.168.1.10:5001'],
      })
    }
  })

  it('reports the error of the mirror and requests no other host, with fallback none', async () => {
    const missing = await pull(byDirectory.worker, 'docker.io/library/none:1')
    expect(missing).toMatchObject({ code: 1, digest: null, hosts: ['192.168.1.10:5000'] })
    expect(missing.error).toMatch(/docker\.io\/library\/none:1.*not found/)
    expect(missing.log).not.toMatch(/lookup|registry-1\.docker\.io/)
  })

  it.each([
    ['quay.io/none:1', 'quay.io'],
    ['registry.site:8443/none:1', 'registry.site:8443'],
    ['ghcr.io/none:1', 'ghcr.io'],
  ])('requests %s from upstream last, with fallback upstream', async (image, upstream) => {
    const missing = await pull(byDirectory.worker, image)
    expect(missing).toMatchObject({ code: 1, hosts: ['192.168.1.10:5000', upstream] })
    // containerd 1 ends with this error, containerd 2 with the mirror's "not found".
    expect(missing.log).toContain(`lookup ${upstream.replace(/:.*/, '')}`)
  })

  it('requests from several endpoints in their order', async () => {
    const both = 'endpoints: ["http://192.168.1.10:5009", "http://192.168.1.10:5000"]'
    expect(await pull(mirrored(both), 'quay.io/same/path:1')).toMatchObject({
      code: 0,
      digest: digests.get('quay.io/same/path:1'),
      hosts: ['192.168.1.10:5009', '192.168.1.10:5000'],
    })
  })

  it('pulls from a bootstrap node with an IPv6 address', async () => {
    await serve(byIpv6)
    expect(await pull(byIpv6.worker, 'quay.io/same/path:1')).toMatchObject({
      code: 0,
      digest: digests.get('quay.io/same/path:1'),
      hosts: ['[fd00::10]:5006'],
    })
  })

  it.each(['upstream', 'none'])(
    'sends header and credentials to the mirror, with fallback %s',
    async fallback => {
      rmSync(records, { force: true })
      const fields = `endpoints: ["${recorder}"], fallback: ${fallback}, header: {X-Site: 'hull "4"'}, auth: {username: site, password: "p: w"}`
      const missing = await pull(mirrored(fields), 'quay.io/a/b:1')
      expect(missing.code).toBe(1)
      const headers = recorded().map(([, all]) => [all['x-site'], all.authorization])
      expect(headers.length).toBeGreaterThan(0)
      const basic = `Basic ${Buffer.from('site:p: w').toString('base64')}`
      for (const pair of headers) expect(pair).toEqual(['hull "4"', basic])
    },
  )

  it('uses the path of an endpoint unchanged with overridePath, or where it ends with /v2', async () => {
    const paths = async (path: string, overridePath: boolean) => {
      rmSync(records, { force: true })
      await pull(
        mirrored(
          `endpoints: ["${recorder}${path}"], fallback: none, overridePath: ${overridePath}`,
        ),
        'quay.io/a/b:1',
      )
      return [...new Set(recorded().map(([path]) => path.replace(/\?.*/, '')))]
    }
    expect(await paths('/some/v2/root', true)).toEqual(['/some/v2/root/a/b/manifests/1'])
    expect(await paths('/some/root/v2', false)).toEqual(['/some/root/v2/a/b/manifests/1'])
    expect(await paths('', false)).toEqual(['/v2/a/b/manifests/1'])
    expect(await paths('/', false)).toEqual(['/v2/a/b/manifests/1'])
    expect(await paths('/some/root/v2/', false)).toEqual(['/some/root/v2/a/b/manifests/1'])
  })

  it('trusts the ca, and sends the client certificate', async () => {
    const tls = 'endpoints: ["https://192.168.1.10:8443"], fallback: none, ca: {file: tls/ca.pem}'
    const client = 'client: {cert: {file: tls/client.pem}, key: {file: tls/client.key}}'
    expect(await pull(mirrored(`${tls}, ${client}`), 'quay.io/same/path:1')).toMatchObject({
      code: 0,
      digest: digests.get('quay.io/same/path:1'),
      hosts: ['192.168.1.10:8443'],
    })
    const unknown = await pull(mirrored(tls), 'quay.io/same/path:1')
    expect(unknown.code).toBe(1)
    expect(unknown.error).toContain('certificate')
  })

  it('refuses the certificate of an unknown CA, unless skipVerify is set', async () => {
    const tls = 'endpoints: ["https://192.168.1.10:8443"], fallback: none'
    const client = 'client: {cert: {file: tls/client.pem}, key: {file: tls/client.key}}'
    const refused = await pull(mirrored(`${tls}, ${client}`), 'quay.io/same/path:1')
    expect(refused.error).toContain('x509')
    expect(
      await pull(mirrored(`${tls}, ${client}, skipVerify: true`), 'quay.io/same/path:1'),
    ).toMatchObject({
      code: 0,
    })
  })
}

/** A CA of the site, a certificate for the mirror, and a certificate for a node. */
function makeCertificates(folder: string): void {
  const tls = join(folder, 'tls')
  mkdirSync(tls, { recursive: true })
  const at = (name: string) => join(tls, name)
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  runOrThrow(
    'openssl',
    'req',
    '-x509',
    ...fresh,
    '-subj',
    '/CN=site CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  )
  for (const [name, extension] of [
    ['server', 'subjectAltName=IP:192.168.1.10'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(at('ext'), `${extension}\n`)
    runOrThrow(
      'openssl',
      'req',
      ...fresh.slice(0, 5),
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at('csr'),
    )
    runOrThrow(
      'openssl',
      ...['x509', '-req', '-in', at('csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
      ...['-CAcreateserial', '-days', '2', '-extfile', at('ext'), '-out', at(`${name}.pem`)],
    )
  }
}
