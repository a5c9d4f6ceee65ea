/**
 * Every form of bundle, made by the usual tools, is pulled by every client. The client must have the
 * source image: equal by the manifest's digest, or by the config's digest for a form without
 * manifests.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ContainerdBox, containerdInBox, openContainerd } from '../lib/containerd-box.ts'
import { describeWith, podman, root, runOrThrow, skopeo, umoci } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { copy, type Form, makeEveryForm } from './lib/every-form.ts'
import { blobPath, chart, dockerArchive, image, layout, named, treeTar } from './lib/image.ts'
import { get, script, start } from './lib/program.ts'
import { type Client, pullers } from './lib/pullers.ts'
import { tar } from './lib/tar.ts'

const makers = [containerdInBox, podman, root, skopeo, umoci]
const folder = mkdtempSync(join(tmpdir(), 'gen-node-forms-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bundles = [
  ['a folder', join(folder, 'bundle')],
  ['one tar', join(folder, 'bundle.tar')],
  ['one tar.gz', join(folder, 'bundle.tar.gz')],
] as const

let made: Promise<readonly Form[]> | undefined

/** Makes the bundles once, for the first client that is installed. */
function forms(): Promise<readonly Form[]> {
  made ??= make()
  return made
}

async function make(): Promise<readonly Form[]> {
  const [, [, tar], [, packed]] = bundles
  const [bundle, work] = [join(folder, 'bundle'), join(folder, 'work')]
  for (const path of [bundle, work]) mkdirSync(path)
  const box = await openContainerd()
  try {
    const all = await makeEveryForm(bundle, work, box)
    runOrThrow('tar', '-C', bundle, '-cf', tar, '.')
    runOrThrow('tar', '-C', bundle, '-czf', packed, '.')
    return all
  } finally {
    await box.close()
  }
}

for (const puller of pullers) {
  describeWith([...makers, ...puller.judges], `${puller.name} pulls every form`, () => {
    let client: Client
    beforeAll(async () => {
      await forms()
      client = await puller.open(mkdtempSync(join(folder, 'client-')))
    })
    afterAll(() => client?.close())

    it.each(bundles)('from %s', async (_, bundle) => {
      const port = 5000 + bundles.findIndex(([, path]) => path === bundle)
      const flags = ['-b', bundle, '-p', `${port}`, '-s', join(folder, `storage ${puller.name}`)]
      const registry = client.start([process.execPath, script, ...flags])
      await until('the registry serves', async () => registry.output().includes('serving'))
      const pulled: object[] = []
      const expected: object[] = []
      for (const { made: form, name, root, configs } of await forms()) {
        for (const [architecture, config] of Object.entries(configs)) {
          const got = await client.pull(name, port, architecture)
          pulled.push({ form, name, architecture, ...got })
          expected.push({ form, name, architecture, config, root: got.root && (root ?? got.root) })
        }
      }
      expect(pulled).toEqual(expected)
      expect(await registry.stop()).toBe(0)
    })
  })
}

describeWith([skopeo], 'skopeo', () => {
  it('lists tags, and copies a chart by tag and by digest', async () => {
    const web = chart('k0rdent-enterprise', '1.2.2')
    const path = join(folder, 'airgap-bundle-1.2.2.tar')
    const archive = treeTar(layout([named(web)]))
    writeFileSync(path, treeTar(new Map([['charts/k0rdent-enterprise_1.2.2.tar', archive]])))
    const { port } = await start(['-b', path])
    const from = `docker://127.0.0.1:${port}/charts/k0rdent-enterprise`
    const listed = runOrThrow('skopeo', 'list-tags', '--tls-verify=false', from)
    expect(JSON.parse(listed).Tags).toEqual(['1.2.2'])
    for (const [at, reference] of [`:1.2.2`, `@${web.manifest.digest}`].entries()) {
      const target = join(folder, `chart-${at}`)
      copy(`${from}${reference}`, `oci:${target}:x`)
      const raw = runOrThrow('skopeo', 'inspect', '--raw', `oci:${target}:x`)
      expect(raw).toBe(web.manifest.bytes.toString())
    }
  })
})

describeWith([containerdInBox], 'containerd', () => {
  let box: ContainerdBox
  beforeAll(async () => {
    box = await openContainerd()
  })
  afterAll(() => box?.close())

  it('gets the image that it imports from a docker-archive', async () => {
    const archive = join(folder, 'import.tar')
    const saved = { image: image('import'), tags: ['quay.io/import/me:1'] }
    writeFileSync(archive, tar(dockerArchive([saved])))
    expect(await box.ctr('images', 'import', '--no-unpack', archive)).toMatchObject({ code: 0 })
    const registry = await start(['-b', archive])
    const { body } = await get(registry, '/v2/import/me/manifests/1')
    const imported = (await box.images()).get('quay.io/import/me:1') ?? ''
    const contentOf = (text: string) => {
      const { config, layers } = JSON.parse(text)
      return [config, ...layers].map(({ digest }: { digest: string }) => digest)
    }
    expect(contentOf(`${body}`)).toEqual(contentOf(await box.content(imported)))
  })

  it('pulls a damaged layer from the next host', async () => {
    const big = image('damaged', 'amd64', 6_000_000)
    const [layer] = big.layers
    const tree = layout([named(big, 'quay.io/damaged:1')])
    const bundles = ['a', 'b'].map(name => join(folder, `damaged-${name}.tar`))
    writeFileSync(bundles[1] ?? '', treeTar(tree))
    const wrong = Buffer.from(layer?.bytes ?? '')
    wrong[5_000_000] = (wrong[5_000_000] ?? 0) ^ 1
    tree.set(blobPath(layer?.digest ?? ''), wrong)
    writeFileSync(bundles[0] ?? '', treeTar(tree))
    const registries = bundles.map((bundle, at) =>
      box.start([process.execPath, script, '-b', bundle, '-p', `${5010 + at}`]),
    )
    for (const registry of registries)
      await until('both registries serve', async () => registry.output().includes('serving'))
    const hosts = join(folder, 'two')
    mkdirSync(join(hosts, 'quay.io'), { recursive: true })
    const both = [5010, 5011].map(port => `[host."http://127.0.0.1:${port}"]\n`)
    writeFileSync(
      join(hosts, 'quay.io/hosts.toml'),
      `server = "http://127.0.0.1:5011"\n${both.join('')}`,
    )
    const pull = await box.pull('quay.io/damaged:1', hosts)
    expect(pull).toMatchObject({ code: 0, digest: big.manifest.digest })
    expect(registries[0]?.output()).toMatch(new RegExp(`${layer?.digest} is not sent: .*: damaged`))
  })

  it('reports a missing image as not found, and the registry logs it', async () => {
    const archive = join(folder, 'one.tar')
    writeFileSync(archive, treeTar(layout([named(image('present'), 'quay.io/present:1')])))
    const registry = box.start([process.execPath, script, '-b', archive])
    await until('the registry serves', async () => registry.output().includes('serving'))
    const hosts = join(folder, 'certs/quay.io')
    mkdirSync(hosts, { recursive: true })
    const mirror = 'server = "http://127.0.0.1:5000"\n[host."http://127.0.0.1:5000"]\n'
    writeFileSync(join(hosts, 'hosts.toml'), mirror)
    const missing = await box.pull('quay.io/no/such:1', join(folder, 'certs'))
    expect(missing).toMatchObject({ code: 1, error: expect.stringContaining('not found') })
    expect(registry.output()).toContain('quay.io/no/such:1 is not in the bundle')
  })
})
