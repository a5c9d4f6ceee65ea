import { mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  below,
  blobPath,
  chart,
  content,
  dockerArchive,
  type Image,
  image,
  index,
  layout,
  manifest,
  named,
  type Tree,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { get, room, run, start } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'
import { type Entry, tar } from './lib/tar.ts'

const one = image('one')
const two = image('two')
const web = chart('k0rdent-enterprise', '1.2.2')

function folder(tree: Tree): string {
  return writeTree(mkdtempSync(join(room, 'form-')), tree)
}

function file(name: string, bytes: Buffer): string {
  const path = join(mkdtempSync(join(room, 'form-')), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

/** What k0rdent ships: a folder of archives whose paths are their names, and a program. */
const k0rdent: Tree = new Map([
  ['charts/k0rdent-enterprise_1.2.2.tar', treeTar(layout([named(web)]))],
  ['k0sproject/k0s:v1.32.8-k0s.0.tar', treeTar(layout([named(one)]))],
  ['kcm-controller_1.2.2.tar', treeTar(layout([named(two)]))],
  ['skopeo', Buffer.from('\x7fELF not an image')],
])
const k0rdentNames = [
  'charts/k0rdent-enterprise:1.2.2',
  'k0sproject/k0s:v1.32.8-k0s.0',
  'kcm-controller:1.2.2',
]

describe('a bundle as k0rdent ships it', () => {
  test.each([
    ['a folder', () => folder(k0rdent)],
    ['one tar', () => file('airgap-bundle-1.2.2.tar', treeTar(k0rdent))],
    ['one tar.gz', () => file('airgap-bundle-1.2.2.tar.gz', gzipSync(treeTar(k0rdent)))],
    [
      'a folder with a tar in it',
      () => folder(new Map([['airgap-bundle-1.2.2.tar', treeTar(k0rdent)]])),
    ],
    [
      'archives that are packed one by one',
      () => folder(new Map([...k0rdent].map(([path, bytes]) => [`${path}.gz`, gzipSync(bytes)]))),
    ],
  ])('%s', async (_, make) => {
    const registry = await start(['-b', make()])
    expect(await names(registry)).toEqual(k0rdentNames)
    expect((await pull(registry, 'charts/k0rdent-enterprise', '1.2.2')).digest).toBe(
      web.manifest.digest,
    )
    expect((await pull(registry, 'k0sproject/k0s', 'v1.32.8-k0s.0')).digest).toBe(
      one.manifest.digest,
    )
    expect((await pull(registry, 'kcm-controller', '1.2.2')).digest).toBe(two.manifest.digest)
    expect(registry.log()).not.toContain('warning')
  })
})

describe('OCI layouts', () => {
  const containerd = 'io.containerd.image.name'
  test.each<readonly [string, Tree, readonly string[]]>([
    ['a full ref.name', layout([named(one, 'quay.io/a/b:1')]), ['quay.io/a/b:1']],
    [
      'containerd: full name and a tag',
      layout([{ ...named(one, '3.9'), annotations: { [containerd]: 'quay.io/a/b:3.9' } }]),
      ['quay.io/a/b:3.9'],
    ],
    [
      'hauler: two full names',
      layout([{ ...named(one, 'a/b:1'), annotations: { [containerd]: 'quay.io/a/b:1' } }]),
      ['a/b:1', 'quay.io/a/b:1'],
    ],
    [
      'k0s: pinned names',
      layout([named(one, 'quay.io/a/b:1@sha256:00'), named(one, 'quay.io/a/b@sha256:00')]),
      ['quay.io/a/b:1'],
    ],
    [
      'a layout below',
      below('images/web', layout([named(one, 'v1')])),
      ['images/web:latest', 'images/web:v1'].slice(1),
    ],
    [
      'tags only',
      below('images/web', layout([named(one, 'v1'), named(two, 'v2')])),
      ['images/web:v1', 'images/web:v2'],
    ],
    [
      'two layouts',
      new Map([
        ...below('a', layout([named(one, 'x:1')])),
        ...below('b', layout([named(two, 'y:1')])),
      ]),
      ['x:1', 'y:1'],
    ],
  ])('%s', async (_, tree, expected) => {
    for (const bundle of [folder(tree), file('b.tar', treeTar(tree))]) {
      const registry = await start(['-b', bundle])
      expect(await names(registry)).toEqual(expected)
      for (const name of expected) {
        const [, repository = '', tag = ''] = /^(.*):(.*)$/.exec(name) ?? []
        await pull(registry, repository, tag)
      }
    }
  })

  test('an index of two platforms, nested, and one of which a platform is left out', async () => {
    const arm = image('arm', 'arm64')
    const whole = index([one, arm])
    const sparse = index([two, image('elsewhere', 'arm64')])
    const outer = content(
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          manifests: [{ mediaType: whole.mediaType, digest: whole.digest, size: whole.size }],
        }),
      ),
      whole.mediaType,
    )
    const contents = (image: Image) => [image.manifest, image.config, ...image.layers]
    const registry = await start([
      '-b',
      folder(
        layout([
          { root: whole, with: [...contents(one), ...contents(arm)], name: 'whole:1' },
          { root: outer, name: 'outer:1' },
          { root: sparse, with: contents(two), name: 'sparse:1' },
        ]),
      ),
    ])
    expect((await pull(registry, 'whole', '1')).digest).toBe(whole.digest)
    expect((await pull(registry, 'outer', '1')).digest).toBe(outer.digest)
    expect((await get(registry, '/v2/sparse/manifests/1')).body).toEqual(sparse.bytes)
    expect((await pull(registry, 'sparse', two.manifest.digest)).digest).toBe(two.manifest.digest)
    expect(registry.log().match(/sparse:1: arm64 is missing/g)).toHaveLength(1)
  })

  test('an image that two archives share the layers of', async () => {
    const tree = new Map([
      [
        'a.tar',
        treeTar(
          new Map(
            [...layout([named(one, 'x:1')])].filter(
              ([path]) => path !== blobPath(one.config.digest),
            ),
          ),
        ),
      ],
      ['b.tar', treeTar(new Map([[blobPath(one.config.digest), one.config.bytes]]))],
    ])
    const registry = await start(['-b', folder(tree)])
    expect((await pull(registry, 'x', '1')).digest).toBe(one.manifest.digest)
  })
})

