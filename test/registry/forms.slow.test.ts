import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { aBundle, app, bundleFile, tool } from './lib/bundle.ts'
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
  point,
  type Tree,
  treeTar,
} from './lib/image.ts'
import { get, run, runAtTerminal, start, startAtTerminal, tempFolder } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'
import { type Entry, tar } from './lib/tar.ts'

const web = chart('k0rdent-enterprise', '1.2.2')

/** What k0rdent ships: a folder of archives whose paths are their names, and a program. */
const k0rdent: Tree = new Map([
  ['charts/k0rdent-enterprise_1.2.2.tar', treeTar(layout([named(web)]))],
  ['k0sproject/k0s:v1.32.8-k0s.0.tar', treeTar(layout([named(app)]))],
  ['kcm-controller_1.2.2.tar', treeTar(layout([named(tool)]))],
  ['skopeo', Buffer.from('\x7fELF not an image')],
])
const k0rdentNames = [
  'charts/k0rdent-enterprise:1.2.2',
  'k0sproject/k0s:v1.32.8-k0s.0',
  'kcm-controller:1.2.2',
]

describe('a bundle as k0rdent ships it', () => {
  test.each([
    ['a folder', () => aBundle(k0rdent).asFolder()],
    ['one tar', () => aBundle(k0rdent).asTar('airgap-bundle-1.2.2.tar')],
    ['one tar.gz', () => aBundle(k0rdent).asTarGz('airgap-bundle-1.2.2.tar.gz')],
    [
      'a folder with a tar in it',
      () => aBundle(new Map([['airgap-bundle-1.2.2.tar', treeTar(k0rdent)]])).asFolder(),
    ],
    [
      'archives that are packed separately',
      () =>
        aBundle(
          new Map([...k0rdent].map(([path, bytes]) => [`${path}.gz`, gzipSync(bytes)])),
        ).asFolder(),
    ],
  ])('%s', async (_, make) => {
    const registry = await start(['-b', make()])
    expect(await names(registry)).toEqual(k0rdentNames)
    expect((await pull(registry, 'charts/k0rdent-enterprise', '1.2.2')).digest).toBe(
      web.manifest.digest,
    )
    expect((await pull(registry, 'k0sproject/k0s', 'v1.32.8-k0s.0')).digest).toBe(
      app.manifest.digest,
    )
    expect((await pull(registry, 'kcm-controller', '1.2.2')).digest).toBe(tool.manifest.digest)
    expect(registry.log()).not.toContain('warning')
  })
})

describe('OCI layouts', () => {
  const containerd = 'io.containerd.image.name'
  test.each<readonly [string, Tree, readonly string[]]>([
    ['a full ref.name', layout([named(app, 'quay.io/a/b:1')]), ['quay.io/a/b:1']],
    [
      'containerd: full name and a tag',
      layout([{ ...named(app, '3.9'), annotations: { [containerd]: 'quay.io/a/b:3.9' } }]),
      ['quay.io/a/b:3.9'],
    ],
    [
      'hauler: two full names',
      layout([{ ...named(app, 'a/b:1'), annotations: { [containerd]: 'quay.io/a/b:1' } }]),
      ['a/b:1', 'quay.io/a/b:1'],
    ],
    [
      'k0s: pinned names',
      layout([named(app, 'quay.io/a/b:1@sha256:00'), named(app, 'quay.io/a/b@sha256:00')]),
      ['quay.io/a/b:1'],
    ],
    [
      'a layout below',
      below('images/web', layout([named(app, 'v1')])),
      ['images/web:latest', 'images/web:v1'].slice(1),
    ],
    [
      'tags only',
      below('images/web', layout([named(app, 'v1'), named(tool, 'v2')])),
      ['images/web:v1', 'images/web:v2'],
    ],
    [
      'two layouts',
      new Map([
        ...below('a', layout([named(app, 'x:1')])),
        ...below('b', layout([named(tool, 'y:1')])),
      ]),
      ['x:1', 'y:1'],
    ],
  ])('%s', async (_, tree, expected) => {
    for (const bundle of [aBundle(tree).asFolder(), aBundle(tree).asTar('b.tar')]) {
      const registry = await start(['-b', bundle])
      expect(await names(registry)).toEqual(expected)
      for (const name of expected) {
        const [, repository = '', tag = ''] = /^(.*):(.*)$/.exec(name) ?? []
        await pull(registry, repository, tag)
      }
    }
  })

  test('an index of two platforms, a nested index, and an index with a missing platform', async () => {
    const arm = image('arm', 'arm64')
    const whole = index([app, arm])
    const sparse = index([tool, image('elsewhere', 'arm64')])
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
    const registry = await startAtTerminal([
      '-b',
      aBundle([
        { root: whole, with: [...contents(app), ...contents(arm)], name: 'whole:1' },
        { root: outer, name: 'outer:1' },
        { root: sparse, with: contents(tool), name: 'sparse:1' },
      ]).asFolder(),
    ])
    expect((await pull(registry, 'whole', '1')).digest).toBe(whole.digest)
    expect((await pull(registry, 'outer', '1')).digest).toBe(outer.digest)
    expect((await get(registry, '/v2/sparse/manifests/1')).body).toEqual(sparse.bytes)
    expect((await pull(registry, 'sparse', tool.manifest.digest)).digest).toBe(tool.manifest.digest)
    expect(registry.log().match(/sparse:1 lacks arm64/g)).toHaveLength(1)
  })

  test('an image whose blobs are in two archives', async () => {
    const tree = new Map([
      [
        'a.tar',
        treeTar(
          new Map(
            [...layout([named(app, 'x:1')])].filter(
              ([path]) => path !== blobPath(app.config.digest),
            ),
          ),
        ),
      ],
      ['b.tar', treeTar(new Map([[blobPath(app.config.digest), app.config.bytes]]))],
    ])
    const registry = await start(['-b', aBundle(tree).asFolder()])
    expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
  })
})

