/** A bundle as people have it: the layouts of the tools that collect images. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from '../../lib/judge.ts'
import { until } from '../../lib/network.ts'
import { copy, type Form } from './every-form.ts'
import {
  below,
  type Content,
  content,
  dockerArchive,
  type Image,
  image,
  index,
  layout,
  manifest,
  type Named,
  named,
  point,
  writeTree,
} from './image.ts'
import { freePort, get } from './program.ts'
import { tar } from './tar.ts'

const imageName = 'io.containerd.image.name'
const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
const sigstoreBundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** A signature as cosign stores it: an image with a layer that is no layer. */
export function signature(of: Content, type = simpleSigning, more: object = {}): Named {
  const config = content(
    Buffer.from(JSON.stringify({ architecture: '', os: '', rootfs: { diff_ids: [] } })),
    'application/vnd.oci.image.config.v1+json',
  )
  const payload = content(Buffer.from(`{"of": "${of.digest}", "type": "${type}"}`), type)
  return { root: manifest(config, [payload], more), with: [config, payload] }
}

/** An image in an index with an attestation, as buildx writes it. */
export function withAttestation(saved: Image): Named {
  const config = content(
    Buffer.from(JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs: {} })),
    'application/vnd.oci.image.config.v1+json',
  )
  const statement = content(Buffer.from(saved.manifest.digest), 'application/vnd.in-toto+json')
  const attestation = manifest(config, [statement])
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': saved.manifest.digest,
  }
  const body = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { ...point(saved.manifest), platform: { os: 'linux', architecture: saved.architecture } },
      {
        ...point(attestation),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations,
      },
    ],
  }
  const root = content(Buffer.from(JSON.stringify(body)), body.mediaType)
  const parts = [saved.manifest, saved.config, ...saved.layers, attestation, config, statement]
  return { root, with: parts }
}

/** The entries of Hauler's store for an image with a signature and a sigstore bundle as a referrer. */
export function haulerStore(saved: Image, path: string): readonly Named[] {
  const subject = point(saved.manifest)
  const entries: readonly (readonly [string, Named])[] = [
    ['image', named(saved)],
    ['sigs', signature(saved.manifest)],
    ['referrers/0123', signature(saved.manifest, sigstoreBundle, { subject })],
  ]
  return entries.map(([kind, entry]) => {
    const annotations = { kind: `dev.hauler/${kind}`, [imageName]: `quay.io/${path}` }
    return { ...entry, name: path, annotations }
  })
}

/** Fills a folder; no two forms share a blob. */
export async function makePeoplesBundles(bundle: string, work: string): Promise<readonly Form[]> {
  const forms: Form[] = []
  const add = (made: string, name: string, root: Content | null, ...images: readonly Image[]) =>
    forms.push({
      made,
      name,
      root: root?.digest ?? null,
      configs: Object.fromEntries(
        images.map(({ architecture, config }) => [architecture, config.digest]),
      ),
    })
  const write = (folder: string, entries: readonly Named[]) =>
    writeTree(bundle, below(folder, layout(entries)))
  const source = (entry: Named) =>
    `oci:${writeTree(mkdtempSync(join(work, 'source-')), layout([{ ...entry, name: 'x' }]))}:x`
  const platforms = (name: string) => {
    const images = [image(name, 'amd64'), image(name, 'arm64')]
    const root = index(images)
    const parts = images.flatMap(each => [each.manifest, each.config, ...each.layers])
    return { images, root, entry: { root, with: parts } }
  }
  {
    const saved = image('hauler')
    write('haul', haulerStore(saved, 'hauler/app:1'))
    add('a store of Hauler', 'hauler/app:1', saved.manifest, saved)
  }
  {
    const saved = image('cosign')
    const kind = (name: string) => ({ annotations: { kind: `dev.cosignproject.cosign/${name}` } })
    const signed = { ...signature(saved.manifest), ...kind('sigs') }
    write('quay.io/cosign/app:1', [{ ...named(saved), ...kind('image') }, signed])
    add('a folder of cosign save', 'cosign/app:1', saved.manifest, saved)
  }
  {
    const { images, root, entry } = platforms('registry')
    const [port, sync] = [await freePort(), join(bundle, 'sync')]
    const registry = await startRegistry(join(bundle, 'data'), port)
    try {
      copy(source(entry), `docker://127.0.0.1:${port}/data/app:1`, '-a', '--dest-tls-verify=false')
      const single = platforms('sync')
      const from = `127.0.0.1:${port}/sync-app`
      copy(source(single.entry), `docker://${from}:1`, '-a', '--dest-tls-verify=false')
      const flags = ['--insecure-policy', 'sync', '--all', '--src-tls-verify=false']
      runOrThrow('skopeo', ...flags, '--src', 'docker', '--dest', 'dir', `${from}:1`, sync)
      add('skopeo sync', 'sync-app:1', single.root, ...single.images)
    } finally {
      registry.kill()
    }
    add('the data folder of a registry', 'data/app:1', root, ...images)
  }
  {
    const saved = image('buildx')
    const entry = withAttestation(saved)
    write('buildx', [{ ...entry, name: 'quay.io/buildx/app:1' }])
    add('buildx with an attestation', 'buildx/app:1', entry.root, saved)
  }
  {
    const saved = image('shared')
    const shared = `--dest-shared-blob-dir=${join(bundle, 'shared')}`
    copy(source(named(saved)), `oci:${join(bundle, 'web')}:quay.io/shared/app:1`, shared)
    add('a shared folder of blobs by skopeo', 'shared/app:1', saved.manifest, saved)
  }
  {
    const saved = image('zstd')
    const plainLayers = saved.plainLayers.map((layer, at) => zstd(layer, join(work, `layer-${at}`)))
    const archive = [{ image: { ...saved, plainLayers }, tags: ['quay.io/zstd/app:1'] }]
    writeFileSync(join(bundle, 'zstd.tar'), tar(dockerArchive(archive)))
    add('a docker-archive with zstd layers', 'zstd/app:1', null, saved)
  }
  for (const make of ['docker', 'oci', 'buildx'] as const) {
    const images = [image(`two-${make}`, 'amd64'), image(`two-${make}`, 'arm64')]
    for (const saved of images) {
      const name = `quay.io/two/${make}:1`
      const folder = `two/${make}/${saved.architecture}`
      mkdirSync(join(bundle, folder), { recursive: true })
      const archive = tar(dockerArchive([{ image: saved, tags: [name] }]))
      if (make === 'docker') writeFileSync(join(bundle, folder, 'app.tar'), archive)
      else write(folder, [{ ...(make === 'oci' ? named(saved) : withAttestation(saved)), name }])
    }
    add(`two archives of one name for two platforms: ${make}`, `two/${make}:1`, null, ...images)
  }
  return forms
}

function zstd(bytes: Buffer, path: string): Buffer {
  writeFileSync(path, bytes)
  runOrThrow('zstd', '-q', path)
  return readFileSync(`${path}.zst`)
}

/** Starts the registry of the distribution project; its data folder is the bundle. */
async function startRegistry(folder: string, port: number) {
  const config = join(mkdtempSync(join(folder, '..', '..', 'config-')), 'config.yml')
  const storage = `storage: {filesystem: {rootdirectory: ${folder}}}`
  writeFileSync(config, `version: 0.1\n${storage}\nhttp: {addr: '127.0.0.1:${port}'}\n`)
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
  const isReady = () =>
    get({ port }, '/v2/').then(
      ({ status }) => status === 200,
      () => false,
    )
  await until('the registry of the distribution project answers', isReady)
  return registry
}