describe('docker-archives', () => {
  const diff = (at: number) => `${image('one').layers[at] ? digestName(one.plainLayers[at]) : ''}`
  const skopeo: readonly Entry[] = [
    { path: `${diff(0)}.tar`, content: one.plainLayers[0] ?? Buffer.alloc(0) },
    { path: `${diff(1)}.tar`, content: one.plainLayers[1] ?? Buffer.alloc(0) },
    { path: 'x/layer.tar', type: '2', link: `../${diff(0)}.tar` },
    { path: 'c.json', content: one.config.bytes },
    {
      path: 'manifest.json',
      content: Buffer.from(
        JSON.stringify([
          {
            Config: 'c.json',
            RepoTags: ['quay.io/a/b:1'],
            Layers: [`${diff(0)}.tar`, `${diff(1)}.tar`],
          },
        ]),
      ),
    },
  ]
  const linked = dockerArchive([{ image: one, tags: ['quay.io/a/b:1'] }]).map(entry =>
    entry.path.endsWith('/layer.tar') && entry.content === one.plainLayers[1]
      ? { path: entry.path, type: '2', link: '../elsewhere/layer.tar' }
      : entry,
  )
  linked.push({ path: 'elsewhere/layer.tar', content: one.plainLayers[1] ?? Buffer.alloc(0) })

  test.each<readonly [string, readonly Entry[]]>([
    ['old docker save', dockerArchive([{ image: one, tags: ['quay.io/a/b:1'] }])],
    ['a layer that is a link to another image’s', linked],
    ['skopeo', skopeo],
  ])(
    '%s: its layers and config as they lie, under a manifest made for them',
    async (_, entries) => {
      const registry = await start(['-b', file('save.tar', tar(entries))])
      expect(await names(registry)).toEqual(['quay.io/a/b:1'])
      const { config } = await pull(registry, 'a/b', '1', '?ns=quay.io')
      expect(config).toBe(one.config.digest)
      const { body, headers } = await get(registry, '/v2/a/b/manifests/1')
      expect(headers['content-type']).toBe('application/vnd.docker.distribution.manifest.v2+json')
      expect(JSON.parse(`${body}`).layers).toEqual(
        one.plainLayers.map(layer => ({
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
          digest: `sha256:${digestName(layer)}`,
          size: layer.length,
        })),
      )
    },
  )

  test('familiar names belong to docker.io; several images and tags; none at all', async () => {
    const many = dockerArchive([
      { image: one, tags: ['nginx:1.25', 'rancher/x:1'] },
      { image: two, tags: ['nginx:1.26'] },
    ])
    const tree = new Map([
      ['many.tar', tar(many)],
      ['sub/nameless_7.tar', tar(dockerArchive([{ image: two, tags: null }]))],
    ])
    const registry = await start(['-b', folder(tree)])
    expect(await names(registry)).toEqual([
      'docker.io/library/nginx:1.25',
      'docker.io/library/nginx:1.26',
      'docker.io/rancher/x:1',
      'sub/nameless:7',
    ])
    await pull(registry, 'library/nginx', '1.25', '?ns=docker.io')
    await pull(registry, 'nginx', '1.26')
  })

  test('Docker 25 and later: the layout wins where it is sound, whatever it names', async () => {
    const items = [
      {
        Config: blobPath(one.config.digest),
        RepoTags: ['docker.io/library/x:1', 'docker.io/library/x:2'],
        Layers: one.layers.map(layer => blobPath(layer.digest)),
      },
    ]
    const tree = layout([
      { ...named(one, '1'), annotations: { 'io.containerd.image.name': 'docker.io/library/x:1' } },
    ])
    tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
    tree.set('repositories', Buffer.from('{}'))
    const registry = await start(['-b', file('k3s-airgap-images-amd64.tar', treeTar(tree))])
    expect(await names(registry)).toEqual(['docker.io/library/x:1', 'docker.io/library/x:2'])
    expect((await pull(registry, 'library/x', '1')).digest).toBe(one.manifest.digest)
    // A name that the layout lacks has at least the same image.
    expect((await pull(registry, 'library/x', '2')).config).toBe(one.config.digest)
    expect(registry.log()).not.toContain('warning')
  })

  test('both forms inside: each name keeps its own manifest, whatever else has the same config', async () => {
    const arm = image('arm', 'arm64')
    const both = index([one, arm])
    const plain = one.plainLayers.map(layer =>
      content(layer, 'application/vnd.oci.image.layer.v1.tar'),
    )
    const raw = manifest(one.config, plain)
    const nothing = content(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json')
    const artifacts = ['sbom', 'policy'].map(name => ({
      name: `quay.io/a/${name}:1`,
      root: manifest(nothing, [content(Buffer.from(name), 'text/plain')]),
      with: [nothing, content(Buffer.from(name), 'text/plain')],
    }))
    const contents = [one, arm].flatMap(each => [each.manifest, each.config, ...each.layers])
    const entries = [
      { root: both, with: contents, name: 'quay.io/a/multi:1' },
      named(one, 'quay.io/a/multi:1-amd64'),
      { root: raw, with: [one.config, ...plain], name: 'quay.io/a/raw:1' },
      ...artifacts,
    ]
    const tree = layout(entries)
    const items = entries.map(({ root, name }) => {
      const { config, layers } = JSON.parse(`${(root === both ? one.manifest : root).bytes}`)
      const Layers = layers.map((layer: { digest: string }) => blobPath(layer.digest))
      return { Config: blobPath(config.digest), RepoTags: [name], Layers }
    })
    tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
    const registry = await start(['-b', file('exported.tar', treeTar(tree))])
    for (const { root, name = '' } of entries) {
      const [, path = '', tag = ''] = /^quay.io\/(.*):(.*)$/.exec(name) ?? []
      expect([name, (await pull(registry, path, tag)).digest]).toEqual([name, root.digest])
    }
    expect(registry.log()).not.toContain('warning')
  })

  test('Docker 25.0: a layout without layers or with wrong sizes gives way', async () => {
    const plain = one.plainLayers.map(layer => content(layer, 'application/x'))
    for (const layers of [[], plain.map(layer => ({ digest: layer.digest, size: 1 }))]) {
      const broken = content(
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: one.manifest.mediaType,
            config: { digest: one.config.digest, size: one.config.size },
            layers,
          }),
        ),
        one.manifest.mediaType,
      )
      const tree = layout([
        { root: broken, with: [one.config, ...plain], name: 'docker.io/library/x:1' },
      ])
      const Layers = plain.map(layer => blobPath(layer.digest))
      const items = [{ Config: blobPath(one.config.digest), RepoTags: ['x:1'], Layers }]
      tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
      const registry = await start(['-b', file('d25.tar', treeTar(tree))])
      const { digest, config } = await pull(registry, 'x', '1')
      expect(config).toBe(one.config.digest)
      expect(digest).not.toBe(broken.digest)
    }
  })
})