describe('docker-archives', () => {
  const diff = (at: number) => `${app.layers[at] ? digestName(app.plainLayers[at]) : ''}`
  const skopeo: readonly Entry[] = [
    { path: `${diff(0)}.tar`, content: app.plainLayers[0] ?? Buffer.alloc(0) },
    { path: `${diff(1)}.tar`, content: app.plainLayers[1] ?? Buffer.alloc(0) },
    { path: 'x/layer.tar', type: '2', link: `../${diff(0)}.tar` },
    { path: 'c.json', content: app.config.bytes },
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
  const linked = dockerArchive([{ image: app, tags: ['quay.io/a/b:1'] }]).map(entry =>
    entry.path.endsWith('/layer.tar') && entry.content === app.plainLayers[1]
      ? { path: entry.path, type: '2', link: '../elsewhere/layer.tar' }
      : entry,
  )
  linked.push({ path: 'elsewhere/layer.tar', content: app.plainLayers[1] ?? Buffer.alloc(0) })

  test.each<readonly [string, readonly Entry[]]>([
    ['old docker save', dockerArchive([{ image: app, tags: ['quay.io/a/b:1'] }])],
    ['a layer that is a link to the layer of another image', linked],
    ['skopeo', skopeo],
  ])('%s: layers and config are served in place, with a generated manifest', async (_, entries) => {
    const registry = await start(['-b', bundleFile('save.tar', tar(entries))])
    expect(await names(registry)).toEqual(['quay.io/a/b:1'])
    const { config } = await pull(registry, 'a/b', '1', '?ns=quay.io')
    expect(config).toBe(app.config.digest)
    const { body, headers } = await get(registry, '/v2/a/b/manifests/1')
    expect(headers['content-type']).toBe('application/vnd.oci.image.manifest.v1+json')
    expect(JSON.parse(`${body}`).layers).toEqual(
      app.plainLayers.map(layer => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: `sha256:${digestName(layer)}`,
        size: layer.length,
      })),
    )
  })

  test('names without a host are docker.io; several images and tags; no tag', async () => {
    const many = dockerArchive([
      { image: app, tags: ['nginx:1.25', 'rancher/x:1'] },
      { image: tool, tags: ['nginx:1.26'] },
    ])
    const tree = new Map([
      ['many.tar', tar(many)],
      ['sub/nameless_7.tar', tar(dockerArchive([{ image: tool, tags: null }]))],
    ])
    const registry = await start(['-b', aBundle(tree).asFolder()])
    expect(await names(registry)).toEqual([
      'docker.io/library/nginx:1.25',
      'docker.io/library/nginx:1.26',
      'docker.io/rancher/x:1',
      'sub/nameless:7',
    ])
    await pull(registry, 'library/nginx', '1.25', '?ns=docker.io')
    await pull(registry, 'nginx', '1.26')
  })

  test('Docker 25 and later: the manifest of the layout is served', async () => {
    const items = [
      {
        Config: blobPath(app.config.digest),
        RepoTags: ['docker.io/library/x:1', 'docker.io/library/x:2'],
        Layers: app.layers.map(layer => blobPath(layer.digest)),
      },
    ]
    const tree = layout([
      { ...named(app, '1'), annotations: { 'io.containerd.image.name': 'docker.io/library/x:1' } },
    ])
    tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
    tree.set('repositories', Buffer.from('{}'))
    const registry = await start(['-b', aBundle(tree).asTar('k3s-airgap-images-amd64.tar')])
    expect(await names(registry)).toEqual(['docker.io/library/x:1', 'docker.io/library/x:2'])
    expect((await pull(registry, 'library/x', '1')).digest).toBe(app.manifest.digest)
    // A name that the layout lacks has at least the same image.
    expect((await pull(registry, 'library/x', '2')).config).toBe(app.config.digest)
    expect(registry.log()).not.toContain('warning')
  })

  test('both forms in one archive: each name has its own manifest, also with an equal config', async () => {
    const arm = image('arm', 'arm64')
    const both = index([app, arm])
    const plain = app.plainLayers.map(layer =>
      content(layer, 'application/vnd.oci.image.layer.v1.tar'),
    )
    const raw = manifest(app.config, plain)
    const nothing = content(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json')
    const artifacts = ['sbom', 'policy'].map(name => ({
      name: `quay.io/a/${name}:1`,
      root: manifest(nothing, [content(Buffer.from(name), 'text/plain')]),
      with: [nothing, content(Buffer.from(name), 'text/plain')],
    }))
    const contents = [app, arm].flatMap(each => [each.manifest, each.config, ...each.layers])
    const entries = [
      { root: both, with: contents, name: 'quay.io/a/multi:1' },
      named(app, 'quay.io/a/multi:1-amd64'),
      { root: raw, with: [app.config, ...plain], name: 'quay.io/a/raw:1' },
      ...artifacts,
    ]
    const tree = layout(entries)
    const items = entries.map(({ root, name }) => {
      const { config, layers } = JSON.parse(`${(root === both ? app.manifest : root).bytes}`)
      const Layers = layers.map((layer: { digest: string }) => blobPath(layer.digest))
      return { Config: blobPath(config.digest), RepoTags: [name], Layers }
    })
    tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
    const registry = await start(['-b', aBundle(tree).asTar('exported.tar')])
    for (const { root, name = '' } of entries) {
      const [, path = '', tag = ''] = /^quay.io\/(.*):(.*)$/.exec(name) ?? []
      expect([name, (await pull(registry, path, tag)).digest]).toEqual([name, root.digest])
    }
    expect(registry.log()).not.toContain('warning')
  })

  test('Docker 25.0: a layout without layers or with wrong sizes is not used', async () => {
    const plain = app.plainLayers.map(layer => content(layer, 'application/x'))
    for (const layers of [[], plain.map(layer => ({ digest: layer.digest, size: 1 }))]) {
      const broken = content(
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: app.manifest.mediaType,
            config: point(app.config),
            layers,
          }),
        ),
        app.manifest.mediaType,
      )
      const tree = layout([
        { root: broken, with: [app.config, ...plain], name: 'docker.io/library/x:1' },
      ])
      const Layers = plain.map(layer => blobPath(layer.digest))
      const items = [{ Config: blobPath(app.config.digest), RepoTags: ['x:1'], Layers }]
      tree.set('manifest.json', Buffer.from(JSON.stringify(items)))
      const registry = await start(['-b', aBundle(tree).asTar('d25.tar')])
      const { digest, config } = await pull(registry, 'x', '1')
      expect(config).toBe(app.config.digest)
      expect(digest).not.toBe(broken.digest)
    }
  })
})

