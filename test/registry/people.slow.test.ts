/**
 * Bundles as people have them, made by the tools or in their layouts, are pulled by every client. The
 * client must have the source image of its platform.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { describeWith, dockerRegistry, judge, runOrThrow, skopeo } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { aBundle, app, bundleFile, tool } from './lib/bundle.ts'
import type { Form } from './lib/every-form.ts'
import {
  below,
  blobPath,
  content,
  dockerArchive,
  image,
  index,
  layout,
  named,
  treeTar,
} from './lib/image.ts'
import { haulerStore, makePeoplesBundles, signature } from './lib/people.ts'
import { get, runAtTerminal, script, start } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'
import { type Client, pullers } from './lib/pullers.ts'
import { tar } from './lib/tar.ts'

const makers = [dockerRegistry, skopeo, judge('zstd', 'zstd')]
const folder = mkdtempSync(join(tmpdir(), 'gen-node-people-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made: Promise<readonly Form[]> | undefined

async function make(): Promise<readonly Form[]> {
  const [bundle, work] = [join(folder, 'bundle'), join(folder, 'work')]
  for (const path of [bundle, work]) mkdirSync(path)
  const forms = await makePeoplesBundles(bundle, work)
  runOrThrow('tar', '-C', bundle, '-cf', join(folder, 'bundle.tar'), '.')
  return forms
}

for (const puller of pullers) {
  describeWith([...makers, ...puller.judges], `${puller.name} pulls people's bundles`, () => {
    let client: Client
    beforeAll(async () => {
      made ??= make()
      await made
      client = await puller.open(mkdtempSync(join(folder, 'client-')))
    })
    afterAll(() => client?.close())

    it.each(['bundle', 'bundle.tar'])('from %s', async path => {
      const port = path === 'bundle' ? 5000 : 5001
      const flags = ['-b', join(folder, path), '-p', `${port}`]
      const registry = client.start([process.execPath, script, ...flags])
      await until('the registry serves', async () => registry.output().includes('serving'))
      const pulled: object[] = []
      const expected: object[] = []
      for (const { made: form, name, root, configs } of (await made) ?? []) {
        for (const [architecture, config] of Object.entries(configs)) {
          const got = await client
            .pull(name, port, architecture)
            .catch(error => ({ root: null, config: `${error}` }))
          pulled.push({ form, name, architecture, ...got })
          expected.push({ form, name, architecture, config, root: got.root && (root ?? got.root) })
        }
      }
      expect(pulled).toEqual(expected)
      expect(registry.output()).not.toContain('warning')
    })
  })
}

describe('a name belongs to the image', () => {
  const store = haulerStore(app, 'a/app:1')
  const [, sig, referrer] = store
  const orders = { 'in the order of Hauler': store, reversed: [...store].reverse() }
  test.each(Object.entries(orders))('%s', async (order, entries) => {
    const registry = await start(['-b', aBundle(entries).asFolder()])
    expect((await pull(registry, 'a/app', '1', '?ns=quay.io')).digest).toBe(app.manifest.digest)
    const { body } = await get(registry, `/v2/a/app/referrers/${app.manifest.digest}`)
    const digests = JSON.parse(`${body}`).manifests.map((each: { digest: string }) => each.digest)
    expect(digests).toEqual([referrer?.root.digest])
    expect(registry.log()).not.toContain('warning')
    if (order === 'reversed') return
    const tag = `${app.manifest.digest.replace(':', '-')}.sig`
    expect(await names(registry)).toContain(`quay.io/a/app:${tag}`)
    expect((await pull(registry, 'a/app', tag)).digest).toBe(sig?.root.digest)
  })

  test('an artifact with an own name keeps it, and one of two artifacts is reported', async () => {
    const [first, second] = [signature(app.manifest, 'text/a'), signature(app.manifest, 'text/b')]
    const bundle = aBundle([
      { ...first, name: 'x/sbom:1' },
      { ...second, name: 'x/sbom:1' },
    ]).asFolder()
    const registry = await start(['-b', bundle])
    expect((await pull(registry, 'x/sbom', '1')).digest).toBe(second.root.digest)
    expect(registry.log()).toContain('x/sbom:1: duplicate name, the later image is served')
  })
})

describe('images without a name', () => {
  test('an index and its parts, as ORAS lists them', async () => {
    const images = [image('oras', 'amd64'), image('oras', 'arm64')]
    const root = index(images)
    const parts = images.map(each => named(each))
    for (const entries of [
      [{ root }, ...parts],
      [...parts, { root }],
    ]) {
      const registry = await start(['-b', aBundle(below('web_1', layout(entries))).asFolder()])
      expect(await names(registry)).toEqual(['web:1'])
      expect((await pull(registry, 'web', '1')).digest).toBe(root.digest)
      expect(registry.log()).not.toContain('warning')
    }
  })

  test('an image without a name beside a named one is reported', async () => {
    const tree = layout([named(app, 'quay.io/site/app:1'), named(tool)])
    const bundle = aBundle(below('web', tree)).asFolder()
    const { code, stderr } = await runAtTerminal(['--check', '-b', bundle])
    expect([code, stderr]).toEqual([
      0,
      `web: ${tool.manifest.digest} has no name, it is served by digest only\n`,
    ])
  })

  test('two images for one platform are reported', async () => {
    const bundle = aBundle(below('web_1', layout([named(app), named(tool)]))).asFolder()
    const { code, stderr } = await runAtTerminal(['--check', '-b', bundle])
    expect([code, stderr]).toEqual([
      1,
      'warning: web:1: duplicate name, the later image is served\n',
    ])
  })
})

describe('one name, two docker-archives', () => {
  const archive = (architecture: string, seed = 'two') =>
    tar(dockerArchive([{ image: image(seed, architecture), tags: ['quay.io/x/app:1'] }]))

  test('for two platforms: the tag is an index over both', async () => {
    const archives = ['amd64', 'arm64'].map(platform => bundleFile('x.tar', archive(platform)))
    const flags = archives.flatMap(path => ['-b', path])
    const { code, stdout, stderr } = await runAtTerminal(['--check', ...flags])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^quay.io\/x\/app:1 {2}linux\/amd64,linux\/arm64 {2}/)
    const registry = await start(flags)
    const { body } = await get(registry, '/v2/x/app/manifests/1')
    const platforms = JSON.parse(`${body}`).manifests.map(
      ({ platform }: { platform: { architecture: string } }) => platform.architecture,
    )
    expect(platforms).toEqual(['amd64', 'arm64'])
    await pull(registry, 'x/app', '1')
  })
})

describe('one bad image does not cost the others', () => {
  const good = named(tool, 'good:1')
  const bad = (change: object) => {
    const tree = layout([good, named(app, 'bad:1')])
    const document = JSON.parse(`${tree.get('index.json')}`)
    document.manifests = [{ ...document.manifests[1], ...change }, document.manifests[0]]
    return aBundle(tree.set('index.json', Buffer.from(JSON.stringify(document)))).asFolder()
  }
  const key = 'org.opencontainers.image.ref.name'
  test.each([
    ['a digest that is an object', { digest: { toString: 1 } }],
    ['a name that is an object', { annotations: { [key]: { toString: 1 } } }],
    ['a name of 9 MB', { annotations: { [key]: `quay.io/${'a-'.repeat(4_500_000)}a:1` } }],
    ['a media type that is an object', { mediaType: { toString: 1 } }],
    ['a kind that is an object', { annotations: { [key]: 'x:1', kind: { toString: 1 } } }],
  ])('%s', async (_, change) => {
    const registry = await start(['-b', bad(change)])
    expect((await pull(registry, 'good', '1')).digest).toBe(tool.manifest.digest)
    expect(registry.log().length).toBeLessThan(2000)
  })

  test('a manifest whose media type is an object', async () => {
    const text = JSON.parse(`${app.manifest.bytes}`)
    const root = content(
      Buffer.from(JSON.stringify({ ...text, mediaType: { toString: 1 } })),
      app.manifest.mediaType,
    )
    const bundle = aBundle([{ ...named(app, 'bad:1'), root }, good]).asFolder()
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['good:1'])
    expect(registry.log()).toContain('bad:1 is not served: ')
  })

  test('an unreadable, a broken and a huge index.json give three messages', async () => {
    const problems: string[] = []
    const cut = Buffer.from('{"manifests": [')
    for (const bytes of [cut, Buffer.alloc(21 << 20, ' ')]) {
      const tree = new Map([...layout([good]), ['bad/index.json', bytes] as const])
      const { code, stderr } = await runAtTerminal(['--check', '-b', aBundle(tree).asFolder()])
      expect(code).toBe(1)
      problems.push(stderr.replace(/^.*index.json: /, ''))
    }
    expect(problems).toEqual(['Unexpected end of JSON input\n', 'larger than 20 MiB\n'])
  })
})

test('blobs that another folder holds, and a blob that is no archive, are found by their names', async () => {
  const tree = layout([named(app, 'x:1')])
  const [layer = app.config] = app.layers
  const bytes = tree.get(blobPath(layer.digest)) ?? Buffer.alloc(0)
  tree.delete(blobPath(layer.digest))
  tree.set(`shared/sha256/${layer.digest.slice(7)}`, bytes)
  const registry = await start(['-b', aBundle(new Map([['a.tar', treeTar(tree)]])).asFolder()])
  expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
})