function digestName(bytes: Buffer | undefined): string {
  return content(bytes ?? Buffer.alloc(0), '').digest.slice(7)
}

describe('trees of repositories', () => {
  const hex = (digest: string) => digest.slice(7)
  test('manifests by tag and digest, blobs by any of their names, folders that are links', async () => {
    const tree: Tree = new Map([
      ['a/web/manifests/1.0', one.manifest.bytes],
      [`a/web/manifests/${two.manifest.digest}`, two.manifest.bytes],
      [`a/web/blobs/${one.config.digest}`, one.config.bytes],
      [
        `a/web/blobs/sha256-${hex(one.layers[0]?.digest ?? '')}`,
        one.layers[0]?.bytes ?? Buffer.alloc(0),
      ],
      [`a/web/blobs/${hex(one.layers[1]?.digest ?? '')}`, one.layers[1]?.bytes ?? Buffer.alloc(0)],
      ...[two.config, ...two.layers].map(b => [`a/web/blobs/${b.digest}`, b.bytes] as const),
      ['other/manifests/2', two.manifest.bytes],
      ['yaml/manifests/deploy.yaml', Buffer.from('kind: Deployment\n')],
    ])
    const bundle = folder(tree)
    symlinkSync('../a/web/blobs', join(bundle, 'other/blobs'))
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['a/web:1.0', 'other:2'])
    expect((await pull(registry, 'a/web', '1.0')).digest).toBe(one.manifest.digest)
    expect((await pull(registry, 'a/web', two.manifest.digest)).digest).toBe(two.manifest.digest)
    expect((await pull(registry, 'other', '2')).digest).toBe(two.manifest.digest)
    expect(registry.log()).not.toContain('warning')
    const packed = await start(['-b', file('tree.tar', treeTar(tree))])
    expect((await pull(packed, 'other', '2')).digest).toBe(two.manifest.digest)
  })
})

