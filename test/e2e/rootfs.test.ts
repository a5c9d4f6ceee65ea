/** Nodes whose disks contain the archive of a root file system, and nothing else that configures them. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { describeWith } from '../lib/judge.ts'
import { k0sStub } from '../lib/k0s-stub.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { bytesOf } from '../oracle/lib/machines.ts'

const spec = `apiVersion: gen-node/v1
name: hull-4
distro: {name: k0s, version: 1.36.0}
registry: {run: external, address: "http://192.168.1.1:5000"}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - name: w1
    role: worker
    address: 192.168.1.11
    hostname: hold-1
    token: {file: files/worker.token}
    units: [{name: site@.service, content: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nDefaultInstance=one\\nWantedBy=multi-user.target\\nAlias=place@.service\\n"}]
`

describeWith([...nodeMachines], 'nodes with the archive on their disks', () => {
  const plans = plansOf(sourceOf(spec), join(casesFolder, 'cluster'))
  let site: Site | undefined
  let nodes: readonly Node[] = []

  beforeAll(async () => {
    const opened = await openSite()
    site = opened
    // The external registry.
    opened.network.start(['node', '-e', registry])
    nodes = await Promise.all(
      plans.map((plan, at) =>
        opened.boot({
          name: plan.name,
          address: `192.168.1.1${at}/24`,
          extraFiles: [
            { path: '/usr/local/bin/k0s', content: k0sStub, mode: 0o755 },
            // The archive alone configures the node.
            { path: '/etc/cloud/cloud-init.disabled', content: '' },
          ],
          archive: bytesOf(plan, { format: 'rootfs' }),
        }),
      ),
    )
  }, 600_000)
  afterAll(async () => {
    await site?.close()
  })

  const installations = 'grep " install " /var/log/k0s-calls'
  const output = async (node: Node, command: string) => (await node.exec(command)).stdout.trim()

  it('boot, and run the bootstrap with k0s', async () => {
    for (const node of nodes) {
      await node.waitFor('grep -q ^done /run/gen-node/status', 120_000)
      await node.waitFor('test -s /var/lib/gen-node/bootstrapped')
    }
    const calls = await Promise.all(nodes.map(node => output(node, installations)))
    expect(calls.map(text => text.split('\n').map(line => line.split(' ').slice(1, 3)))).toEqual([
      [['install', 'controller']],
      [['install', 'worker']],
    ])
  }, 300_000)

  it('have every unit enabled by the running systemd, and no failed unit', async () => {
    const [, worker] = nodes
    const enabled = 'systemctl is-enabled gen-node-bootstrap.service'
    for (const node of nodes) expect(await output(node, enabled)).toBe('enabled')
    expect(await output(worker!, 'systemctl is-active site@one.service')).toBe('active')
    expect(await output(worker!, 'systemctl show -P Names place@one.service')).toContain('site@one')
    for (const node of nodes) {
      await node.waitFor('systemctl list-jobs | grep -q "No jobs"')
      expect(await output(node, 'systemctl list-units --failed --plain --no-legend')).toBe('')
    }
  }, 120_000)

  it('start k0s again after a reboot', async () => {
    const [, worker] = nodes
    await worker!.reboot()
    await worker!.waitFor('systemctl is-active -q k0sworker.service', 60_000)
    await worker!.waitFor('grep -q ^done /run/gen-node/status')
    expect((await output(worker!, installations)).split('\n')).toHaveLength(1)
  }, 120_000)
})

const registry = `require('node:http').createServer((request, response) => response.end('{}')).listen(5000)`
