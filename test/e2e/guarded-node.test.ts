/**
 * A registry with everything that guards it, run by real systemd: TLS, a password, a signed bundle
 * that is unpacked to a disk of its own. Its user is systemd's; what only root may read reaches it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { makeLayout, packLayout } from '../lib/images.ts'
import { describeWith, openssl, runs } from '../lib/judge.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bytesOf } from '../oracle/lib/machines.ts'

const spec = `apiVersion: gen-node/v1
registry:
  bundle: /srv/bundle.tar.gz
  storage: /srv/unpacked
  port: 443
  verify: {key: {file: cosign.pub}}
  tls: {cert: {file: registry.pem}, key: {file: registry.key}}
  auth: {username: site, password: {file: password}}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
`

const k0s = `#!/bin/sh
case $1 in
version) echo v1.33.4+k0s.0 ;;
install) printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/k0scontroller.service; systemctl daemon-reload ;;
start) systemctl start k0scontroller ;;
esac
`

describeWith([...nodeMachines, openssl], 'a guarded registry on a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-guarded-'))
  let site: Site | undefined
  let node: Node

  beforeAll(async () => {
    makeSecrets(folder)
    const layout = join(folder, 'layout')
    makeLayout(layout, [{ names: ['registry.k8s.io/pause:3.9'] }])
    packLayout(layout, join(folder, 'bundle.tar'))
    good(['gzip', '-k', join(folder, 'bundle.tar')])
    const bundle = join(folder, 'bundle.tar.gz')
    good([
      'openssl',
      'dgst',
      '-sha256',
      '-sign',
      join(folder, 'cosign.key'),
      '-out',
      `${bundle}.der`,
      bundle,
    ])
    writeFileSync(`${bundle}.sig`, readFileSync(`${bundle}.der`).toString('base64'))
    const [plan] = plansOf(sourceOf(spec), folder)
    site = await openSite()
    node = await site.boot({
      name: 'c1',
      address: '192.168.1.10/24',
      userData: bytesOf(plan!, { format: 'cloud-init' }),
      extraFiles: [
        { path: '/usr/local/bin/k0s', content: k0s, mode: 0o755 },
        { path: '/srv/bundle.tar.gz', content: readFileSync(bundle) },
        { path: '/srv/bundle.tar.gz.sig', content: readFileSync(`${bundle}.sig`) },
        { path: '/root/ca.pem', content: readFileSync(join(folder, 'registry.pem')) },
      ],
    })
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const asks = (more: string) =>
    `curl -sS -o /dev/null -w '%{http_code}' --cacert /root/ca.pem ${more} https://192.168.1.10/v2/pause/manifests/3.9`

  it('comes up, by the first boot and by a second', async () => {
    await node.waitFor('test -e /var/lib/gen-node/bootstrapped', 90_000)
    expect((await node.exec(asks('-u site:hold'))).stdout).toBe('200')
    await node.reboot()
    await node.waitFor(`test "$(${asks('-u site:hold')})" = 200`, 60_000)
  }, 200_000)

  it('asks for the password', async () => {
    expect((await node.exec(asks(''))).stdout).toBe('401')
    expect((await node.exec(asks('-u site:wrong'))).stdout).toBe('401')
  })

  it('unpacked once, as its own user, and shows its secrets to nobody', async () => {
    const { stdout } =
      await node.exec(`ls /srv/unpacked | wc -l; stat -c %a /etc/gen-node/registry/*
      tr '\\0' ' ' < /proc/$(systemctl show -P MainPID gen-node-registry)/cmdline; echo
      stat -c %u /proc/$(systemctl show -P MainPID gen-node-registry)`)
    const [files, ...rest] = stdout.trim().split('\n')
    expect(files).toBe('1')
    expect(rest.slice(0, 4)).toEqual(['600', '644', '600', '644'])
    expect(rest.join(' ')).not.toContain('hold')
    expect(Number(rest.at(-1))).toBeGreaterThan(60_000)
  })

  it('reads again on reload', async () => {
    expect((await node.exec('systemctl reload gen-node-registry')).code).toBe(0)
    await node.waitFor(`test "$(${asks('-u site:hold')})" = 200`, 20_000)
  }, 30_000)
})

function makeSecrets(folder: string): void {
  const at = (name: string) => join(folder, name)
  writeFileSync(at('password'), 'hold\n')
  good([
    ...[
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
    ],
    ...[
      '-keyout',
      at('registry.key'),
      '-out',
      at('registry.pem'),
      '-days',
      '30',
      '-subj',
      '/CN=registry',
    ],
    ...['-addext', 'subjectAltName=IP:192.168.1.10'],
  ])
  good(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('cosign.key')])
  good(['openssl', 'ec', '-in', at('cosign.key'), '-pubout', '-out', at('cosign.pub')])
}

function good(argv: readonly string[]): void {
  const { code, stderr } = runs(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
}
