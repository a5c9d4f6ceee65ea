/**
 * A server and an agent of k3s, booted by real systemd from the generated user-data. Only k3s is a stub,
 * which the generated units start; the bundle is copied, as by an operator.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { makeLayout } from '../lib/images.ts'
import { describeWith } from '../lib/judge.ts'
import { k3sStub } from '../lib/k3s-stub.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bootControllerAndWorker } from './lib/controller-and-worker.ts'

const spec = `apiVersion: gen-node/v1
name: hull-4
distro: {name: k3s, version: 1.33.4}
mirrors: [docker.io, {host: quay.io, fallback: none}]
token: {file: files/server.token}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: w1, role: worker, address: 192.168.1.11, network: {isolated: true}, labels: {zone: a}}
`

describeWith([...nodeMachines], 'a server and an agent of one spec', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-k3s-'))
  const plans = plansOf(sourceOf(spec), join(casesFolder, 'k3s-cluster'))
  let site: Site | undefined
  let nodes: Readonly<Record<'c1' | 'w1', Node>>

  beforeAll(async () => {
    makeLayout(folder, [{ names: ['docker.io/rancher/mirrored-pause:3.6'] }])
    site = await openSite()
    const program = { path: '/usr/local/bin/k3s', content: k3sStub, mode: 0o755 }
    nodes = await bootControllerAndWorker(site, plans, program, folder)
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const started = async (node: Node, unit: string, name: string) =>
    Number((await node.exec(`systemctl show -P ${name} ${unit}`)).stdout.trim())
  const calls = async (node: Node, command: string) =>
    (await node.exec(`sed -nE 's/^[0-9]+ (${command})$/\\1/p' /var/log/k3s-calls`)).stdout
  const units = { c1: 'k3s.service', w1: 'k3s-agent.service' } as const

  it('both nodes join, after the registry answered', async () => {
    for (const name of ['c1', 'w1'] as const) {
      await nodes[name].waitFor('grep -q ^done /run/gen-node/status', 90_000)
      expect((await nodes[name].exec(`systemctl is-active ${units[name]}`)).stdout).toBe('active\n')
    }
    expect(await calls(nodes.c1, 'server|agent')).toBe('server\n')
    expect(await calls(nodes.w1, 'server|agent')).toBe('agent\n')
    const ready = await started(
      nodes.c1,
      'gen-node-registry.service',
      'ActiveEnterTimestampMonotonic',
    )
    expect(ready).toBeGreaterThan(0)
    for (const name of ['c1', 'w1'] as const) {
      const at = await started(nodes[name], units[name], 'ExecMainStartTimestampMonotonic')
      expect(at).toBeGreaterThan(ready)
    }
  }, 200_000)

  it('k3s reads the generated configuration', async () => {
    const config = (await nodes.w1.exec('cat /run/k3s-config')).stdout
    expect(config).toContain("server: 'https://192.168.1.10:6443'")
    expect(config).toContain('disable-default-registry-endpoint: true')
    // The interface with the address of the node, not the dummy of the default route.
    expect(config).toMatch(/^flannel-iface: "(?!gen-node0)\S+"$/m)
    expect((await nodes.c1.exec('cat /run/k3s-config')).stdout).toContain('cluster-init: true')
    const modes = 'stat -c "%a %n" /etc/rancher/k3s/token /var/lib/rancher/k3s/agent'
    expect((await nodes.w1.exec(modes)).stdout).toBe(
      '600 /etc/rancher/k3s/token\n700 /var/lib/rancher/k3s/agent\n',
    )
    expect((await nodes.c1.exec('readlink /usr/local/bin/kubectl')).stdout).toBe('k3s\n')
  })

  it('no unit has failed, and every image archive is imported once', async () => {
    for (const node of Object.values(nodes)) {
      const failed = 'systemctl list-units --failed --plain --no-legend'
      expect((await node.exec(failed)).stdout).toBe('')
      expect((await node.exec('ls -A /var/lib/rancher/k3s/agent/images')).stdout).toBe(
        '.cache.json\n',
      )
    }
  })

  it('after a reboot k3s starts after the registry, and the first boot changes nothing', async () => {
    await nodes.c1.reboot()
    await nodes.c1.waitFor('systemctl is-active -q k3s.service', 60_000)
    await nodes.c1.waitFor('grep -q ^done /run/gen-node/status', 60_000)
    const ready = await started(
      nodes.c1,
      'gen-node-registry.service',
      'ActiveEnterTimestampMonotonic',
    )
    const at = await started(nodes.c1, units.c1, 'ExecMainStartTimestampMonotonic')
    expect(ready).toBeGreaterThan(0)
    expect(at).toBeGreaterThan(ready)
    expect(await calls(nodes.c1, 'server')).toBe('server\nserver\n')
    await nodes.w1.reboot()
    await nodes.w1.waitFor('systemctl is-active -q k3s-agent.service', 60_000)
    expect((await nodes.w1.exec('ip route show default')).stdout).toContain('dev gen-node0')
  }, 180_000)
})
