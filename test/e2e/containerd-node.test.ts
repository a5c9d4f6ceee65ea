/**
 * The example for kubeadm on real machines with Debian's containerd: only kubeadm is a stub, which pulls an
 * image and records its call.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { makeLayout } from '../lib/images.ts'
import { describeWith } from '../lib/judge.ts'
import { type Node, nodeMachines, openSite, type Site } from '../lib/nspawn.ts'
import { root } from '../lib/source-tree.ts'
import { bootControllerAndWorker } from './lib/controller-and-worker.ts'

const image = 'registry.k8s.io/pause:3.9'

const kubeadm = `#!/bin/sh
ctr -n k8s.io images pull --snapshotter native --hosts-dir /etc/containerd/certs.d ${image} >> /var/log/kubeadm 2>&1 || exit
echo "called with $*" >> /var/log/kubeadm
touch /etc/kubernetes/kubelet.conf
`

describeWith([...nodeMachines], 'the example for kubeadm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-kubeadm-'))
  let site: Site | undefined
  let nodes: Readonly<Record<'c1' | 'w1', Node>>

  beforeAll(async () => {
    const layout = join(folder, 'bundle')
    makeLayout(layout, [{ names: [image] }])
    for (const call of ['init', 'join']) {
      writeFileSync(join(folder, `kubeadm-${call}.yaml`), `kind: ${call}\n`)
    }
    const spec = readFileSync(join(root, 'examples/kubeadm.yaml'), 'utf8')
    const plans = plansOf(sourceOf(spec), folder)
    site = await openSite()
    const program = { path: '/usr/bin/kubeadm', content: kubeadm, mode: 0o755 }
    nodes = await bootControllerAndWorker(site, plans, program, layout)
  }, 600_000)

  afterAll(async () => {
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('containerd loads its CRI plugin with the generated configuration, and the first boot ends', async () => {
    for (const node of Object.values(nodes)) {
      await node.waitFor(
        'grep -q "^done: containerd pulls from its mirrors" /run/gen-node/status',
        90_000,
      )
      expect((await node.exec('ctr plugins ls')).stdout).toMatch(/ cri .* ok/)
    }
  }, 200_000)

  it('kubeadm is called once after the first boot, and pulls from the registry of the site', async () => {
    for (const [name, call] of [
      ['c1', 'init'],
      ['w1', 'join'],
    ] as const) {
      await nodes[name].waitFor('grep -q called /var/log/kubeadm')
      const calls = (await nodes[name].exec('grep called /var/log/kubeadm')).stdout
      expect(calls).toBe(`called with ${call} --config /etc/kubernetes/kubeadm.yaml\n`)
      expect((await nodes[name].exec('ctr -n k8s.io images ls -q')).stdout).toContain(image)
    }
  }, 90_000)

  it('no unit has failed, also after a reboot, which starts nothing again', async () => {
    const failed = 'systemctl list-units --failed --plain --no-legend'
    const { w1 } = nodes
    const started = 'systemctl show -P NRestarts containerd.service'
    expect((await w1.exec(started)).stdout.trim()).toBe('0')
    await w1.reboot()
    await w1.waitFor('grep -q ^done /run/gen-node/status')
    await w1.waitFor('systemctl list-jobs | grep -q "No jobs"')
    expect((await w1.exec(failed)).stdout).toBe('')
    expect((await w1.exec('systemctl is-active containerd.service')).stdout.trim()).toBe('active')
    expect((await w1.exec('grep -c called /var/log/kubeadm')).stdout.trim()).toBe('1')
  }, 120_000)
})
