/**
 * The real containerd starts with the generated config.toml, loads its CRI plugin, and pulls through it as
 * the kubelet does.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { type Line, line1, line2 } from '../lib/containerd-box.ts'
import { type Digests, makeLayoutWithTools } from '../lib/images.ts'
import { crictl, curl, describeWith, goProgram, skopeo, umoci, whyMissing } from '../lib/judge.ts'
import { type Network, openNetwork, until } from '../lib/network.ts'
import { convertToCerts, type NodePlan } from '../lib/stages.ts'
import { fileOf } from './lib/machines.ts'
import { registryCommand, writeCerts } from './lib/site.ts'

const images = ['registry.k8s.io/pause:3.9', 'quay.io/site/app:1']
const certsDirectory = '/etc/containerd/certs.d'

for (const line of [line1, line2]) {
  describeWith([line.inBox, curl, skopeo, umoci], `containerd ${line.major} with config.toml`, () =>
    testsOf(line),
  )
}

function testsOf(line: Line): void {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-containerd-config-'))
  const layout = join(folder, 'layout')
  let digests: Digests = new Map()
  let opened: Network | undefined
  let daemons = 0
  const network = () => opened as Network

  beforeAll(async () => {
    digests = makeLayoutWithTools(
      layout,
      images.map(name => ({ names: [name] })),
    )
    opened = await openNetwork(['192.168.1.10/32'])
    const [controller] = plansFor('1.7.28')
    network().start(
      registryCommand(controller as NodePlan, join(folder, 'registry'), { '/srv/bundle': layout }),
    )
    await until('the registry', async () => {
      const url = 'http://192.168.1.10:5000/v2/'
      return (await network().run(['curl', '-fs', url])).code === 0
    })
  })
  afterAll(async () => {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function plansFor(version: string, more = ''): readonly NodePlan[] {
    const text = aSpec({
      bootstrap: null,
      distro: `{name: containerd${version === '' ? '' : `, version: "${version}"`}}`,
      mirrors: '[{host: registry.k8s.io, fallback: none}, quay.io]',
      registry: '{bundle: /srv/bundle}',
      nodes: [
        '{name: c1, role: controller, address: 192.168.1.10}',
        `{name: w1, role: worker${more}}`,
      ],
    })
    return plansOf(sourceOf(text), join(casesFolder, 'containerd-own-config'))
  }

  /** Starts containerd with a config.toml, and gives its address and the state of its CRI plugin. */
  async function start(config: string) {
    const home = join(folder, `daemon-${daemons++}`)
    mkdirSync(join(home, 'opt'), { recursive: true })
    const file = join(home, 'config.toml')
    writeFileSync(
      file,
      `${config}\n[plugins."io.containerd.internal.v1.opt"]\npath = "${home}/opt"\n`,
    )
    const address = join(home, 'containerd.sock')
    const dump = await network().run([line.daemon, '--config', file, 'config', 'dump'])
    const daemon = network().start([
      ...[line.daemon, '--config', file, '--address', address],
      ...['--root', join(home, 'root'), '--state', join(home, 'state')],
    ])
    const ctr = (...argv: readonly string[]) =>
      network().run([line.ctr, '--address', address, ...argv])
    await until(`containerd: ${daemon.output()}`, async () => (await ctr('version')).code === 0)
    const plugins = (await ctr('plugins', 'ls')).stdout
    const cri = plugins.split('\n').find(row => / cri /.test(row)) ?? ''
    return { dump, daemon, address, ctr, cri }
  }

  /** The configuration of a plan, with the certs.d of the plan in a folder of the test. */
  function configOf(plan: NodePlan): string {
    const certs = writeCerts(plan, join(folder, `certs-${daemons}`))
    const text = Buffer.from(fileOf(plan, '/etc/containerd/config.toml')).toString()
    return text.replace(certsDirectory, certs)
  }

  async function pull(address: string, image: string) {
    const endpoint = `unix://${address}`
    const flags = ['--runtime-endpoint', endpoint, '--image-endpoint', endpoint]
    return await network().run([goProgram('crictl'), ...flags, 'pull', image])
  }

  const versions = line.major === '1' ? ['1.6.20', '1.7.28', ''] : ['2.0.5', '2.3.4', '']

  it.each(versions)('the config.toml for version "%s" is accepted and pulls', async version => {
    const worker = plansFor(version)[1] as NodePlan
    const { dump, daemon, address, ctr, cri } = await start(configOf(worker))
    expect(dump.code, dump.stderr).toBe(0)
    expect(cri, daemon.output()).toMatch(/ ok\s*$/)
    if (whyMissing(crictl) === null) {
      for (const image of images) {
        const { code, stderr } = await pull(address, image)
        expect(code, stderr).toBe(0)
        const pulled = (await ctr('-n', 'k8s.io', 'images', 'ls')).stdout.split('\n')
        expect(pulled.find(row => row.startsWith(`${image} `))).toContain(digests.get(image))
      }
    }
    await daemon.stop()
  })

  it("the user's own config.toml is accepted", async () => {
    const own = ', files: [{path: /etc/containerd/config.toml, file: files/config.toml}]'
    const worker = plansFor('', own)[1] as NodePlan
    const { daemon, cri } = await start(configOf(worker))
    expect(cri, daemon.output()).toMatch(/ ok\s*$/)
    await daemon.stop()
  })

  describeWith([crictl], 'a configuration of the deprecated pattern', () => {
    const table = 'plugins."io.containerd.grpc.v1.cri".registry'
    const deprecated = `version = 2
[${table}.mirrors."quay.io"]
  endpoint = ["http://192.168.1.10:5000"]
`
    it.each(['before', 'after'])('pulls the same image %s its conversion', async time => {
      const certs = join(folder, 'converted')
      const files = convertToCerts(Buffer.from(deprecated))
      for (const { path, bytes } of files.ok ? files.value : []) {
        mkdirSync(dirname(join(certs, path)), { recursive: true })
        writeFileSync(join(certs, path), bytes)
      }
      const config =
        time === 'before' ? deprecated : `version = 2\n[${table}]\nconfig_path = "${certs}"\n`
      const { daemon, address, ctr } = await start(config)
      const { code, stderr } = await pull(address, 'quay.io/site/app:1')
      expect(code, stderr + daemon.output()).toBe(0)
      const pulled = (await ctr('-n', 'k8s.io', 'images', 'ls')).stdout.split('\n')
      const row = pulled.find(line => line.startsWith('quay.io/site/app:1 '))
      expect(row).toContain(digests.get('quay.io/site/app:1'))
      await daemon.stop()
    })
  })

  it('both patterns in one file prevent the CRI plugin, as the rule says', async () => {
    const plugin = 'plugins."io.containerd.grpc.v1.cri".registry'
    const both = `version = 2\n[${plugin}]\nconfig_path = "${certsDirectory}"\n[${plugin}.mirrors."docker.io"]\nendpoint = ["http://192.168.1.10:5000"]\n`
    const { daemon, cri } = await start(both)
    expect(cri).not.toMatch(/ ok\s*$/)
    expect(daemon.output()).toContain('`mirrors` cannot be set when `config_path` is provided')
    await daemon.stop()
  })
}