function digestName(bytes: Buffer | undefined): string {
  return content(bytes ?? Buffer.alloc(0), '').digest.slice(7)
}

describe('folders of manifests and blobs', () => {
  const hex = (digest: string) => digest.slice(7)
  test('manifests by tag and digest, blobs by each form of their name, folders that are links', async () => {
    const tree: Tree = new Map([
      ['a/web/manifests/1.0', app.manifest.bytes],
      [`a/web/manifests/${tool.manifest.digest}`, tool.manifest.bytes],
      [`a/web/blobs/${app.config.digest}`, app.config.bytes],
      [
        `a/web/blobs/sha256-${hex(app.layers[0]?.digest ?? '')}`,
        app.layers[0]?.bytes ?? Buffer.alloc(0),
      ],
      [`a/web/blobs/${hex(app.layers[1]?.digest ?? '')}`, app.layers[1]?.bytes ?? Buffer.alloc(0)],
      ...[tool.config, ...tool.layers].map(b => [`a/web/blobs/${b.digest}`, b.bytes] as const),
      ['other/manifests/2', tool.manifest.bytes],
      ['yaml/manifests/deploy.yaml', Buffer.from('kind: Deployment\n')],
    ])
    const bundle = aBundle(tree).asFolder()
    symlinkSync('../a/web/blobs', join(bundle, 'other/blobs'))
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['a/web:1.0', 'other:2'])
    expect((await pull(registry, 'a/web', '1.0')).digest).toBe(app.manifest.digest)
    expect((await pull(registry, 'a/web', tool.manifest.digest)).digest).toBe(tool.manifest.digest)
    expect((await pull(registry, 'other', '2')).digest).toBe(tool.manifest.digest)
    expect(registry.log()).not.toContain('warning')
    const packed = await start(['-b', aBundle(tree).asTar('tree.tar')])
    expect((await pull(packed, 'other', '2')).digest).toBe(tool.manifest.digest)
  })
})

