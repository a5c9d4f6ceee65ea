/**
 * bootstrap.sh of k3s nodes at its real paths in a box: k3s and systemctl are stubs that record their
 * calls. What all distributions share is in bootstrap.test.ts.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type BoxEntry, boxes } from '../lib/box.ts'
import { aSpec } from '../lib/builders.ts'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { curl, describeWith, which } from '../lib/judge.ts'
import { playScript, type Scenario, type Step } from '../lib/script-box.ts'
import type { NodePlan } from '../lib/stages.ts'

const script = '/usr/local/lib/gen-node/bootstrap.sh'
const status = '/run/gen-node/status'
const node = '/usr/local/bin/node'
const testNode = '/opt/test/node'
const tokenPath = '/etc/rancher/k3s/token'
const bootConfig = '/etc/rancher/k3s/config.yaml.d/50-gen-node.yaml'

function nodeOf(name: string): NodePlan {
  const nodes = [
    '{name: c1, role: controller, address: 192.168.1.10}',
    '{name: w1, role: worker, address: 192.168.1.21, network: {isolated: true}}',
  ]
  const distro = '{name: k3s, version: 1.33.4}'
  const plans = plansOf(sourceOf(aSpec({ bootstrap: null, distro, nodes })), join(casesFolder))
  return plans.find(plan => plan.name === name) as NodePlan
}

/** The files of a plan, as both configuration tools write them. */
function filesOf({ files, units }: NodePlan): readonly BoxEntry[] {
  return [
    ...files.map(({ path, content, mode, owner }) => ({ path, content, mode, owner })),
    ...units.map(({ name, content }) => ({ path: `/etc/systemd/system/${name}`, content })),
  ]
}

const k3s = `case $1 in
--version) echo 'k3s version v1.33.4+k3s1 (cafe1234)' ;;
kubectl) [ -e /run/k3s-runs ] && [ -z "$NEVER_WORKS" ] || { echo 'connection refused' >&2; exit 1; }
  echo ok ;;
esac`

/** Units are enabled and started as soon as systemctl is called. */
const systemctl = `case $1 in
is-enabled) [ -e "/run/enabled-$3" ] ;;
enable) for unit; do : > "/run/enabled-$unit"; done ;;
restart) : > /run/k3s-runs; mkdir -p /var/lib/rancher/k3s/agent
  echo x > /var/lib/rancher/k3s/agent/kubelet.kubeconfig ;;
is-active) if [ "$2" = -q ]; then [ -e "/run/enabled-$3" ]; else echo active; fi ;;
esac`

const serving = (address: string, port: number) => [
  testNode,
  '-e',
  `require('node:http').createServer((q, r) => r.end('{}')).listen(${port}, '${address}')`,
]

const attempt = { argv: ['/bin/sh', script], timeout: 40 }
/** Attempts until the status has a text, and one more. */
const until = (text: string, env: Readonly<Record<string, string>> = {}) => ({
  argv: [
    '/bin/sh',
    '-c',
    `until /bin/sh "$0"; grep -qF -- "$1" ${status}; do sleep 0.3; done`,
    script,
    text,
  ],
  timeout: 60,
  env,
})
const putToken = { argv: ['/bin/sh', '-c', `umask 077; echo secret > ${tokenPath}`] }
const ready = { argv: ['/bin/sh', '-c', 'sleep 1.5'] }

const common = {
  stubs: { '/usr/local/bin/k3s': k3s, systemctl },
  read: [status, bootConfig],
}

function agent(more: Partial<Scenario> = {}): Scenario {
  return {
    ...common,
    files: filesOf(nodeOf('w1')),
    node: testNode,
    addresses: ['192.168.1.10/32', '192.168.1.21/32'],
    background: [serving('192.168.1.10', 5000), serving('127.0.0.1', 10248)],
    steps: [ready, until('the token'), putToken, until('done')],
    ...more,
  }
}

