/**
 * First boots that meet a fault, on real systemd: the status names the fault within a minute, and the node
 * joins its cluster after the fault is removed, without a command on the node. Only k0s is a stub.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BoxEntry } from '../lib/box.ts'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { makeLayout } from '../lib/images.ts'
import { describeWith, openssl, runOrThrow } from '../lib/judge.ts'
import { k0sStub } from '../lib/k0s-stub.ts'
import type { Started } from '../lib/network.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bytesOf, fileOf } from '../oracle/lib/machines.ts'
import { script as registryProgram } from '../registry/lib/program.ts'

const k0s: BoxEntry = { path: '/usr/local/bin/k0s', content: k0sStub, mode: 0o755 }
const script = '/usr/local/lib/gen-node/bootstrap.sh'
const manifest = '/etc/gen-node/manifest.sha256'
const minute = 60_000

/** Waits until the status has this text. */
async function waitForStatus(node: Node, text: string): Promise<void> {
  await node.waitFor(['grep', '-qF', '--', text, '/run/gen-node/status'], minute)
}

/** Writes a file of the node, as an operator does who removes a fault. */
async function write(node: Node, path: string, content: string | Uint8Array): Promise<void> {
  const { code, stderr } = await node.exec(['sh', '-c', 'cat > "$0"', path], { input: content })
  expect(stderr).toBe('')
  expect(code).toBe(0)
}

/** `units` are the patterns of the units of which none may have failed. */
async function expectDone(node: Node, service: string, units = '*'): Promise<void> {
  await waitForStatus(node, 'done: ')
  const { stdout } = await node.exec('cat /run/gen-node/status')
  expect(stdout).toMatch(/^done: the node joined its cluster at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ;/)
  expect(stdout).toContain(service)
  await node.waitFor('systemctl is-active -q gen-node-bootstrap.service')
  const failed = `systemctl list-units --failed --plain --no-legend ${units}`
  expect((await node.exec(failed)).stdout).toBe('')
}

describeWith([...nodeMachines], 'a controller whose parts are missing or damaged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-recovery-'))
  const spec = `apiVersion: gen-node/v1
mirrors: [registry.k8s.io]
registry: {bundle: /srv/site/bundle}
nodes: [{name: c1, role: controller, address: 192.168.1.10}]
`
  const [plan] = plansOf(sourceOf(spec), casesFolder)
  let site: Site | undefined
  let node: Node

  beforeAll(async () => {
    makeLayout(folder, [{ names: ['registry.k8s.io/pause:3.9'] }])
    site = await openSite()
    node = await site.boot({
      name: 'c1',
      address: '192.168.1.10/24',
      userData: bytesOf(plan!, { format: 'cloud-init' }),
    })
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('a missing binary and a missing bundle', async () => {
    await waitForStatus(node, '/usr/local/bin/k0s')
    await waitForStatus(node, '/srv/site/bundle')
  }, 90_000)

  it('a cut manifest', async () => {
    const whole = fileOf(plan!, manifest)
    await write(node, manifest, whole.slice(0, whole.length >> 1))
    await waitForStatus(node, `${manifest} is missing or was changed: apply the config`)
    await write(node, manifest, whole)
    await waitForStatus(node, '/usr/local/bin/k0s')
  }, 150_000)

  it('an empty script: the unit fails, and runs again', async () => {
    await write(node, script, '')
    await waitForStatus(node, `failed: ${script} is empty, cut or was killed: apply the config`)
    expect((await node.exec('systemctl is-active gen-node-bootstrap')).stdout).not.toBe('active\n')
    expect((await node.exec('test -e /var/lib/gen-node/bootstrapped')).code).toBe(1)
    await write(node, script, fileOf(plan!, script))
    await waitForStatus(node, '/usr/local/bin/k0s')
  }, 150_000)

  it('a bundle that only root can read: the last error of the registry', async () => {
    await node.exec('mkdir -p /srv/site && chmod 0700 /srv/site')
    for (const [path, content] of layoutFiles(folder)) {
      await node.exec(['mkdir', '-p', dirname(`/srv/site/bundle/${path}`)])
      await write(node, `/srv/site/bundle/${path}`, content)
    }
    await write(node, '/usr/local/bin/k0s', k0sStub)
    await node.exec('chmod 0755 /usr/local/bin/k0s')
    await waitForStatus(node, 'waiting for gen-node-registry.service, last message: registry: ')
    expect((await node.exec('cat /run/gen-node/status')).stdout).toMatch(
      /permission denied.*\/srv\/site\/bundle/i,
    )
    await node.exec('chmod 0755 /srv/site')
    await expectDone(node, 'k0scontroller.service')
  }, 200_000)

  it('the journal has one line for each change of the state, under the name of the unit', async () => {
    const { stdout } = await node.exec('journalctl -b -t gen-node-bootstrap -o cat')
    const states = stdout.split('\n').filter(line => /^(failed|waiting|run|done)\b/.test(line))
    expect(states.length).toBeLessThan(20)
    states.slice(1).forEach((line, at) => {
      // Details are in the lines below a state: the same first line may follow for another detail.
      if (!/not ready|the registry/.test(line)) expect(line).not.toBe(states[at])
    })
    expect(stdout).toContain('run: k0s install controller')
  })

  it('the status is written again after a reboot', async () => {
    const calls = (await node.exec('cat /var/log/k0s-calls')).stdout.match(/ install /g)?.length
    expect(calls).toBe(1)
    await node.reboot()
    await expectDone(node, 'k0scontroller.service')
    expect((await node.exec('cat /var/log/k0s-calls')).stdout.match(/ install /g)?.length).toBe(1)
  }, 150_000)
})