describe('unusual names', () => {
  test('the air-gap bundle of k0s, which has no extension', async () => {
    const bundle = aBundle(
      new Map([
        ['k0s-airgap-bundle-v1.32.8+k0s.0-amd64', treeTar(layout([named(app, 'quay.io/k0s/x:1')]))],
        ['skopeo', Buffer.from('\x7fELF not an image')],
      ]),
    ).asFolder()
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['quay.io/k0s/x:1'])
    expect(registry.log()).not.toContain('warning')
  })

  test('an archive without an image and an invalid name are reported', async () => {
    const cut = layout([named(app, 'x:1')])
    cut.set('index.json', Buffer.from('{"manifests": ['))
    const docker = tar([{ path: 'manifest.json', content: Buffer.from('[{"Config"') }])
    const bundle = aBundle(
      new Map([
        ['cut.tar', treeTar(cut)],
        ['docker.tar', docker],
        ['good.tar', treeTar(layout([named(tool, 'good:1')]))],
        ['upper.tar', treeTar(layout([named(app, 'Quay.io/Upper:1')]))],
        ...below('My Folder', layout([named(app, '3.9')])),
      ]),
    ).asFolder()
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['good:1'])
    for (const line of [
      'cut.tar: index.json: Unexpected end of JSON input',
      'docker.tar: manifest.json: ',
      `upper.tar: invalid name, ${app.manifest.digest} is served by digest only`,
      `My Folder: invalid name, ${app.manifest.digest} is served by digest only`,
    ]) {
      expect(registry.log()).toContain(`warning: ${line}`)
    }
  })

  test('a layer with an empty list of URLs is part of the image', async () => {
    const [layer = app.config] = app.layers
    const text = JSON.parse(`${manifest(app.config, [layer]).bytes}`)
    text.layers[0].urls = []
    const root = content(Buffer.from(JSON.stringify(text)), app.manifest.mediaType)
    const bundle = aBundle([{ root, with: [app.config], name: 'x:1' }]).asFolder()
    expect((await runAtTerminal(['--check', '-b', bundle])).stderr).toContain(
      `x:1 is not served: blob ${layer.digest} is missing`,
    )
  })
})

describe('several bundles', () => {
  test('are all served; of two images with one name the later is served, with a warning', async () => {
    const first = aBundle([named(app, 'x:1'), named(app, 'x:same')]).asFolder()
    const second = aBundle([named(tool, 'x:1'), named(app, 'x:same')]).asTar('b.tar')
    const registry = await start(['-b', first, '--bundle-path', second])
    expect((await pull(registry, 'x', '1')).digest).toBe(tool.manifest.digest)
    expect(registry.log().match(/warning: .*/g)).toEqual([
      'warning: x:1: duplicate name, the later image is served',
    ])
    const other = await start(['-b', second, `--bundle-path=${first}`])
    expect((await pull(other, 'x', '1')).digest).toBe(app.manifest.digest)
  })
})