describe('what has no usual name', () => {
  test('the air-gap bundle of k0s, which has no ending', async () => {
    const bundle = folder(
      new Map([
        ['k0s-airgap-bundle-v1.32.8+k0s.0-amd64', treeTar(layout([named(one, 'quay.io/k0s/x:1')]))],
        ['skopeo', Buffer.from('\x7fELF not an image')],
      ]),
    )
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['quay.io/k0s/x:1'])
    expect(registry.log()).not.toContain('warning')
  })

  test('a container that has no image in it is said, and so is a name that cannot be one', async () => {
    const cut = layout([named(one, 'x:1')])
    cut.set('index.json', Buffer.from('{"manifests": ['))
    const docker = tar([{ path: 'manifest.json', content: Buffer.from('[{"Config"') }])
    const bundle = folder(
      new Map([
        ['cut.tar', treeTar(cut)],
        ['docker.tar', docker],
        ['good.tar', treeTar(layout([named(two, 'good:1')]))],
        ['upper.tar', treeTar(layout([named(one, 'Quay.io/Upper:1')]))],
        ...below('My Folder', layout([named(one, '3.9')])),
      ]),
    )
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['good:1'])
    for (const line of [
      'cut.tar has no image in it',
      'docker.tar has no image in it',
      `upper.tar: ${one.manifest.digest} has no valid name`,
      `My Folder: ${one.manifest.digest} has no valid name`,
    ]) {
      expect(registry.log()).toContain(`warning: ${line}\n`)
    }
  })

  test('an empty list of addresses makes no layer foreign', async () => {
    const [layer = one.config] = one.layers
    const text = JSON.parse(`${manifest(one.config, [layer]).bytes}`)
    text.layers[0].urls = []
    const root = content(Buffer.from(JSON.stringify(text)), one.manifest.mediaType)
    const bundle = folder(layout([{ root, with: [one.config], name: 'x:1' }]))
    expect((await run(['--check', '-b', bundle])).stderr).toContain(`x:1 lacks ${layer.digest}`)
  })
})

describe('several bundles', () => {
  test('all are served; where they disagree about a name the later wins, and it is said', async () => {
    const first = folder(layout([named(one, 'x:1'), named(one, 'x:same')]))
    const second = file('b.tar', treeTar(layout([named(two, 'x:1'), named(one, 'x:same')])))
    const registry = await start(['-b', first, '--bundle-path', second])
    expect((await pull(registry, 'x', '1')).digest).toBe(two.manifest.digest)
    expect(registry.log().match(/warning: .*/g)).toEqual([
      'warning: x:1 is there twice; the later wins',
    ])
    const other = await start(['-b', second, `--bundle-path=${first}`])
    expect((await pull(other, 'x', '1')).digest).toBe(one.manifest.digest)
  })
})

