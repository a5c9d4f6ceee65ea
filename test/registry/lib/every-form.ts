/** A bundle with every form of image, each made by the usual tool. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ContainerdBox } from '../../lib/containerd-box.ts'
import { runOrThrow } from '../../lib/judge.ts'
import {
  blobPath,
  type Content,
  dockerArchive,
  type Image,
  image,
  index,
  layout,
  named,
  treeTar,
  writeTree,
} from './image.ts'
import { type Entry, tar } from './tar.ts'

/** An image that clients must pull: its name below quay.io and its digests. */
export interface Form {
  readonly made: string
  readonly name: string
  /** The digest of its manifest; null for a form without manifests. */
  readonly root: string | null
  /** The config's digest by architecture. */
  readonly configs: Readonly<Record<string, string>>
}

/** Copies with skopeo, without its lock files and its policy. */
export function copy(from: string, to: string, ...flags: readonly string[]): void {
  runOrThrow(
    'skopeo',
    'copy',
    '-q',
    '--insecure-policy',
    '--src-tls-verify=false',
    ...flags,
    from,
    to,
  )
}

/** Fills a folder; no two forms share a blob, so that none is complete because of another. */
export async function makeEveryForm(
  bundle: string,
  work: string,
  box: ContainerdBox,
): Promise<readonly Form[]> {
  const forms: Form[] = []
  const at = (path: string) => join(bundle, path)
  const add = (made: string, name: string, root: Content | null, ...images: readonly Image[]) =>
    forms.push({
      made,
      name,
      root: root?.digest ?? null,
      configs: Object.fromEntries(
        images.map(({ architecture, config }) => [architecture, config.digest]),
      ),
    })
  const fresh = (name: string) => {
    const saved = image(name, 'amd64')
    return { saved, from: source(work, named(saved, 'x')) }
  }
  const platforms = (name: string) => {
    const images = [image(name, 'amd64'), image(name, 'arm64')]
    const root = index(images)
    const parts = images.flatMap(({ manifest, config, layers }) => [manifest, config, ...layers])
    return { images, root, from: source(work, { root, with: parts, name: 'x' }) }
  }

  {
    const { saved, from } = fresh('skopeo-oci')
    copy(from, `oci:${at('skopeo')}:quay.io/skopeo/oci:1`)
    add('an OCI layout by skopeo', 'skopeo/oci:1', saved.manifest, saved)
  }
  {
    const { images, root, from } = platforms('skopeo-all')
    copy(from, `oci-archive:${at('platforms.tar')}:quay.io/skopeo/all:1`, '-a')
    add('an OCI archive of two platforms by skopeo', 'skopeo/all:1', root, ...images)
  }
  for (const name of ['charts/k0rdent-enterprise_1.2.2', 'k0sproject/k0s:v1.32.8-k0s.0']) {
    const { saved, from } = fresh(name)
    // skopeo reads a colon in a path as its end.
    copy(from, `oci-archive:${work}/nameless.tar`)
    mkdirSync(at(name.replace(/\/.*/, '')), { recursive: true })
    renameSync(join(work, 'nameless.tar'), at(`${name}.tar`))
    add(
      'an OCI archive by skopeo that its path names',
      name.replace('_', ':'),
      saved.manifest,
      saved,
    )
  }
  {
    const { saved, from } = fresh('skopeo-docker')
    copy(from, `docker-archive:${at('docker.tar')}:quay.io/skopeo/docker:1`)
    add('a docker-archive by skopeo', 'skopeo/docker:1', null, saved)
  }
  {
    const path = at('umoci')
    runOrThrow('umoci', 'init', '--layout', path)
    runOrThrow('umoci', 'new', '--image', `${path}:v1`)
    writeFileSync(join(work, 'file'), 'from umoci')
    runOrThrow(
      'umoci',
      'insert',
      '--rootless',
      '--image',
      `${path}:v1`,
      join(work, 'file'),
      '/file',
    )
    const read = (file: string) => JSON.parse(readFileSync(join(path, file), 'utf8'))
    const [{ digest }] = read('index.json').manifests
    const configs = { amd64: read(blobPath(digest)).config.digest }
    forms.push({ made: 'an OCI layout by umoci', name: 'umoci:v1', root: digest, configs })
  }
  makeWithPodman(fresh, at, work, add)
  await makeWithContainerd(platforms, at, work, box, add)
  makeByHand(at, add)
  return forms
}

type Add = (made: string, name: string, root: Content | null, ...images: readonly Image[]) => void
type Fresh = (name: string) => { readonly saved: Image; readonly from: string }
type Platforms = (name: string) => {
  readonly images: readonly Image[]
  readonly root: Content
  readonly from: string
}

function source(work: string, entry: Parameters<typeof layout>[0][number]): string {
  return `oci:${writeTree(mkdtempSync(join(work, 'source-')), layout([entry]))}:x`
}