test('two archives with one name are duplicates, two copies of one archive are not', async () => {
  const save = (image: Image) => tar(dockerArchive([{ image, tags: ['quay.io/x/app:1'] }]))
  const versions = aBundle(
    new Map([
      ['v1/app.tar', save(app)],
      ['v2/app.tar', save(tool)],
    ]),
  ).asFolder()
  const duplicate = 'quay.io/x/app:1: duplicate name, the later image is served'
  const separate = ['v1', 'v2'].flatMap(name => ['-b', join(versions, name, 'app.tar')])
  for (const flags of [['-b', versions], separate]) {
    const { code, stderr, stdout } = await runAtTerminal(['--check', ...flags])
    expect([code, stderr]).toEqual([1, `warning: ${duplicate}\n`])
    const other = await runAtTerminal(['--check', '-b', join(versions, 'v2/app.tar')])
    expect(stdout).toBe(other.stdout)
  }
  // Unpacked, in one bundle: two docker-archives, then a layout and a docker-archive.
  const tagged = (image: Image, folder: string) =>
    dockerArchive([{ image, tags: ['quay.io/x/app:1'] }]).flatMap(({ path, content }) =>
      content ? [[`${folder}/${path}`, content] as const] : [],
    )
  const asLayout = below('a', layout([named(app, 'quay.io/x/app:1')]))
  for (const first of [tagged(app, 'a'), [...asLayout]]) {
    const bundle = aBundle(new Map([...first, ...tagged(tool, 'b')])).asFolder()
    expect(await runAtTerminal(['--check', '-b', bundle])).toMatchObject({
      code: 1,
      stderr: `warning: ${duplicate}\n`,
    })
    const registry = await start(['-b', bundle])
    expect((await pull(registry, 'x/app', '1')).config).toBe(tool.config.digest)
  }
  const both = layout([named(app, 'quay.io/x/app:1')])
  const item = {
    Config: blobPath(app.config.digest),
    RepoTags: ['quay.io/x/app:1'],
    Layers: app.layers.map(layer => blobPath(layer.digest)),
  }
  both.set('manifest.json', Buffer.from(JSON.stringify([item])))
  const copies = new Map(['a.tar', 'b.tar'].map(name => [name, treeTar(both)]))
  const { code, stderr, stdout } = await runAtTerminal([
    '--check',
    '-b',
    aBundle(copies).asFolder(),
  ])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(app.manifest.digest)
})

describe('a tar.gz', () => {
  test('is unpacked once, and again when it has changed', async () => {
    const storage = join(tempFolder, 'storage-once')
    const bundle = aBundle([named(app, 'x:1')]).asTarGz('b.tar.gz')
    const look = () => readdirSync(storage).map(name => [name, statSync(join(storage, name)).ino])
    expect((await runAtTerminal(['--check', '-b', bundle, '-s', storage])).code).toBe(0)
    const before = look()
    expect(before).toHaveLength(1)
    const registry = await start(['-b', bundle, '-s', storage])
    expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
    expect(look()).toEqual(before)
    writeFileSync(bundle, gzipSync(treeTar(layout([named(tool, 'x:1')]))))
    const again = await start(['-b', bundle, '-s', storage])
    expect((await pull(again, 'x', '1')).digest).toBe(tool.manifest.digest)
    // What was there before would fill the disk, and every spelling of a path is the same place.
    expect(look()).toHaveLength(1)
    const now = look()
    expect(
      (await runAtTerminal(['--check', '-b', `${dirname(bundle)}/./b.tar.gz`, '-s', storage])).code,
    ).toBe(0)
    expect(look()).toEqual(now)
  })

  test('that several processes unpack at the same time is served by all', async () => {
    const many = Array.from({ length: 6 }, (_, i) => image(`twice ${i}`, 'amd64', 4_000_000))
    const all = many.map((app, i) => named(app, `x:${i}`))
    const bundle = bundleFile('b.tar.gz', gzipSync(treeTar(layout(all)), { level: 1 }))
    const storage = join(tempFolder, 'storage-twice')
    const flags = ['-b', bundle, '-s', storage]
    const registries = await Promise.all([start(flags), start(flags), start(flags)])
    for (const registry of registries) {
      expect((await pull(registry, 'x', '0')).digest).toBe(many[0]?.manifest.digest)
    }
    expect(readdirSync(storage)).toHaveLength(1)
  })

  test('that is broken gives one error and leaves no file', async () => {
    const storage = join(tempFolder, 'storage-broken')
    const packed = gzipSync(treeTar(layout([named(app, 'x:1')])))
    for (const broken of [
      packed.subarray(0, 3000),
      Buffer.from([0x1f, 0x8b]),
      Buffer.from('1f8b0000', 'hex'),
    ]) {
      const path = bundleFile('b.tgz', broken)
      const { code, stderr } = await run(['-b', path, '-s', storage, '-p', '0'])
      expect(code).toBe(1)
      expect(stderr).toMatch(/^unpacking b\.tgz, \d+ bytes, to .*\nregistry: .*\n$/)
      expect(stderr).toContain(`registry: ${path}: cannot be unpacked to ${storage}: `)
      expect(readdirSync(storage)).toEqual([])
    }
  })
})
