/**
 * A controller and a worker, booted by real systemd from the generated user-data. Only k0s is a stub,
 * which writes a unit as the real program does; the bundle is copied, as by an operator.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { type Digests, makeLayout } from '../lib/images.ts'
import { describeWith, runs, systemdAnalyze } from '../lib/judge.ts'
import { k0sStub } from '../lib/k0s-stub.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bootControllerAndWorker } from './lib/controller-and-worker.ts'

const spec = `apiVersion: gen-node/v1
name: hull-4
mirrors: [registry.k8s.io, {host: quay.io, fallback: none}]
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - name: w1
    role: worker
    address: 192.168.1.11
    hostname: hold-1
    network: {isolated: true}
    token: {file: files/worker.token}
    ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q ops"]}
    files: [{path: /etc/site/note, content: "hull 4\\n", owner: ops:adm, mode: "0640"}]
`

describeWith([...nodeMachines], 'a controller and a worker of one spec', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-nodes-'))
  const image = 'registry.k8s.io/pause:3.9'
  const plans = plansOf(sourceOf(spec), join(casesFolder, 'cluster'))
  let digests: Digests = new Map()
  let site: Site | undefined
  let nodes: Readonly<Record<'c1' | 'w1', Node>>

  beforeAll(async () => {
    digests = makeLayout(folder, [{ names: [image] }])
    site = await openSite()
    const program = { path: '/usr/local/bin/k0s', content: k0sStub, mode: 0o755 }
    nodes = await bootControllerAndWorker(site, plans, program, folder)
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const lines = async (node: Node, command: string) =>
    (await node.exec(command)).stdout.trim().split('\n').filter(Boolean)
  const property = async (node: Node, unit: string, name: string) =>
    (await node.exec(`systemctl show -P ${name} ${unit}`)).stdout.trim()
  const since = async (node: Node, unit: string, name = 'ActiveEnterTimestampMonotonic') =>
    Number(await property(node, unit, name))
  const bootstrapped = 'grep -q ^done /run/gen-node/status'
  const answering = 'curl -fsS -o /dev/null http://192.168.1.10:5000/v2/'

  it('cloud-init finishes without waiting for the bootstrap', async () => {
    for (const node of Object.values(nodes))
      expect((await node.cloudInit(90_000)).stdout).toContain('status: done')
  }, 200_000)

  it('the registry answers the worker, and both are bootstrapped', async () => {
    await nodes.w1.waitFor(answering, 60_000)
    for (const node of Object.values(nodes)) await node.waitFor(bootstrapped, 60_000)
    for (const node of Object.values(nodes))
      expect((await node.exec('cat /run/gen-node/status')).stdout).toMatch(/^done\b/)
  }, 150_000)

  it('no unit has failed and no job is pending', async () => {
    for (const node of Object.values(nodes)) {
      await node.waitFor('systemctl list-jobs | grep -q "No jobs"')
      expect(await lines(node, 'systemctl list-units --failed --plain --no-legend')).toEqual([])
      expect(await property(node, 'gen-node-bootstrap.service', 'ActiveState')).toBe('active')
    }
    expect(await property(nodes.c1, 'gen-node-registry.service', 'ActiveState')).toBe('active')
    expect(await property(nodes.c1, 'k0scontroller.service', 'ActiveState')).toBe('active')
    expect(await property(nodes.w1, 'k0sworker.service', 'ActiveState')).toBe('active')
  }, 60_000)

  it('k0s is installed once, and started after the registry is ready', async () => {
    const calls = async (node: Node) =>
      (await lines(node, 'grep -v " status$" /var/log/k0s-calls'))
        .map(line => line.replace(/^\d+ /, ''))
        .filter((line, at, all) => line !== 'version' || all[at + 1] !== 'version')
    expect((await calls(nodes.c1)).slice(0, 3)).toEqual([
      'version',
      'config validate --config /etc/k0s/k0s.yaml',
      'install controller --enable-worker --no-taints --config /etc/k0s/k0s.yaml',
    ])
    expect((await calls(nodes.w1)).slice(0, 2)).toEqual([
      'version',
      'install worker --token-file /etc/k0s/join-token --kubelet-extra-args=--node-ip=192.168.1.11',
    ])
    for (const node of [nodes.c1, nodes.w1]) {
      expect((await calls(node)).filter(line => line.startsWith('install'))).toHaveLength(1)
    }
    const registry = await since(nodes.c1, 'gen-node-registry.service')
    expect(registry).toBeGreaterThan(0)
    for (const [node, unit] of [
      [nodes.c1, 'k0scontroller.service'],
      [nodes.w1, 'k0sworker.service'],
    ] as const)
      expect(await since(node, unit, 'ExecMainStartTimestampMonotonic')).toBeGreaterThan(registry)
  }, 60_000)

  it('the drop-in matches the installed version of k0s', async () => {
    for (const node of Object.values(nodes)) {
      const { stdout } = await node.exec('cat /etc/k0s/containerd.d/cri-registry.toml')
      expect(stdout).toContain('version = 3')
    }
  })

  it('the isolated worker has its dummy route, host name and user', async () => {
    expect((await nodes.w1.exec('ip route show default')).stdout).toContain('dev gen-node0')
    expect((await nodes.c1.exec('ip route show default')).stdout).toBe('')
    expect((await nodes.w1.exec('hostname; stat -c "%U:%G %a" /etc/site/note')).stdout).toBe(
      'hold-1\nops:adm 640\n',
    )
    expect((await nodes.w1.exec('sudo -u ops sudo -n id -un')).stdout).toBe('root\n')
  })

  it("the worker's containerd pulls from the registry with the generated certs.d", async () => {
    await nodes.w1.exec('systemctl start --no-block containerd.service')
    await nodes.w1.waitFor('ctr version')
    const pull = (reference: string) =>
      nodes.w1.exec(
        `ctr images pull --snapshotter native --hosts-dir /etc/k0s/containerd.d/certs.d ${reference}`,
      )
    expect(await pull(image)).toMatchObject({ code: 0 })
    expect((await nodes.w1.exec('ctr images list')).stdout).toContain(digests.get(image) as string)
    const missing = await pull('quay.io/none:1')
    expect(missing.code).not.toBe(0)
    expect(missing.stderr).toContain('not found')
    await nodes.w1.exec('systemctl stop containerd.service')
  }, 60_000)

  it("the registry's unit has an exposure of at most 1.5", async () => {
    const { stdout } = await nodes.c1.exec('systemd-analyze security gen-node-registry.service')
    expect(exposureOf(stdout)).toBeLessThanOrEqual(1.5)
  })

  it('the registry starts before k0s after a reboot, and nothing is installed again', async () => {
    const calls = () => nodes.c1.exec('grep " install " /var/log/k0s-calls')
    const before = (await calls()).stdout
    await nodes.c1.reboot()
    await nodes.c1.waitFor('systemctl is-active -q k0scontroller.service', 60_000)
    expect((await nodes.c1.exec(answering)).code).toBe(0)
    const ready = await since(nodes.c1, 'gen-node-registry.service')
    const started = await since(
      nodes.c1,
      'k0scontroller.service',
      'ExecMainStartTimestampMonotonic',
    )
    expect(ready).toBeGreaterThan(0)
    expect(started).toBeGreaterThan(ready)
    await nodes.c1.waitFor('systemctl list-jobs | grep -q "No jobs"')
    expect((await calls()).stdout).toBe(before)
    expect(await lines(nodes.c1, 'systemctl list-units --failed --plain --no-legend')).toEqual([])
    await nodes.w1.reboot()
    await nodes.w1.waitFor('systemctl is-active -q k0sworker.service', 60_000)
    expect((await nodes.w1.exec('ip route show default')).stdout).toContain('dev gen-node0')
    await nodes.w1.waitFor(answering)
  }, 180_000)
})

describeWith([systemdAnalyze], "the registry's unit in an offline analysis", () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-security-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  it('has an exposure of at most 1.5, by systemd-analyze security --offline', () => {
    const [plan] = plansOf(sourceOf(spec), join(casesFolder, 'cluster'))
    const unit = plan?.units.find(({ name }) => name === 'gen-node-registry.service')
    const file = join(folder, 'gen-node-registry.service')
    runs(['sh', '-c', 'cat > "$0"', file], unit?.content ?? '')
    const { stdout } = runs(['systemd-analyze', 'security', '--offline=true', '--no-pager', file])
    console.log(stdout.trim().split('\n').at(-1))
    expect(exposureOf(stdout)).toBeLessThanOrEqual(1.5)
  })
})

function exposureOf(report: string): number {
  return Number(/Overall exposure level[^:]*: ([0-9.]+)/.exec(report)?.[1] ?? Number.NaN)
}
