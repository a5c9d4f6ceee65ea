import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ContainerdBox, containerdInBox, openContainerd } from '../lib/containerd-box.ts'
import { containerd, describeWith, podman, root, runs, skopeo, umoci } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import {
  chart,
  dockerArchive,
  image,
  index,
  layout,
  named,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { type Running, room, script, start } from './lib/program.ts'
import { tar } from './lib/tar.ts'

// The judges pull; what they hold afterwards must be the source, by digest or, where the form
// forces a new manifest, by the config's digest.

const folder = mkdtempSync(join(room, 'oracle-'))
const amd = image('oracle', 'amd64', 50_000)
const arm = image('oracle', 'arm64', 50_000)
const both = index([amd, arm])
const web = chart('k0rdent-enterprise', '1.2.2')
const source = writeTree(
  join(folder, 'source'),
  layout([
    named(amd, 'one'),
    {
      root: both,
      with: [amd, arm].flatMap(i => [i.manifest, i.config, ...i.layers]),
      name: 'both',
    },
  ]),
)

function ok(...argv: readonly string[]): string {
  const { code, stdout, stderr } = runs(argv, '', 120_000)
  expect([argv.join(' '), code, code ? stderr : '']).toEqual([argv.join(' '), 0, ''])
  return stdout
}

/** Copies with skopeo, without its lock files and its policy. */
function copy(from: string, to: string, ...flags: readonly string[]): void {
  ok('skopeo', 'copy', '-q', '--insecure-policy', '--src-tls-verify=false', ...flags, from, to)
}

function digestsOf(path: string): readonly string[] {
  const { manifests } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
  return manifests.map((one: { digest: string }) => one.digest)
}

function configOf(layoutPath: string): string {
  const [digest = ''] = digestsOf(layoutPath)
  const text = readFileSync(join(layoutPath, 'blobs', digest.replace(':', '/')), 'utf8')
  return JSON.parse(text).config.digest
}

describeWith([skopeo, umoci], 'skopeo and umoci make and judge', () => {
  const pulled = (registry: Running, name: string, ...flags: readonly string[]) => {
    const target = mkdtempSync(join(folder, 'pulled-'))
    copy(`docker://127.0.0.1:${registry.port}/${name}`, `oci:${target}:x`, ...flags)
    return target
  }

  test('oci-archive and oci folder, one platform and all', async () => {
    const bundle = mkdtempSync(join(folder, 'b-'))
    mkdirSync(join(bundle, 'sub'))
    copy(`oci:${source}:one`, `oci-archive:${bundle}/sub/one_1.0.tar`)
    copy(`oci:${source}:both`, `oci-archive:${bundle}/both.tar:quay.io/a/both:2`, '-a')
    copy(`oci:${source}:both`, `oci:${bundle}/lay:registry.k8s.io/both:3`, '-a')
    const registry = await start(['-b', bundle])
    expect(digestsOf(pulled(registry, 'sub/one:1.0'))).toEqual([amd.manifest.digest])
    expect(digestsOf(pulled(registry, 'a/both:2', '-a'))).toEqual([both.digest])
    expect(digestsOf(pulled(registry, 'registry.k8s.io/both:3', '-a'))).toEqual([both.digest])
    for (const one of [amd, arm]) {
      const flags = ['--override-arch', one.architecture]
      expect(digestsOf(pulled(registry, 'a/both:2', ...flags))).toEqual([one.manifest.digest])
    }
    expect(digestsOf(pulled(registry, `a/both@${both.digest}`, '-a'))).toEqual([both.digest])
    const listed = ok(
      'skopeo',
      'list-tags',
      '--tls-verify=false',
      `docker://127.0.0.1:${registry.port}/a/both`,
    )
    expect(JSON.parse(listed).Tags).toEqual(['2'])
  })

  test('docker-archive, by skopeo and as old docker save wrote it', async () => {
    const bundle = mkdtempSync(join(folder, 'b-'))
    copy(`oci:${source}:one`, `docker-archive:${bundle}/a.tar:quay.io/a/skopeo:1`)
    writeFileSync(
      join(bundle, 'b.tar'),
      tar(dockerArchive([{ image: amd, tags: ['old/docker:1'] }])),
    )
    const registry = await start(['-b', bundle])
    for (const name of ['a/skopeo:1', 'old/docker:1']) {
      expect(configOf(pulled(registry, name))).toBe(amd.config.digest)
    }
  })

  test('a layout that umoci made', async () => {
    const bundle = join(mkdtempSync(join(folder, 'b-')), 'umoci')
    ok('umoci', 'init', '--layout', bundle)
    ok('umoci', 'new', '--image', `${bundle}:v1`)
    writeFileSync(join(folder, 'file'), 'from umoci')
    ok('umoci', 'insert', '--rootless', '--image', `${bundle}:v1`, join(folder, 'file'), '/file')
    const registry = await start(['-b', bundle])
    expect(digestsOf(pulled(registry, 'umoci:v1'))).toEqual(digestsOf(bundle))
  })

  test('a signed, packed bundle of charts and images', async () => {
    const path = join(folder, 'airgap.tar.gz')
    const inner = new Map([
      ['charts/k0rdent-enterprise_1.2.2.tar', treeTar(layout([named(web)]))],
      ['k0sproject/k0s:v1.32.8-k0s.0.tar', treeTar(layout([named(amd)]))],
    ])
    writeFileSync(path, gzipSync(treeTar(inner)))
    const registry = await start(['-b', path, '-s', join(folder, 'state')])
    expect(digestsOf(pulled(registry, 'charts/k0rdent-enterprise:1.2.2'))).toEqual([
      web.manifest.digest,
    ])
    expect(digestsOf(pulled(registry, 'k0sproject/k0s:v1.32.8-k0s.0'))).toEqual([
      amd.manifest.digest,
    ])
  })
})

describeWith([podman, skopeo, root], 'podman makes and judges', () => {
  // podman takes no longer path than 50 characters for what it keeps at run time.
  const storage = mkdtempSync('/tmp/gn-podman-')
  afterAll(() => rmSync(storage, { recursive: true, force: true }))
  const flags = [
    '--root',
    join(storage, 'root'),
    '--runroot',
    join(storage, 'run'),
    '--storage-driver',
    'vfs',
  ]

  test('its docker-archive and oci-archive, pulled again', async () => {
    const bundle = mkdtempSync(join(folder, 'b-'))
    copy(`oci:${source}:one`, `oci-archive:${folder}/in.tar:localhost/in:1`)
    ok('podman', ...flags, 'load', '-q', '-i', join(folder, 'in.tar'))
    ok('podman', ...flags, 'tag', 'localhost/in:1', 'quay.io/p/docker:1', 'quay.io/p/oci:1')
    ok(
      'podman',
      ...flags,
      'save',
      '-q',
      '--format',
      'docker-archive',
      '-o',
      join(bundle, 'd.tar'),
      'quay.io/p/docker:1',
    )
    ok(
      'podman',
      ...flags,
      'save',
      '-q',
      '--format',
      'oci-archive',
      '-o',
      join(bundle, 'o.tar'),
      'quay.io/p/oci:1',
    )
    ok('podman', ...flags, 'rmi', '-af')
    const registry = await start(['-b', bundle])
    for (const name of ['p/docker:1', 'p/oci:1']) {
      const from = `127.0.0.1:${registry.port}/${name}`
      const id = ok('podman', ...flags, 'pull', '-q', '--tls-verify=false', from).trim()
      expect(`sha256:${id}`).toBe(amd.config.digest)
      ok('podman', ...flags, 'rmi', '-af')
    }
  })
})

describeWith([containerdInBox, containerd, skopeo], 'containerd judges', () => {
  let box: ContainerdBox
  const hosts = mkdtempSync(join(folder, 'certs-'))
  const bundle = mkdtempSync(join(folder, 'b-'))
  const small = (seed: string) => image(`containerd ${seed}`, 'amd64', 5000)
  const one = [0, 1, 2, 3, 4].map(seed => small(`${seed}`))

  beforeAll(async () => {
    box = await openContainerd()
    for (const host of ['registry.k8s.io', 'quay.io', 'docker.io']) {
      mkdirSync(join(hosts, host))
      writeFileSync(
        join(hosts, host, 'hosts.toml'),
        'server = "http://127.0.0.1:5000"\n\n[host."http://127.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n',
      )
    }
  })
  afterAll(() => box?.close())

  test('every form, by mirror', async () => {
    const [quay = amd, hub = amd, sparse = amd, old = amd, treed = amd] = one
    const sparseIndex = index([sparse, image('absent', 'arm64')])
    const files = new Map([
      ['q.tar', treeTar(layout([named(quay, 'quay.io/library/x:1')]))],
      ['h.tar', treeTar(layout([named(hub, 'docker.io/library/x:1')]))],
      [
        's.tar',
        treeTar(
          layout([
            {
              root: sparseIndex,
              with: [sparse.manifest, sparse.config, ...sparse.layers],
              name: 'registry.k8s.io/sparse:1',
            },
          ]),
        ),
      ],
      ['o.tar', tar(dockerArchive([{ image: old, tags: ['quay.io/old/docker:1'] }]))],
      ['k0sproject/k0s:v1.tar', treeTar(layout([named(amd)]))],
      ['repo/tree/manifests/1', treed.manifest.bytes],
      ...[treed.config, ...treed.layers].map(
        b => [`repo/tree/blobs/${b.digest}`, b.bytes] as const,
      ),
    ])
    writeTree(bundle, files)
    writeFileSync(
      join(bundle, 'packed.tar.gz'),
      gzipSync(
        treeTar(new Map([['p_1.tar', treeTar(layout([named(arm, 'quay.io/packed/x:1')]))]])),
      ),
    )
    const registry = box.start([
      process.execPath,
      script,
      '-b',
      bundle,
      '-s',
      join(folder, 'state'),
    ])
    await until('registry', async () => registry.said().includes('serving'))
    const digest = async (name: string) => {
      const { digest, trouble, asked } = await box.pull(name, hosts)
      expect([name, trouble, asked]).toEqual([name, '', ['127.0.0.1:5000']])
      return digest
    }
    expect(await digest('quay.io/library/x:1')).toBe(quay.manifest.digest)
    expect(await digest('docker.io/library/x:1')).toBe(hub.manifest.digest)
    expect(await digest('registry.k8s.io/sparse:1')).toBe(sparseIndex.digest)
    expect(await digest('quay.io/k0sproject/k0s:v1')).toBe(amd.manifest.digest)
    expect(await digest('quay.io/repo/tree:1')).toBe(treed.manifest.digest)
    expect(await digest(`quay.io/library/x@${quay.manifest.digest}`)).toBe(quay.manifest.digest)
    const made = `${await digest('quay.io/old/docker:1')}`
    expect(JSON.parse(await box.content(made)).config.digest).toBe(old.config.digest)
    const missing = await box.pull('quay.io/no/such:1', hosts)
    expect([missing.code === 0, missing.trouble]).toEqual([
      false,
      expect.stringContaining('not found'),
    ])
    expect(registry.said()).toContain('quay.io/no/such:1 is not in the bundle')
    expect(await registry.stop()).toBe(0)
  })

  test('a made manifest is the very one that containerd makes at import', async () => {
    const archive = join(folder, 'import.tar')
    writeFileSync(
      archive,
      tar(dockerArchive([{ image: small('import'), tags: ['quay.io/import/me:1'] }])),
    )
    const socket = join(box.folder, 'containerd.sock')
    const { code } = await box.run([
      'ctr',
      '-a',
      socket,
      'images',
      'import',
      '--no-unpack',
      archive,
    ])
    expect(code).toBe(0)
    const imported = (await box.images()).get('quay.io/import/me:1')
    const registry = await start(['-b', archive])
    const listed = runs([
      'curl',
      '-sI',
      `http://127.0.0.1:${registry.port}/v2/import/me/manifests/1`,
    ])
    expect(listed.stdout).toContain(`Docker-Content-Digest: ${imported}\r\n`)
  })

  test('what ctr exports', async () => {
    const archive = join(folder, 'export.tar')
    const socket = join(box.folder, 'containerd.sock')
    const name = 'quay.io/library/x:1'
    const { code, stderr } = await box.run(['ctr', '-a', socket, 'images', 'export', archive, name])
    expect([code, stderr]).toEqual([0, ''])
    const registry = await start(['-b', archive])
    const target = mkdtempSync(join(folder, 'pulled-'))
    copy(`docker://127.0.0.1:${registry.port}/${name}`, `oci:${target}:x`)
    expect(digestsOf(target)).toEqual([(await box.images()).get(name)])
    expect(readdirSync(target)).toContain('index.json')
  })
})

describe('the script', () => {
  test('is plain text, needs nothing but Node, and is small', () => {
    const text = readFileSync(script)
    expect(text.every(byte => byte < 128)).toBe(true)
    const imports = [...text.toString('latin1').matchAll(/\bfrom\s*"([^"]+)"/g)].map(
      ([, name]) => name,
    )
    expect(imports.filter(name => !name?.startsWith('node:'))).toEqual([])
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(10 * 1024)
  })
})
