/**
 * A registry with TLS, a password and a signed bundle, run by real systemd. The bundle is unpacked to
 * a separate folder. The service has a dynamic user and reads files of root as credentials.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { makeLayout, packLayout } from '../lib/images.ts'
import { describeWith, openssl, runOrThrow } from '../lib/judge.ts'
import { k0sStub } from '../lib/k0s-stub.ts'
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

describeWith([...nodeMachines, openssl], 'a guarded registry on a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-guarded-'))
  let site: Site | undefined
  let node: Node

  beforeAll(async () => {
    makeSecrets(folder)
    const layout = join(folder, 'layout')
    makeLayout(layout, [{ names: ['registry.k8s.io/pause:3.9'] }])
    packLayout(layout, join(folder, 'bundle.tar'))
    runOrThrow('gzip', '-k', join(folder, 'bundle.tar'))
    const bundle = join(folder, 'bundle.tar.gz')
    const key = join(folder, 'cosign.key')
    runOrThrow('openssl', 'dgst', '-sha256', '-sign', key, '-out', `${bundle}.der`, bundle)
    writeFileSync(`${bundle}.sig`, readFileSync(`${bundle}.der`).toString('base64'))
    const [plan] = plansOf(sourceOf(spec), folder)
    site = await openSite()
    node = await site.boot({
      name: 'c1',
      address: '192.168.1.10/24',
      userData: bytesOf(plan!, { format: 'cloud-init' }),
      extraFiles: [
        { path: '/usr/local/bin/k0s', content: k0sStub, mode: 0o755 },
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

  const request = (more: string) =>
    `curl -sS -o /dev/null -w '%{http_code}' --cacert /root/ca.pem ${more} https://192.168.1.10/v2/pause/manifests/3.9`

  it('answers after the first boot and after a reboot', async () => {
    await node.waitFor('grep -q ^done /run/gen-node/status', 90_000)
    expect((await node.exec(request('-u site:hold'))).stdout).toBe('200')
    await node.reboot()
    await node.waitFor(`test "$(${request('-u site:hold')})" = 200`, 60_000)
  }, 200_000)

  it('requires the password', async () => {
    expect((await node.exec(request(''))).stdout).toBe('401')
    expect((await node.exec(request('-u site:wrong'))).stdout).toBe('401')
  })

  it('unpacks the bundle once, runs as its own user, and has no secret in its arguments', async () => {
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

  it('serves another certificate after a reload, on open connections to come', async () => {
    const served = async () => {
      const { stdout } = await node.exec(
        'openssl s_client -connect 192.168.1.10:443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint',
      )
      return stdout
    }
    const before = await served()
    expect(before).toContain('Fingerprint=')
    const pid = (await node.exec('systemctl show -P MainPID gen-node-registry')).stdout
    makeCertificate(folder, 'second')
    for (const [file, name] of [
      ['second.pem', 'tls.pem'],
      ['second.key', 'tls-key.pem'],
    ] as const) {
      const input = readFileSync(join(folder, file))
      await node.exec(['sh', '-c', `cat > /etc/gen-node/registry/${name}`], { input })
    }
    expect((await node.exec('systemctl reload gen-node-registry')).code).toBe(0)
    await node.waitFor('journalctl -b -t gen-node-registry | grep -q reloaded', 20_000)
    expect(await served()).not.toBe(before)
    // A broken file keeps the certificate that is served.
    const good = await served()
    await node.exec('echo broken > /etc/gen-node/registry/tls.pem')
    await node.exec('systemctl reload gen-node-registry')
    await node.waitFor('journalctl -b -t gen-node-registry | grep -q "reload failed"', 20_000)
    expect(await served()).toBe(good)
    expect((await node.exec('systemctl show -P MainPID gen-node-registry')).stdout).toBe(pid)
  }, 60_000)
})

/** Writes the password, the registry's certificate and the key pair of the signature. */
function makeSecrets(folder: string): void {
  const at = (name: string) => join(folder, name)
  writeFileSync(at('password'), 'hold\n')
  makeCertificate(folder, 'registry')
  const curve = ['-name', 'prime256v1']
  runOrThrow('openssl', 'ecparam', ...curve, '-genkey', '-noout', '-out', at('cosign.key'))
  runOrThrow('openssl', 'ec', '-in', at('cosign.key'), '-pubout', '-out', at('cosign.pub'))
}

function makeCertificate(folder: string, name: string): void {
  const at = (ending: string) => join(folder, `${name}.${ending}`)
  runOrThrow(
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-nodes', '-keyout', at('key'), '-out', at('pem'), '-days', '30'],
    ...['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:192.168.1.10'],
  )
}