/** The files of an OCI layout that a test made: path and content. */
function layoutFiles(folder: string): readonly (readonly [string, Uint8Array])[] {
  const list = runOrThrow('find', folder, '-type', 'f', '-printf', '%P\n').trim().split('\n')
  return list.map(path => [path, readFileSync(join(folder, path))])
}

describeWith([...nodeMachines, openssl], 'a worker that is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-refused-'))
  const at = (name: string) => join(folder, name)
  const token = readFileSync(join(casesFolder, 'cluster/files/worker.token'))
  const joinToken = '/etc/k0s/join-token'
  let site: Site | undefined
  let registry: Started | undefined
  let node: Node

  /** Starts the registry of the site anew, with a certificate and a password. */
  async function serve(certificate: string, password: string): Promise<void> {
    await registry?.stop()
    const salt = Buffer.from('salt')
    const hash = createHash('sha256').update(password).update(salt).digest()
    const encoded = Buffer.concat([hash, salt]).toString('base64')
    writeFileSync(at('auth'), `site:{SSHA256}${encoded}\n`)
    registry = site?.network.start([
      ...[process.execPath, registryProgram, '-b', at('layout'), '-s', at('storage')],
      ...['--host', '192.168.1.1', '--port', '5443', '--auth-file', at('auth')],
      ...['--tls-cert', at(`${certificate}.pem`), '--tls-key', at('registry.key')],
    ])
  }

  beforeAll(async () => {
    makeCertificates(folder)
    mkdirSync(at('layout'))
    makeLayout(at('layout'), [{ names: ['registry.k8s.io/pause:3.9'] }])
    writeFileSync(at('password'), 'hold\n')
    const spec = `apiVersion: gen-node/v1
mirrors: [registry.k8s.io]
registry:
  run: external
  address: https://192.168.1.1:5443
  ca: {file: ca.pem}
  auth: {username: site, password: {file: password}}
nodes: [{name: w1, role: worker, address: 192.168.1.11}]
`
    const [plan] = plansOf(sourceOf(spec), folder)
    site = await openSite()
    await serve('expired', 'other')
    node = await site.boot({
      name: 'w1',
      address: '192.168.1.11/24',
      userData: bytesOf(plan!, { format: 'cloud-init' }),
      extraFiles: [k0s],
    })
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['expired', 'certificate has expired'],
    ['early', 'certificate is not yet valid'],
    ['other-name', 'no alternative certificate subject name matches'],
    ['other-ca', 'unable to get local issuer certificate'],
  ])(
    'a certificate of the kind "%s"',
    async (certificate, reason) => {
      await serve(certificate, 'other')
      await waitForStatus(node, 'failed: the certificate of the registry is not accepted')
      await waitForStatus(node, reason)
    },
    90_000,
  )

  it('a wrong password', async () => {
    await serve('registry', 'other')
    await waitForStatus(node, 'failed: the registry refuses the user and password in /etc/k0s/')
  }, 90_000)

  it('a token that is missing, no token, or refused by the cluster', async () => {
    await serve('registry', 'hold')
    await waitForStatus(node, `waiting for the join token at ${joinToken} (on a controller: k0s`)
    await write(node, joinToken, 'bm90IGEgdG9rZW4=\n')
    await waitForStatus(node, `failed: ${joinToken} is not a join token for a worker: replace it`)
    await node.exec('touch /etc/refuse-to-join')
    await write(node, joinToken, token)
    await waitForStatus(node, 'waiting for k0s to report a working node')
    await waitForStatus(node, 'Error: failed to bootstrap client configuration: Unauthorized')
    expect((await node.exec('test -e /var/lib/gen-node/bootstrapped')).code).toBe(1)
    await node.exec('rm /etc/refuse-to-join')
    await expectDone(node, 'k0sworker.service')
  }, 300_000)

  it('no secret is in the journal, in the status, or readable by other users', async () => {
    const { stdout } = await node.exec('cat /run/gen-node/status; journalctl -b -o cat')
    expect(stdout).not.toContain('hold')
    expect(stdout).not.toContain(Buffer.from('site:hold').toString('base64'))
    expect(stdout).not.toContain(token.toString().trim().slice(0, 60))
    expect((await node.exec(`stat -c %a ${manifest}`)).stdout).toBe('600\n')
  })
})

