/**
 * A cluster without internet for k0rdent: a controller serves a bundle in the form of k0rdent, and the
 * worker's containerd pulls its contents by upstream names and by names of the registry.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { describeWith } from '../lib/judge.ts'
import { k0sStub } from '../lib/k0s-stub.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bytesOf } from '../oracle/lib/machines.ts'
import {
  chart,
  dockerArchive,
  image,
  layout,
  named,
  type Tree,
  treeTar,
} from '../registry/lib/image.ts'
import { tar } from '../registry/lib/tar.ts'

const spec = `apiVersion: gen-node/v1
mirrors: [registry.k8s.io, quay.io, docker.io]
fallback: none
registry: {bundle: /srv/airgap-bundle-1.2.2.tar}
addons: {k0rdent: {version: 1.2.2}}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: c2, role: controller, address: 192.168.1.12}
  - {name: w1, role: worker}
`

const kcm = chart('k0rdent-enterprise', '1.2.2')
const controller = image('kcm-controller')
const flux = image('flux')
const pause = image('pause')
const coredns = image('coredns')
const nginx = image('nginx')

/** A folder of archives that have their names from their paths, and images of other tools. */
const bundle: Tree = new Map([
  ['charts/k0rdent-enterprise_1.2.2.tar', treeTar(layout([named(kcm)]))],
  ['kcm-controller_1.2.2.tar', treeTar(layout([named(controller)]))],
  ['fluxcd/flux-cli_v2.5.1.tar', treeTar(layout([named(flux)]))],
  [
    'k0s-airgap.tar',
    treeTar(
      layout([
        named(pause, 'registry.k8s.io/pause:3.9'),
        named(coredns, 'quay.io/k0sproject/coredns:1.12.2'),
      ]),
    ),
  ],
  ['skopeo', Buffer.from('\x7fELF, no image')],
  ['site/nginx.tar', tar(dockerArchive([{ image: nginx, tags: ['nginx:1.27'] }]))],
])

describeWith([...nodeMachines], 'controllers with the bundle of k0rdent', () => {
  let site: Site | undefined
  let worker: Node
  let server: Node

  beforeAll(async () => {
    const plans = plansOf(sourceOf(spec), '.')
    const opened = await openSite()
    site = opened
    const boot = (
      name: string,
      address: string,
      more: readonly { path: string; content: Buffer }[],
    ) =>
      opened.boot({
        name,
        address,
        userData: bytesOf(plans.find(plan => plan.name === name)!, { format: 'cloud-init' }),
        extraFiles: [{ path: '/usr/local/bin/k0s', content: k0sStub, mode: 0o755 }, ...more],
      })
    const airgap = { path: '/srv/airgap-bundle-1.2.2.tar', content: treeTar(bundle) }
    ;[server, worker] = await Promise.all([
      boot('c1', '192.168.1.10/24', [airgap]),
      boot('w1', '192.168.1.11/24', [
        {
          path: '/etc/k0s/join-token',
          content: readFileSync(join(casesFolder, 'cluster/files/worker.token')),
        },
      ]),
    ])
    await worker.waitFor('grep -q ^done /run/gen-node/status', 90_000)
    await worker.exec('systemctl start --no-block containerd.service')
    await worker.waitFor('ctr version')
  }, 600_000)

  afterAll(async () => site?.close())

  const hostsDir = '--hosts-dir /etc/k0s/containerd.d/certs.d'
  const pulls = (reference: string) =>
    worker.exec(`ctr images pull --snapshotter native ${hostsDir} ${reference} && ctr images ls`)

  it('have no default route', async () => {
    expect((await worker.exec('ip route show default')).stdout).toBe('')
  })

  it.each([
    ['192.168.1.10:5000/kcm-controller:1.2.2', controller.manifest.digest],
    ['192.168.1.10:5000/fluxcd/flux-cli:v2.5.1', flux.manifest.digest],
    ['registry.k8s.io/pause:3.9', pause.manifest.digest],
    ['quay.io/k0sproject/coredns:1.12.2', coredns.manifest.digest],
  ])(
    'serve %s',
    async (reference, digest) => {
      const { code, stdout, stderr } = await pulls(reference)
      expect(`${code} ${stderr}`).toMatch(/^0 /)
      expect(stdout).toContain(`${reference} `)
      expect(stdout).toContain(digest)
    },
    60_000,
  )

  it('serve an image of docker save by its tag, with its original config', async () => {
    const reference = 'docker.io/library/nginx:1.27'
    expect((await pulls(reference)).code).toBe(0)
    const { stdout } = await worker.exec(
      `ctr content get $(ctr images ls name==${reference} | awk 'NR==2 {print $3}')`,
    )
    expect(JSON.parse(stdout).config.digest).toBe(nginx.config.digest)
  }, 60_000)

  it('serve the chart as an artifact', async () => {
    const { code, stderr } = await worker.exec(
      `ctr content fetch ${hostsDir} 192.168.1.10:5000/charts/k0rdent-enterprise:1.2.2 && ctr content get ${kcm.manifest.digest}`,
    )
    expect(`${code} ${stderr}`).toMatch(/^0 /)
  })

  it('have the chart as a file before k0s starts', async () => {
    await server.waitFor('grep -q ^done /run/gen-node/status', 90_000)
    const [layer] = kcm.layers
    const { stdout } = await server.exec('sha256sum /var/lib/gen-node/charts/*')
    expect(stdout).toBe(
      `${layer?.digest.slice('sha256:'.length)}  /var/lib/gen-node/charts/k0rdent-enterprise-1.2.2.tgz\n`,
    )
  }, 100_000)

  it('receive requests in their order, and the first one logs a missing image', async () => {
    const missing = await pulls('quay.io/none:1')
    expect(missing.code).not.toBe(0)
    const hosts = [...missing.stderr.matchAll(/host="([^"]+)"/g)].map(([, host]) => host)
    // The second controller is not running; without a fallback the first receives the last request.
    expect(hosts).toEqual(['192.168.1.10:5000', '192.168.1.12:5000', '192.168.1.10:5000'])
    expect((await server.exec('journalctl -u gen-node-registry')).stdout).toContain(
      'quay.io/none:1 is not in the bundle',
    )
    const { stdout } = await worker.exec('cat /etc/k0s/containerd.d/certs.d/quay.io/hosts.toml')
    expect([...stdout.matchAll(/^\[host\."([^"]+)"\]/gm)].map(([, url]) => url)).toEqual([
      'http://192.168.1.10:5000',
      'http://192.168.1.12:5000',
    ])
  })
})