test('what is twice: two archives of one name are, two copies of one archive are not', async () => {
  const save = (image: Image) => tar(dockerArchive([{ image, tags: ['quay.io/x/app:1'] }]))
  const versions = folder(
    new Map([
      ['v1/app.tar', save(one)],
      ['v2/app.tar', save(two)],
    ]),
  )
  const twice = 'quay.io/x/app:1 is there twice; the later wins'
  const separate = ['v1', 'v2'].flatMap(name => ['-b', join(versions, name, 'app.tar')])
  for (const flags of [['-b', versions], separate]) {
    const { code, stderr, stdout } = await run(['--check', ...flags])
    expect([code, stderr]).toEqual([1, `warning: ${twice}\n`])
    const other = await run(['--check', '-b', join(versions, 'v2/app.tar')])
    expect(stdout).toBe(other.stdout)
  }
  // Unpacked, beside each other in one bundle; a layout of one, an archive of the other.
  const tagged = (image: Image, folder: string) =>
    dockerArchive([{ image, tags: ['quay.io/x/app:1'] }]).flatMap(({ path, content }) =>
      content ? [[`${folder}/${path}`, content] as const] : [],
    )
  const asLayout = below('a', layout([named(one, 'quay.io/x/app:1')]))
  for (const first of [tagged(one, 'a'), [...asLayout]]) {
    const bundle = folder(new Map([...first, ...tagged(two, 'b')]))
    expect(await run(['--check', '-b', bundle])).toMatchObject({
      code: 1,
      stderr: `warning: ${twice}\n`,
    })
    const registry = await start(['-b', bundle])
    expect((await pull(registry, 'x/app', '1')).config).toBe(two.config.digest)
  }
  const both = layout([named(one, 'quay.io/x/app:1')])
  const item = {
    Config: blobPath(one.config.digest),
    RepoTags: ['quay.io/x/app:1'],
    Layers: one.layers.map(layer => blobPath(layer.digest)),
  }
  both.set('manifest.json', Buffer.from(JSON.stringify([item])))
  const copies = new Map(['a.tar', 'b.tar'].map(name => [name, treeTar(both)]))
  const { code, stderr, stdout } = await run(['--check', '-b', folder(copies)])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(one.manifest.digest)
})

describe('a tar.gz', () => {
  test('is unpacked once, and again when it has changed', async () => {
    const storage = join(room, 'storage-once')
    const bundle = file('b.tar.gz', gzipSync(treeTar(layout([named(one, 'x:1')]))))
    const look = () => readdirSync(storage).map(name => [name, statSync(join(storage, name)).ino])
    expect((await run(['--check', '-b', bundle, '-s', storage])).code).toBe(0)
    const before = look()
    expect(before).toHaveLength(1)
    const registry = await start(['-b', bundle, '-s', storage])
    expect((await pull(registry, 'x', '1')).digest).toBe(one.manifest.digest)
    expect(look()).toEqual(before)
    writeFileSync(bundle, gzipSync(treeTar(layout([named(two, 'x:1')]))))
    const again = await start(['-b', bundle, '-s', storage])
    expect((await pull(again, 'x', '1')).digest).toBe(two.manifest.digest)
    // What was there before would fill the disk, and every spelling of a path is the same place.
    expect(look()).toHaveLength(1)
    const now = look()
    expect(
      (await run(['--check', '-b', `${dirname(bundle)}/./b.tar.gz`, '-s', storage])).code,
    ).toBe(0)
    expect(look()).toEqual(now)
  })

  test('that two processes unpack at once is served by both', async () => {
    const many = Array.from({ length: 6 }, (_, i) => image(`twice ${i}`, 'amd64', 4_000_000))
    const all = many.map((one, i) => named(one, `x:${i}`))
    const bundle = file('b.tar.gz', gzipSync(treeTar(layout(all)), { level: 1 }))
    const storage = join(room, 'storage-twice')
    const flags = ['-b', bundle, '-s', storage]
    const registries = await Promise.all([start(flags), start(flags), start(flags)])
    for (const registry of registries) {
      expect((await pull(registry, 'x', '0')).digest).toBe(many[0]?.manifest.digest)
    }
    expect(readdirSync(storage)).toHaveLength(1)
  })

  test('that is broken is one clear line, and leaves nothing behind', async () => {
    const packed = gzipSync(treeTar(layout([named(one, 'x:1')])))
    for (const broken of [
      packed.subarray(0, 3000),
      Buffer.from([0x1f, 0x8b]),
      Buffer.from('1f8b0000', 'hex'),
    ]) {
      const storage = join(room, 'storage-broken')
      const { code, stderr } = await run(['-b', file('b.tgz', broken), '-s', storage, '-p', '0'])
      expect(code).toBe(1)
      expect(stderr).toMatch(/^registry: .*\n$/)
      expect(readdirSync(storage)).toEqual([])
    }
  })
})