/** A CA and certificates of the registry: valid, expired, not yet valid, for another address, of another CA. */
function makeCertificates(folder: string): void {
  const at = (name: string) => join(folder, name)
  writeFileSync(
    at('ca.cnf'),
    '[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\ncopy_extensions=copy\n[p]\ncommonName=supplied\n',
  )
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const name of ['ca', 'ca-2']) {
    runOrThrow(
      ...[
        'openssl',
        'req',
        '-x509',
        ...key,
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.pem`),
      ],
      ...['-days', '3650', '-subj', `/CN=${name}`],
    )
  }
  runOrThrow(
    'openssl',
    'genpkey',
    '-algorithm',
    'EC',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-out',
    at('registry.key'),
  )
  const year = new Date().getUTCFullYear()
  const certificates = [
    ['registry', 'ca', '192.168.1.1', year - 1, year + 2],
    ['expired', 'ca', '192.168.1.1', year - 2, year - 1],
    ['early', 'ca', '192.168.1.1', year + 1, year + 2],
    ['other-name', 'ca', '192.168.1.2', year - 1, year + 2],
    ['other-ca', 'ca-2', '192.168.1.1', year - 1, year + 2],
  ] as const
  for (const [name, ca, address, from, to] of certificates) {
    writeFileSync(at('index'), '')
    writeFileSync(at('serial'), '01\n')
    runOrThrow(
      ...['openssl', 'req', '-new', '-key', at('registry.key'), '-out', at('request')],
      ...['-subj', '/CN=registry', '-addext', `subjectAltName=IP:${address}`],
    )
    runOrThrow(
      ...['sh', '-c', 'cd "$0" && openssl ca -batch -notext -config ca.cnf "$@"', folder],
      ...['-cert', `${ca}.pem`, '-keyfile', `${ca}.key`, '-in', 'request', '-out', `${name}.pem`],
      ...['-startdate', `${from}0101000000Z`, '-enddate', `${to}0101000000Z`],
    )
  }
}

describeWith([...nodeMachines], 'a power cut while cloud-init writes the files', () => {
  let site: Site | undefined
  afterAll(async () => site?.close())

  it('cloud-init writes them at the next boot, and again until the node is done', async () => {
    const text =
      'apiVersion: gen-node/v1\nnodes: [{name: w1, role: worker}]\nregistry: {run: none}\n'
    const [plan] = plansOf(sourceOf(text), casesFolder)
    site = await openSite()
    // The state after such a cut: the module is marked as done, and its files are missing.
    const semaphore = { path: '/var/lib/cloud/instances/w1-1/sem/config_write_files', content: '' }
    const node = await site.boot({
      name: 'w1',
      address: '192.168.1.11/24',
      userData: bytesOf(plan!, { format: 'cloud-init' }),
      extraFiles: [semaphore, k0s],
    })
    await waitForStatus(node, 'waiting for the join token')
    await node.exec(`: > ${script}`)
    await node.cutPower()
    await waitForStatus(node, 'waiting for the join token')
    await write(
      node,
      '/etc/k0s/join-token',
      readFileSync(join(casesFolder, 'cluster/files/worker.token')),
    )
    await expectDone(node, 'k0sworker.service')
    await node.exec(`rm ${script}`)
    await node.reboot()
    expect((await node.cloudInit()).stdout).toContain('status: done')
    expect((await node.exec(`test -e ${script}`)).code).toBe(1)
  }, 300_000)
})

describeWith([...nodeMachines], 'a power cut during the first boot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-power-'))
  const spec = `apiVersion: gen-node/v1
mirrors: [registry.k8s.io]
nodes: [{name: c1, role: controller, address: 192.168.1.10}]
`
  const [plan] = plansOf(sourceOf(spec), casesFolder)
  let site: Site | undefined

  beforeAll(async () => {
    makeLayout(folder, [{ names: ['registry.k8s.io/pause:3.9'] }])
    site = await openSite()
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  // Each moment is a state of the node; the cut follows as soon as the state is seen.
  const moments: readonly (readonly [string, string])[] = [
    ['before cloud-init', 'true'],
    ['while cloud-init runs', 'test -d /run/cloud-init'],
    ['when the first file is written', 'test -e /etc/systemd/system/gen-node-bootstrap.service'],
    ['when the script is written', `test -s ${script}`],
    ['when the last file is written', 'test -s /usr/local/lib/gen-node/registry.mjs'],
    [
      'when the unit is enabled',
      'test -e /etc/systemd/system/multi-user.target.wants/gen-node-bootstrap.service',
    ],
    ['when the script runs', 'test -e /run/gen-node'],
    [
      'when the registry is enabled',
      'test -e /etc/systemd/system/multi-user.target.wants/gen-node-registry.service',
    ],
    ['when k0s is installed', 'test -s /etc/systemd/system/k0scontroller.service'],
    ['when k0s runs', 'test -e /run/k0s'],
    ['when the node is done', 'test -s /var/lib/gen-node/bootstrapped'],
  ]

  it.concurrent.each(moments)(
    '%s: the node joins after the power returns',
    async (_, state) => {
      const name = `p${moments.findIndex(([, found]) => found === state)}`
      const files = layoutFiles(folder).map(([path, content]) => ({
        path: `/var/lib/gen-node/bundle/${path}`,
        content,
      }))
      const node = await site!.boot({
        name,
        address: '192.168.1.10/24',
        userData: bytesOf(plan!, { format: 'cloud-init' }),
        extraFiles: [k0s, ...files],
      })
      await node.waitFor(state, minute)
      await node.cutPower()
      // cloud-init does not always survive the loss of its own half-written state.
      await expectDone(node, 'k0scontroller.service', "'gen-node*' 'k0s*'")
      await node.powerOff()
    },
    200_000,
  )
})
