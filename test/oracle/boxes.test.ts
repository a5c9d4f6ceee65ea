/** Tests of the boxes: each shows a known behaviour of its tool. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differenceOf, sortTree, type Tree } from '../../src/plan/tree.ts'
import { appliedTree } from '../lib/applied.ts'
import { boxes, type FoundEntry, runBox } from '../lib/box.ts'
import {
  applyCloudInit,
  applyCloudInitMany,
  type CloudInitApplied,
  cloudInit,
  seedHostname,
} from '../lib/cloud-init-box.ts'
import { type ContainerdBox, containerdInBox, openContainerd } from '../lib/containerd-box.ts'
import { applyIgnition, applyIgnitionMany, ignition } from '../lib/ignition-box.ts'
import {
  type Digests,
  digestsOf,
  makeLayout,
  makeLayoutWithTools,
  packLayout,
} from '../lib/images.ts'
import { curl, describeWith, dockerRegistry, judge, skopeo, umoci } from '../lib/judge.ts'
import { networks, openNetwork, until } from '../lib/network.ts'
import { answeringServer, playScript } from '../lib/script-box.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const textOf = (entry: FoundEntry | undefined) =>
  entry?.kind === 'file' ? Buffer.from(entry.content).toString() : undefined
const at = (applied: { readonly entries: readonly FoundEntry[] }, path: string) =>
  applied.entries.find(entry => entry.path === path)
const paths = (applied: { readonly entries: readonly FoundEntry[] }) =>
  applied.entries.map(entry => entry.path)

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0000000000000000000000000000000000000000000 ops'
const unit = '[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n'

// The same machine in three forms: a tree, user-data and an Ignition config.
const wanted: Tree = sortTree({
  entries: [
    file('/etc/k0s/k0s.yaml', 'a: 1\n', 0o600),
    file('/usr/local/lib/gen-node/run.sh', '#!/bin/sh\n', 0o755),
    file('/etc/systemd/system/one.service', unit, 0o644),
    { kind: 'directory', path: '/srv/data', mode: 0o750, owner: 'root:root' },
    { kind: 'directory', path: '/opt', mode: 0o755, owner: 'root:root' },
    { kind: 'link', path: '/opt/data', mode: 0o777, owner: 'root:root', target: '/srv/data' },
  ],
  enabled: ['one.service'],
  users: [{ name: 'core', authorizedKeys: [key] }],
})

function file(path: string, content: string, mode: number) {
  return { kind: 'file' as const, path, mode, owner: 'root:root', content: bytes(content) }
}

const userData = bytes(`#cloud-config
users:
  - name: core
    ssh_authorized_keys: ['${key}']
write_files:
  - {path: /etc/k0s/k0s.yaml, permissions: '0600', content: "a: 1\\n"}
  - {path: /usr/local/lib/gen-node/run.sh, permissions: '0755', content: "#!/bin/sh\\n"}
  - {path: /etc/systemd/system/one.service, permissions: '0644', content: ${JSON.stringify(unit)}}
runcmd:
  - [install, -d, -m, '0750', /srv/data]
  - [ln, -sfn, /srv/data, /opt/data]
  - [systemctl, daemon-reload]
  - [systemctl, enable, --now, --no-block, one.service]
`)

const config = {
  ignition: { version: '3.3.0' },
  passwd: { users: [{ name: 'core', sshAuthorizedKeys: [key] }] },
  storage: {
    files: [
      { path: '/etc/k0s/k0s.yaml', mode: 0o600, contents: { source: 'data:,a%3A%201%0A' } },
      {
        path: '/usr/local/lib/gen-node/run.sh',
        mode: 0o755,
        contents: { source: 'data:,%23!%2Fbin%2Fsh%0A' },
      },
    ],
    directories: [{ path: '/srv/data', mode: 0o750 }],
    links: [{ path: '/opt/data', target: '/srv/data' }],
  },
  systemd: { units: [{ name: 'one.service', enabled: true, contents: unit }] },
}
const { passwd: _, ...configWithoutUsers } = config
const ign = (value: unknown) => bytes(JSON.stringify(value))

describe('a judge', () => {
  it('names the programs that are not installed', () => {
    expect(judge('x', 'sh', 'no-such-program').missing()).toBe('not installed: no-such-program')
    expect(judge('x', 'sh').missing()).toBeNull()
  })
})

describeWith([boxes], 'a box', () => {
  it('reports the changed paths, and changes nothing on this machine', async () => {
    const marker = `gen-node-box-${process.pid}`
    const script = `echo new > /etc/${marker}; echo over > /usr/share/${marker}; chmod 700 /srv; ln -s x /opt/l`
    const [result] = await runBox({ steps: [{ argv: ['sh', '-c', script] }] })
    expect(result?.entries.map(({ path, kind, mode }) => [path, kind, mode])).toEqual([
      [`/etc/${marker}`, 'file', 0o644],
      ['/opt/l', 'link', 0o777],
      ['/srv', 'directory', 0o700],
      [`/usr/share/${marker}`, 'file', 0o644],
    ])
    expect(existsSync(`/etc/${marker}`) || existsSync(`/usr/share/${marker}`)).toBe(false)
  })

  it('has a loopback and no default route', async () => {
    const [result] = await runBox({
      addresses: ['192.168.1.10/32'],
      steps: [{ argv: ['sh', '-c', 'ip -br address; ip route show default'] }],
    })
    expect(result?.stdout).toMatch(/^lo .*127\.0\.0\.1\/8.*192\.168\.1\.10\/32/)
    expect(result?.stdout.trim().split('\n')).toHaveLength(1)
  })

  it('kills a command after its timeout', async () => {
    const [result] = await runBox({ steps: [{ argv: ['sleep', '60'], timeout: 0.2 }] })
    expect([result?.code, result?.timedOut]).toEqual([124, true])
  })

  it('binds programs of this machine and masks others', async () => {
    const [result] = await runBox({
      binds: [{ from: process.execPath, to: '/opt/node' }],
      mask: ['/usr/bin/node', '/usr/bin/env'],
      steps: [{ argv: ['sh', '-c', '/opt/node -p 1+1; ls /usr/bin/env'] }],
    })
    expect(result?.stdout).toBe('2\n')
    expect(result?.code).not.toBe(0)
  })
})

describeWith([cloudInit], 'cloud-init in its box', () => {
  it('creates the wanted tree', async () => {
    const applied = await applyCloudInit(userData)
    expect(applied).toMatchObject({ codes: [0, 0, 0, 0], status: 'done', errors: [], warnings: [] })
    expect(differenceOf(appliedTree(applied, wanted), wanted)).toBeNull()
    expect(applied.systemctl).toEqual([
      ['daemon-reload'],
      ['enable', '--now', '--no-block', 'one.service'],
    ])
  })

  it('runs the same four stages for many documents', async () => {
    const failing = bytes(
      '#cloud-config\nwrite_files: [{path: /etc/a, owner: nobody-here, content: a}]\n',
    )
    const documents = [userData, failing, new Uint8Array(gzipSync(userData))]
    const many = await applyCloudInitMany(documents)
    const single = await Promise.all(documents.map(document => applyCloudInit(document)))
    expect(many.map(comparable)).toEqual(single.map(comparable))
    expect(many[1]?.errors).not.toEqual([])
  })

  it('reads an unquoted mode as a decimal number', async () => {
    const applied = await applyCloudInit(
      bytes('#cloud-config\nwrite_files: [{path: /etc/a, permissions: 600, content: a}]\n'),
    )
    expect(at(applied, '/etc/a')?.mode).toBe(0o1130)
  })

  it('skips later files after an unknown owner, and runs runcmd', async () => {
    const applied = await applyCloudInit(
      bytes(`#cloud-config
write_files:
  - {path: /etc/first, content: a}
  - {path: /etc/second, content: b, owner: 'nobody-here:root'}
  - {path: /etc/third, content: c}
runcmd:
  - [touch, /etc/ran]
`),
    )
    expect(paths(applied)).toContain('/etc/first')
    expect(paths(applied)).toContain('/etc/ran')
    expect(paths(applied)).not.toContain('/etc/third')
    expect(applied.errors.join()).toContain('nobody-here')
  })

  it('sets users of the same document as owners of deferred files', async () => {
    const applied = await applyCloudInit(
      bytes(`#cloud-config
users: [{name: app, system: true}]
write_files: [{path: /etc/app/conf, content: c, owner: 'app:app', permissions: '0640', defer: true}]
`),
    )
    expect(at(applied, '/etc/app/conf')).toMatchObject({ mode: 0o640, owner: 'app:app' })
    expect(applied.users).toEqual([{ name: 'app', authorizedKeys: [] }])
  })

  it('ignores a whole document with a jinja header, with the status done', async () => {
    const applied = await applyCloudInit(
      bytes(
        '## template: jinja\n#cloud-config\nwrite_files: [{path: /etc/a, content: "{{ .Values.x }}"}]\n',
      ),
    )
    expect(paths(applied)).toEqual([])
    expect(applied).toMatchObject({ codes: [0, 0, 0, 0], status: 'done' })
  })

  it('prefers the host name of the document to that of the seed', async () => {
    const [key, written] = await applyCloudInitMany([
      bytes('#cloud-config\nhostname: w1\nruncmd: ["hostname > /etc/now"]\n'),
      bytes(`#cloud-config
write_files: [{path: /etc/hostname, content: "w1\\n"}]
runcmd: ["hostname > /etc/now"]
`),
    ])
    expect(textOf(at(key as CloudInitApplied, '/etc/hostname'))).toBe('w1\n')
    expect(textOf(at(key as CloudInitApplied, '/etc/now'))).toBe('w1\n')
    // set_hostname runs in the local stage, before write_files: until the next boot the machine has
    // the name of the seed.
    expect(textOf(at(written as CloudInitApplied, '/etc/hostname'))).toBe('w1\n')
    expect(textOf(at(written as CloudInitApplied, '/etc/now'))).toBe(`${seedHostname}\n`)
  })

  it('reports directories that scripts create', async () => {
    const applied = await applyCloudInit(
      bytes('#cloud-config\nruncmd: [[mkdir, -m, "0700", /etc/x]]\n'),
    )
    const empty = { entries: [], enabled: [], users: [] }
    expect(differenceOf(appliedTree(applied, empty), empty)).toBe('/etc/x is on one side only')
  })
})

// The results of a run without times and paths of temporary files, which differ.
function comparable({
  entries,
  enabled,
  users,
  systemctl,
  codes,
  status,
  errors,
}: CloudInitApplied) {
  return { entries, enabled, users, systemctl, codes, status, errors }
}

describeWith([ignition], 'Ignition in its box', () => {
  it('creates the wanted tree, with users in the files stage', async () => {
    const applied = await applyIgnition(ign(config))
    expect(applied).toMatchObject({ code: 0, method: 'fetch and files stages' })
    expect(differenceOf(appliedTree(applied, wanted), wanted)).toBeNull()
  })

  it('creates the same tree without users with ignition-apply', async () => {
    const applied = await applyIgnition(ign(configWithoutUsers))
    const tree = { ...wanted, users: [] }
    expect(applied).toMatchObject({ code: 0, method: 'ignition-apply' })
    expect(differenceOf(appliedTree(applied, tree), tree)).toBeNull()
  })

  it('applies later versions as 3.3.0 and refuses unknown versions', async () => {
    const versions = ['3.0.0', '3.1.0', '3.2.0', '3.4.0', '3.5.0', '3.6.0', '2.3.0', '3.9.0']
    const applied = await applyIgnitionMany(
      versions.map(version => ign({ ...configWithoutUsers, ignition: { version } })),
    )
    expect(applied.map(({ code }) => code === 0)).toEqual(versions.map(v => v < '3.9' && v > '3'))
  })

  it('refuses a wrong hash, content that is not gzip, and an unknown owner', async () => {
    const contents = { source: 'data:,hello' }
    const hash = `sha256-${'0'.repeat(64)}`
    const files = [
      { path: '/etc/a', contents: { ...contents, verification: { hash } } },
      { path: '/etc/a', contents: { ...contents, compression: 'gzip' } },
      { path: '/etc/a', contents, user: { name: 'nobody-here' } },
    ]
    const applied = await applyIgnitionMany(
      files.map(file => ign({ ignition: { version: '3.3.0' }, storage: { files: [file] } })),
    )
    expect(applied.map(({ code }) => code)).toEqual([1, 1, 1])
    expect(applied[0]?.error).toContain('hash verification failed')
    expect(applied[1]?.error).toContain('unexpected EOF')
    expect(applied[2]?.error).toContain('nobody-here')
  })
})

describeWith([boxes, curl], 'the script box', () => {
  const script = `#!/bin/sh
until curl -fsS -o /dev/null http://192.168.1.10:5000/v2/; do sleep 0.1; done
/usr/local/bin/k0s install worker "--token-file=/etc/k0s/a token"
systemctl enable --now one.service
command -v node
[ -e /var/lib/done ] || : > /var/lib/done
`

  it('records calls, runs a server in the background, and reports the changes of each step', async () => {
    const run = { argv: ['/bin/sh', '/opt/run.sh'] }
    const [first, second] = await playScript({
      files: [{ path: '/opt/run.sh', content: script, mode: 0o755 }],
      stubs: { '/usr/local/bin/k0s': 'echo v1.36.0+k0s.0', systemctl: 'exit 0' },
      node: '/opt/node/bin/node',
      addresses: ['192.168.1.10/32'],
      background: [['/opt/node/bin/node', '-e', answeringServer('192.168.1.10', 5000)]],
      steps: [run, run],
    })
    const calls = [
      ['k0s', 'install', 'worker', '--token-file=/etc/k0s/a token'],
      ['systemctl', 'enable', '--now', 'one.service'],
    ]
    expect(first).toMatchObject({ code: 0, stdout: 'v1.36.0+k0s.0\n', calls })
    expect(first?.entries.map(({ path }) => path)).toEqual(['/var/lib/done'])
    expect(second).toMatchObject({ code: 0, calls, changedPaths: [] })
  })

  it('hides programs and sets the environment', async () => {
    const [step] = await playScript({
      hidden: ['curl'],
      env: { NAME: 'scenario' },
      steps: [
        {
          argv: ['/bin/sh', '-c', 'echo $NAME; command -v curl k0s node systemctl'],
          env: { NAME: 'step' },
        },
      ],
    })
    expect(step).toMatchObject({ code: 127, stdout: 'step\n' })
  })
})

describeWith([networks, curl], 'a network without a route', () => {
  it('ends its processes when it is closed', async () => {
    const network = await openNetwork(['192.168.1.10/32'])
    const server = network.start([
      process.execPath,
      '-e',
      answeringServer('192.168.1.10', 5000, '[]'),
    ])
    try {
      const request = () => network.run(['curl', '-fs', 'http://192.168.1.10:5000/v2/'])
      await until('the server', async () => (await request()).stdout === '[]')
      expect((await network.run(['curl', '-s', 'http://1.1.1.1/'])).code).not.toBe(0)
    } finally {
      await network.close()
    }
    expect(await server.ended).not.toBe(0)
    expect(existsSync(network.folder)).toBe(false)
  })
})

describeWith(
  [containerdInBox, curl, dockerRegistry, skopeo, umoci],
  'containerd in its box',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'gen-node-boxes-'))
    const layout = join(folder, 'layout')
    const mirror = 'http://192.168.1.10:5000'
    const image = 'registry.k8s.io/pause:3.9'
    let digests: Digests
    let box: ContainerdBox | undefined
    const containerd = () => box as ContainerdBox

    beforeAll(async () => {
      digests = makeLayout(layout, [{ names: [image] }])
      hosts('registry.k8s.io', 'https://registry.k8s.io')
      hosts('quay.io', mirror)
      box = await openContainerd(['192.168.1.10/32'])
      const registry = join(folder, 'registry.yaml')
      const storage = `storage: {filesystem: {rootdirectory: ${folder}/registry}}`
      writeFileSync(registry, `version: 0.1\n${storage}\nhttp: {addr: "192.168.1.10:5000"}\n`)
      const server = box.start(['docker-registry', 'serve', registry])
      const request = () => containerd().run(['curl', '-fs', `${mirror}/v2/`])
      await until(`docker-registry: ${server.output()}`, async () => (await request()).code === 0)
      const copy = ['skopeo', '--insecure-policy', 'copy', '-q', '--dest-tls-verify=false']
      const to = 'docker://192.168.1.10:5000/pause:3.9'
      expect(await box.run([...copy, `oci:${layout}:${image}`, to])).toMatchObject({ code: 0 })
    })

    afterAll(async () => {
      await box?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    function hosts(host: string, server: string): void {
      mkdirSync(join(folder, 'certs.d', host), { recursive: true })
      const toml = `server = "${server}"\n\n[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`
      writeFileSync(join(folder, 'certs.d', host, 'hosts.toml'), toml)
    }

    it('pulls from the mirror only', async () => {
      const pull = await containerd().pull(image, join(folder, 'certs.d'))
      expect(pull).toMatchObject({
        code: 0,
        digest: digests.get(image),
        hosts: ['192.168.1.10:5000'],
      })
      expect((await containerd().images()).get(image)).toBe(digests.get(image))
    })

    it('requests a missing image from upstream, unless the mirror is the server too', async () => {
      const upstream = await containerd().pull('registry.k8s.io/none:1', join(folder, 'certs.d'))
      expect(upstream.hosts).toEqual(['192.168.1.10:5000', 'registry.k8s.io'])
      expect(upstream.error).toContain('lookup registry.k8s.io')
      const mirrorOnly = await containerd().pull('quay.io/none:1', join(folder, 'certs.d'))
      expect(mirrorOnly).toMatchObject({ code: 1, digest: null, hosts: ['192.168.1.10:5000'] })
      expect(mirrorOnly.error).toContain('not found')
    })

    it('can be given layouts of umoci and skopeo, with one digest for two names of an image', () => {
      const made = makeLayoutWithTools(join(folder, 'tools'), [
        { names: ['quay.io/a/b:1', 'quay.io/a/b:2'] },
        { names: ['docker.io/library/c:1'], layers: [10] },
      ])
      expect([...made.keys()]).toEqual(['quay.io/a/b:1', 'quay.io/a/b:2', 'docker.io/library/c:1'])
      expect(made.get('quay.io/a/b:1')).toBe(made.get('quay.io/a/b:2'))
      packLayout(layout, join(folder, 'layout.tar'))
      expect(digestsOf(layout)).toEqual(digests)
    })
  },
)