function makeWithPodman(fresh: Fresh, at: (path: string) => string, work: string, add: Add): void {
  const podman = openPodman()
  const names = ['docker', 'many-1', 'many-2', 'oci', 'dir']
  const load = (name: string) => {
    const { saved, from } = fresh(`podman-${name}`)
    const archive = join(work, `${name}.tar`)
    copy(from, `oci-archive:${archive}:quay.io/podman/${name}:1`)
    podman.run('load', '-q', '-i', archive)
    return saved
  }
  const [docker, many1, many2, oci, dir] = names.map(load) as [Image, Image, Image, Image, Image]
  const save = (format: string, path: string, ...saved: readonly string[]) => {
    const references = saved.map(name => `quay.io/podman/${name}:1`)
    const many = saved.length > 1 ? ['-m'] : []
    podman.run('save', '-q', '--format', format, ...many, '-o', at(path), ...references)
  }
  save('docker-archive', 'podman-docker.tar', 'docker')
  add('a docker-archive by podman', 'podman/docker:1', null, docker)
  save('docker-archive', 'podman-many.tar', 'many-1', 'many-2')
  add('the first of a docker-archive by podman', 'podman/many-1:1', null, many1)
  add('the second of a docker-archive by podman', 'podman/many-2:1', null, many2)
  save('oci-archive', 'podman-oci.tar', 'oci')
  // podman compresses the layers again: the manifest is another one.
  add('an OCI archive by podman', 'podman/oci:1', null, oci)

  save('oci-dir', 'podman-dir', 'dir')
  add('an OCI layout by podman', 'podman/dir:1', null, dir)
  podman.close()
}

/** podman with a separate storage. */
export function openPodman(): {
  readonly flags: readonly string[]
  readonly run: (...argv: readonly string[]) => string
  readonly close: () => void
} {
  // podman accepts at most 50 characters for the path of its run-time files.
  const storage = mkdtempSync('/tmp/gn-podman-')
  const roots = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')]
  const flags = [...roots, '--storage-driver', 'vfs']
  const run = (...argv: readonly string[]) => runOrThrow('podman', ...flags, ...argv)
  return { flags, run, close: () => void runOrThrow('rm', '-rf', storage) }
}

async function makeWithContainerd(
  platforms: Platforms,
  at: (path: string) => string,
  work: string,
  box: ContainerdBox,
  add: Add,
): Promise<void> {
  for (const [name, flag] of [
    ['all', '--all-platforms'],
    ['sparse', '--platform=linux/amd64'],
  ] as const) {
    const { images, root, from } = platforms(`ctr-${name}`)
    const archive = join(work, `ctr-${name}.tar`)
    const reference = `quay.io/ctr/${name}:1`
    copy(from, `oci-archive:${archive}:${reference}`, '-a')
    const ctr = async (...argv: readonly string[]) => {
      const { code, stderr } = await box.ctr('images', ...argv)
      expect([argv.join(' '), code, code ? stderr : '']).toEqual([argv.join(' '), 0, ''])
    }
    await ctr('import', '--all-platforms', '--no-unpack', archive)
    await ctr('export', flag, at(`ctr-${name}.tar`), reference)
    const kept = name === 'all' ? images : images.slice(0, 1)
    add(`containerd's export, as k0s bundles are: ${flag}`, `ctr/${name}:1`, root, ...kept)
  }
}

function makeByHand(at: (path: string) => string, add: Add): void {
  {
    const old = image('docker-old')
    const entries: readonly Entry[] = dockerArchive([
      { image: old, tags: ['quay.io/docker/old:1'] },
    ]).flatMap(entry => {
      if (entry.content !== old.plainLayers[1]) return entry
      const elsewhere = { ...entry, path: 'elsewhere/layer.tar' }
      return [elsewhere, { path: entry.path, type: '2', link: '../elsewhere/layer.tar' }]
    })
    writeFileSync(at('docker-old.tar'), tar(entries))
    add('docker save before 25, a layer as a link', 'docker/old:1', null, old)
  }
  {
    const both = image('docker-25')
    const annotations = { 'io.containerd.image.name': 'quay.io/docker/both:1' }
    const tree = layout([{ ...named(both, '1'), annotations }])
    const item = {
      Config: blobPath(both.config.digest),
      RepoTags: ['quay.io/docker/both:1'],
      Layers: both.layers.map(layer => blobPath(layer.digest)),
    }
    tree.set('manifest.json', Buffer.from(JSON.stringify([item])))
    writeFileSync(at('docker-25.tar'), treeTar(tree))
    add('docker save since 25, both forms inside', 'docker/both:1', both.manifest, both)
  }
  {
    const treed = image('tree')
    const blobs = [treed.config, ...treed.layers].map(
      ({ digest, bytes }, i) =>
        [`trees/web/blobs/${digest.replace(':', i ? '-' : ':')}`, bytes] as const,
    )
    writeTree(at('.'), new Map([['trees/web/manifests/1', treed.manifest.bytes], ...blobs]))
    mkdirSync(at('trees/twin/manifests'), { recursive: true })
    writeFileSync(at('trees/twin/manifests/2'), treed.manifest.bytes)
    symlinkSync('../web/blobs', at('trees/twin/blobs'))
    add('a tree of manifests and blobs', 'trees/web:1', treed.manifest, treed)
    add('a tree whose blobs are a link', 'trees/twin:2', treed.manifest, treed)
  }
  {
    const inner = image('nested')
    const tree = layout([named(inner, 'quay.io/nested/x:1')])
    const nested = treeTar(new Map([['a/b.tar', treeTar(new Map([['c.tar', treeTar(tree)]]))]]))
    writeFileSync(at('nested.tar'), nested)
    add('an archive in an archive in an archive', 'nested/x:1', inner.manifest, inner)
  }
}