function server(more: Partial<Scenario> = {}): Scenario {
  return {
    ...common,
    files: [
      ...filesOf(nodeOf('c1')),
      { path: '/var/lib/gen-node/bundle/index.json', content: '{}' },
      { kind: 'link', path: testNode, target: node },
    ],
    node,
    background: [serving('127.0.0.1', 10248)],
    steps: [ready, until('done'), attempt],
    ...more,
  }
}

const questions = ['--version', 'kubectl', 'is-enabled', 'is-active', 'start']
const changes = ({ calls }: Step) =>
  calls.filter(([, command = '']) => !questions.includes(command))
const starts = (unit: string) => [
  ['systemctl', 'enable', unit],
  ['systemctl', 'restart', '--no-block', unit],
]
const textAt = (step: Step | undefined, path: string) =>
  Buffer.from(step?.read.get(path) ?? []).toString()

describeWith([boxes, curl], 'bootstrap.sh of k3s', () => {
  it.concurrent('an agent waits for its token, and uses the interface with its address', async () => {
    const [, waiting, , done] = await playScript(agent())
    expect(textAt(waiting, status)).toBe(
      `waiting for the token at ${tokenPath} (on a server: cat /var/lib/rancher/k3s/server/node-token)\n`,
    )
    expect(changes(waiting as Step)).toEqual([])
    expect(changes(done as Step)).toEqual(starts('k3s-agent.service'))
    expect(textAt(done, bootConfig)).toBe('flannel-iface: "lo"\n')
    expect(textAt(done, status)).toMatch(/^done: .*; k3s-agent\.service: active$/m)
  })

  it.concurrent('a server starts its registry first, and a second run changes nothing', async () => {
    const [, first, second] = await playScript(server())
    expect(changes(first as Step)).toEqual([
      ['systemctl', 'enable', '--now', '--no-block', 'gen-node-registry.service'],
      ...starts('k3s.service'),
    ])
    const links = first?.entries.filter(({ path }) => /\/(kubectl|crictl|ctr)$/.test(path)) ?? []
    expect(links.every(({ kind }) => kind === 'link')).toBe(true)
    expect(second).toMatchObject({ code: 0, changedPaths: [], stderr: '' })
    expect(changes(second as Step)).toEqual([])
  })

  it.concurrent('--dry-run prints the steps and changes nothing', async () => {
    const dry = { argv: ['/bin/sh', script, '--dry-run'], timeout: 20 }
    const [step] = await playScript(server({ steps: [dry] }))
    expect(step).toMatchObject({ code: 0, changedPaths: [], stderr: '' })
    expect(changes(step as Step)).toEqual([])
    expect(step?.stdout).toContain('run: systemctl enable k3s.service')
  })

  it.concurrent('busybox runs the script', async () => {
    if (which('busybox') === null) return
    const inBusybox = { argv: ['busybox', 'sh', script], timeout: 40 }
    const steps = [ready, putToken, inBusybox, inBusybox]
    const [, , first, second] = await playScript(agent({ steps }))
    const calls = [...changes(first as Step), ...changes(second as Step)]
    expect(calls).toEqual(starts('k3s-agent.service'))
  })

  it.concurrent('another program in the place of k3s is named', async () => {
    const stubs = { ...common.stubs, '/usr/local/bin/k3s': 'echo v1.33.4+k0s.0' }
    const [, step] = await playScript(server({ stubs, steps: [ready, until('failed: ')] }))
    expect(textAt(step, status)).toContain(
      'failed: `k3s --version` prints "v1.33.4+k0s.0": is /usr/local/bin/k3s k3s 1.x for',
    )
  })

  it.concurrent('a server that reports no working node is not done', async () => {
    const steps = [ready, until('working node', { NEVER_WORKS: '1' })]
    const [, step] = await playScript(server({ steps }))
    expect(textAt(step, status)).toMatch(
      /^waiting for k3s to report a working node: connection refused\nsee journalctl -u k3s\.service$/m,
    )
  })
})
