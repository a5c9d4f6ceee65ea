/**
 * bootstrap.sh at its real paths in a box: k0s and systemctl are stubs that record their calls, and a
 * registry that starts later records its requests among the calls.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type BoxEntry, boxes } from '../lib/box.ts'
import { aSpec } from '../lib/builders.ts'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { curl, describeWith, judge, which } from '../lib/judge.ts'
import { playScript, type Scenario, type Step } from '../lib/script-box.ts'
import type { NodePlan } from '../lib/stages.ts'
import { callsFile } from '../lib/stub.ts'
import { fileOf } from './lib/machines.ts'

const folder = join(casesFolder, 'cluster')
const token = Buffer.from(fileOf(nodeOf('w1', '{file: files/worker.token}'), '/etc/k0s/join-token'))
  .toString()
  .trim()

/** The plan of a node: of the single node s1, or of a cluster of two controllers and a worker. */
function nodeOf(name: string, workerToken = '', version = ''): NodePlan {
  const tokenField = workerToken === '' ? '' : `token: ${workerToken},`
  const distro = version === '' ? 'k0s' : `{name: k0s, version: ${version}}`
  const nodes =
    name === 's1'
      ? ['{name: s1, role: single, address: 10.0.0.5}']
      : [
          '{name: c1, role: controller, address: 192.168.1.10}',
          '{name: c2, role: controller, address: 192.168.1.11, workloads: false, token: {file: files/controller.token}}',
          `{name: w1, role: worker, address: 192.168.1.21, ${tokenField} labels: {zone: a}, taints: ["gpu:NoSchedule"], args: ["--env=NOTE=a; b & (c) *"]}`,
        ]
  const text = aSpec({ bootstrap: null, distro, nodes })
  const plan = plansOf(sourceOf(text), folder).find(plan => plan.name === name)
  if (plan === undefined) throw new Error(`no node ${name}`)
  return plan
}

const script = '/usr/local/lib/gen-node/bootstrap.sh'
const dropIn = '/etc/k0s/containerd.d/cri-registry.toml'
const status = '/run/gen-node/status'
const marker = '/var/lib/gen-node/bootstrapped'
const node = '/usr/local/bin/node'

/** The files of a plan, as both configuration tools write them. */
function filesOf(plan: NodePlan): readonly BoxEntry[] {
  return [
    ...plan.files.map(({ path, content, mode, owner }) => ({ path, content, mode, owner })),
    ...plan.units.map(({ name, content }) => ({ path: `/etc/systemd/system/${name}`, content })),
  ]
}

const bundle: BoxEntry = { path: '/var/lib/gen-node/bundle/index.json', content: '{}' }

/** A stub of k0s: `version` prints a version, `install` writes a unit. */
function k0s(version = 'v1.33.4+k0s.0'): string {
  return `case $1 in
version) echo '${version}' ;;
install) : > "/etc/systemd/system/k0s$2.service" ;;
start) [ -z "$FAIL_START" ] ;;
esac`
}

/** A registry that starts some time after a file exists, and records its requests. */
function lateRegistry(address: string, file: string, milliseconds: number): readonly string[] {
  const program = `const fs = require('node:fs')
const answer = (q, r) => {
  fs.appendFileSync('${callsFile}', ['registry', q.method, q.url, ''].join('\\x1f') + '\\x1e')
  r.end('{}')
}
const listen = () => require('node:http').createServer(answer).listen(5000, '${address}')
const wait = () => fs.existsSync('${file}') ? setTimeout(listen, ${milliseconds}) : setTimeout(wait, 50)
wait()`
  return [testNode, '-e', program]
}

// Node for the servers of the test, at a path that bootstrap.sh does not use.
const testNode = '/opt/test/node'

const run = { argv: ['/bin/sh', script], timeout: 40 }
const common = {
  stubs: { '/usr/local/bin/k0s': k0s(), systemctl: ': > /run/systemctl-called' },
  read: [status, dropIn],
}

/** A worker whose registry starts after 1.5 seconds. */
function worker(more: Partial<Scenario> = {}, plan = nodeOf('w1', '{file: files/worker.token}')) {
  return {
    ...common,
    files: filesOf(plan),
    node: testNode,
    addresses: ['192.168.1.10/32'],
    background: [lateRegistry('192.168.1.10', '/', 1500)],
    steps: [run],
    ...more,
  } satisfies Scenario
}

/** A node whose own registry starts one second after the call of systemctl. */
function server(name: string, more: Partial<Scenario> = {}) {
  return {
    ...common,
    files: [
      ...filesOf(nodeOf(name)),
      bundle,
      // The box has Node at one path only, and the servers of the test need it too.
      { kind: 'link', path: testNode, target: node },
    ],
    node,
    background: [lateRegistry('127.0.0.1', '/run/systemctl-called', 1000)],
    steps: [run],
    ...more,
  } satisfies Scenario
}

/** Runs a scenario; no output and no call contains the token. */
async function play(scenario: Scenario): Promise<readonly Step[]> {
  const steps = await playScript(scenario)
  for (const { stdout, stderr, calls } of steps)
    expect(JSON.stringify([stdout, stderr, calls])).not.toContain(token)
  return steps
}

async function playOne(scenario: Scenario): Promise<Step> {
  const [step] = await play(scenario)
  return step as Step
}

const textAt = (step: Step | undefined, path: string) =>
  Buffer.from(step?.read.get(path) ?? []).toString()

const registryRequest = ['registry', 'GET', '/v2/']
const startsRegistry = [
  ['systemctl', 'daemon-reload'],
  ['systemctl', 'enable', '--now', '--no-block', 'gen-node-registry.service'],
]
const installs = (...argv: readonly string[]) => [
  ['k0s', 'version'],
  ['k0s', 'install', ...argv],
  ['k0s', 'start'],
]
const installsWorker = installs(
  ...['worker', '--token-file', '/etc/k0s/join-token', '--labels', 'zone=a'],
  ...['--taints', 'gpu:NoSchedule', '--env=NOTE=a; b & (c) *'],
)
const withConfig = ['--config', '/etc/k0s/k0s.yaml']

describeWith(
  [boxes, curl],
  'bootstrap.sh installs and starts k0s after the registry answers',
  () => {
    it.concurrent('a worker waits for the registry of the bootstrap node', async () => {
      const step = await playOne(worker())
      expect(step).toMatchObject({ code: 0, calls: [registryRequest, ...installsWorker] })
      expect(step.seconds).toBeGreaterThan(1)
      expect(textAt(step, status)).toMatch(/^done\b/)
      expect(step.entries.map(({ path }) => path)).toContain(marker)
    })

    it.concurrent.each([
      ['c1', 'a controller', ['controller', '--enable-worker', '--no-taints', ...withConfig]],
      [
        'c2',
        'a joining controller without workloads',
        ['controller', ...withConfig, '--token-file', '/etc/k0s/join-token'],
      ],
      ['s1', 'a single node', ['controller', '--single', ...withConfig]],
    ] as const)('%s, %s, starts its own registry first', async (name, _, argv) => {
      const step = await playOne(server(name))
      expect(step).toMatchObject({
        code: 0,
        calls: [...startsRegistry, registryRequest, ...installs(...argv)],
      })
      expect(step.seconds).toBeGreaterThan(1)
    })

    it.concurrent('a worker without a token waits for the token file', async () => {
      const plan = nodeOf('w1')
      const placeToken = `sleep 2; printf '%s\\n' '${token}' > /etc/k0s/join-token`
      const waiting = worker({}, plan)
      const step = await playOne({
        ...waiting,
        background: [...waiting.background, ['/bin/sh', '-c', placeToken]],
      })
      expect(step).toMatchObject({ code: 0, calls: [registryRequest, ...installsWorker] })
      expect(step.seconds).toBeGreaterThan(1.5)
      expect(step.stdout).toContain('/etc/k0s/join-token')
    })

    it.concurrent('python3 sends the request where curl is missing', async () => {
      const step = await playOne(worker({ hidden: ['curl'] }))
      expect(step).toMatchObject({ code: 0, calls: [registryRequest, ...installsWorker] })
    })

    it.concurrent.each([
      ['bash', ['/bin/bash', '--posix']],
      ['busybox', ['busybox', 'sh']],
    ] as const)('the script runs in %s', async (shell, argv) => {
      if (which(shell) === null) return
      const step = await playOne(worker({ steps: [{ argv: [...argv, script], timeout: 40 }] }))
      expect(step).toMatchObject({ code: 0, calls: [registryRequest, ...installsWorker] })
    })
  },
)

describeWith([boxes, curl], 'a second run of bootstrap.sh', () => {
  it.concurrent('changes nothing and calls nothing', async () => {
    const [first, second] = await play(server('c1', { steps: [run, run] }))
    expect(first).toMatchObject({ code: 0 })
    expect(second).toMatchObject({ code: 0, calls: [], changedPaths: [], stderr: '' })
  })

  it.concurrent('uses --force after an interruption between k0s install and the marker', async () => {
    const failing = { ...run, env: { FAIL_START: '1' } }
    const [first, second] = await play(worker({ steps: [failing, run] }))
    expect(first?.code).not.toBe(0)
    expect(first?.calls).toEqual([registryRequest, ...installsWorker])
    expect(first?.entries.map(({ path }) => path)).not.toContain(marker)
    expect(second).toMatchObject({ code: 0 })
    const [version, install, start] = installsWorker
    expect(second?.calls).toEqual([
      registryRequest,
      version,
      [...(install ?? []), '--force'],
      start,
    ])
  })

  it.concurrent('exits with 1 and does nothing while the first run is active', async () => {
    const both = `${run.argv.join(' ')} & sleep 0.7; ${run.argv.join(' ')}; echo "second: $?"; wait`
    const step = await playOne(worker({ steps: [{ argv: ['/bin/sh', '-c', both], timeout: 40 }] }))
    expect(step.stdout).toContain('second: 1')
    expect(step.calls).toEqual([registryRequest, ...installsWorker])
  })
})

describeWith([boxes, curl], 'bootstrap.sh --dry-run', () => {
  const dry = { argv: ['/bin/sh', script, '--dry-run'], timeout: 20 }
  it.concurrent.each([
    ['w1', () => worker({ background: [], steps: [dry] }), installsWorker],
    [
      'c1',
      () => server('c1', { background: [], steps: [dry] }),
      [
        ...startsRegistry,
        ...installs('controller', '--enable-worker', '--no-taints', ...withConfig),
      ],
    ],
  ] as const)('%s: prints the steps and changes nothing', async (_, scenario, calls) => {
    const step = await playOne(scenario())
    expect(step).toMatchObject({ code: 0, changedPaths: [], stderr: '' })
    expect(step.calls.filter(call => call.join(' ') !== 'k0s version')).toEqual([])
    const printed = calls.map(call => call.join(' ')).filter(call => call !== 'k0s version')
    const lines = step.stdout.split('\n').filter(line => line.startsWith('run: '))
    expect(lines).toEqual(printed.map(call => `run: ${call}`))
    expect(step.stdout).toContain('5000')
  })
})

describeWith(
  [boxes, curl],
  'bootstrap.sh reports a missing or wrong part and does not call k0s',
  () => {
    /** The scenario with some of its files replaced or, by null, removed. */
    function withFiles(
      scenario: Scenario,
      changes: Readonly<Record<string, string | null>>,
    ): Scenario {
      const unchanged = (scenario.files ?? []).filter(({ path }) => !(path in changes))
      const placed = Object.entries(changes).flatMap(([path, content]) =>
        content === null ? [] : [{ path, content }],
      )
      return { ...scenario, files: [...unchanged, ...placed] }
    }
    const hosts = '/etc/k0s/containerd.d/certs.d/quay.io/hosts.toml'
    const { '/usr/local/bin/k0s': _, ...withoutK0s } = common.stubs
    const problems: readonly (readonly [string, string | RegExp, () => Scenario])[] = [
      ['a missing binary', '/usr/local/bin/k0s', () => worker({ stubs: withoutK0s })],
      [
        'a changed file',
        hosts,
        () => withFiles(worker(), { [hosts]: 'server = "https://quay.io"\n' }),
      ],
      ['a missing file', hosts, () => withFiles(worker(), { [hosts]: null })],
      ['a file that became empty', hosts, () => withFiles(worker(), { [hosts]: '' })],
      [
        'a changed configuration',
        '/etc/k0s/k0s.yaml',
        () => withFiles(server('c1'), { '/etc/k0s/k0s.yaml': '{}\n' }),
      ],
      [
        'a drop-in of neither form',
        dropIn,
        () => withFiles(worker(), { [dropIn]: 'version = 2\n' }),
      ],
      [
        'a missing manifest',
        '/etc/gen-node/manifest.sha256',
        () => withFiles(worker(), { '/etc/gen-node/manifest.sha256': null }),
      ],
      [
        'a missing bundle',
        '/var/lib/gen-node/bundle',
        () => withFiles(server('c1'), { [bundle.path]: null }),
      ],
      [
        'a missing Node',
        node,
        () => server('c1', { node: testNode, files: [...filesOf(nodeOf('c1')), bundle] }),
      ],
      ['a missing HTTP client', 'curl', () => worker({ hidden: ['curl', 'python3', 'wget'] })],
      [
        'a changed registry program',
        '/usr/local/lib/gen-node/registry.mjs',
        () =>
          withFiles(server('c1'), { '/usr/local/lib/gen-node/registry.mjs': 'process.exit()\n' }),
      ],
    ]
    it.concurrent.each(problems)('%s: %s', async (_, named, scenario) => {
      const step = await playOne(scenario())
      expect(step).toMatchObject({ code: 1, calls: [] })
      expect(step.stdout).toContain(named)
      expect(textAt(step, status)).toContain(named)
      expect(step.entries.filter(({ path }) => !path.startsWith('/run/'))).toEqual([])
    })

    it.concurrent('several missing parts are reported together', async () => {
      const plan = withFiles(server('c1', { stubs: withoutK0s }), {
        [hosts]: null,
        [bundle.path]: null,
      })
      const step = await playOne(plan)
      for (const path of [hosts, '/usr/local/bin/k0s', '/var/lib/gen-node/bundle'])
        expect(textAt(step, status)).toContain(path)
    })

    const shortDeadline = { ...run, env: { GEN_NODE_TRIES: '2' } }
    it.concurrent('a registry that never answers: its URL', async () => {
      const step = await playOne(worker({ background: [], steps: [shortDeadline] }))
      expect(step).toMatchObject({ code: 1, calls: [] })
      for (const report of [step.stdout, textAt(step, status)])
        expect(report).toContain('http://192.168.1.10:5000')
    })

    it.concurrent("a controller's own registry that never answers: its URL", async () => {
      const step = await playOne(server('c1', { background: [], steps: [shortDeadline] }))
      expect(step).toMatchObject({ code: 1, calls: startsRegistry })
      expect(textAt(step, status)).toContain('http://127.0.0.1:5000')
    })

    it.concurrent('a token file that is never created: its path', async () => {
      const step = await playOne(worker({ background: [], steps: [shortDeadline] }, nodeOf('w1')))
      expect(step).toMatchObject({ code: 1, calls: [] })
      expect(textAt(step, status)).toContain('/etc/k0s/join-token')
    })
  },
)

describeWith(
  [boxes, curl],
  'bootstrap.sh adapts the drop-in to the version that k0s prints',
  () => {
    const forms = { 2: 'io.containerd.grpc.v1.cri', 3: 'io.containerd.cri.v1.images' } as const
    it.concurrent.each([
      ['v1.36.0+k0s.0', '', 3],
      ['v1.36.0', '1.33.4', 3],
      ['v1.140.2+k0s.1', '1.36.0', 3],
      ['v1.35.1+k0s.0', '1.36.0', 2],
      ['v1.35.1+k0s.0', '', 2],
      ['v1.36.0-rc.1+k0s.0', '', 3],
    ] as const)(
      '%s where the spec has "%s": the drop-in has version %i',
      async (installed, specified, form) => {
        const plan = nodeOf('w1', '{file: files/worker.token}', specified)
        const step = await playOne(
          worker({ stubs: { ...common.stubs, '/usr/local/bin/k0s': k0s(installed) } }, plan),
        )
        expect(step).toMatchObject({ code: 0, calls: [registryRequest, ...installsWorker] })
        expect(textAt(step, dropIn)).toContain(`version = ${form}\n`)
        expect(textAt(step, dropIn)).toContain(`"${forms[form]}"`)
        const written = step.entries.find(({ path }) => path === dropIn)
        if (written !== undefined)
          expect(written).toMatchObject({ mode: 0o644, owner: 'root:root' })
        expect(step.entries.map(({ path }) => path)).not.toContain(`${dropIn}.new`)
      },
    )

    it.concurrent('a second run accepts the changed drop-in', async () => {
      const stubs = { ...common.stubs, '/usr/local/bin/k0s': k0s('v1.36.0') }
      const failing = { ...run, env: { FAIL_START: '1' } }
      const [first, second] = await play(worker({ stubs, steps: [failing, run] }))
      expect([first?.code === 0, second?.code]).toEqual([false, 0])
    })

    it.concurrent.each([['garbage'], ['v2.0.0'], [''], ['v1.x.2'], ['1.36']])(
      'the version "%s" is reported as invalid',
      async version => {
        const step = await playOne(
          worker({ stubs: { ...common.stubs, '/usr/local/bin/k0s': k0s(version) } }),
        )
        expect(step).toMatchObject({ code: 1, calls: [registryRequest, ['k0s', 'version']] })
        expect(textAt(step, status)).toContain(version)
        expect(textAt(step, status)).toContain('version')
      },
    )

    it.concurrent('a k0s that cannot be executed is reported with its path', async () => {
      const stubs = { ...common.stubs, '/usr/local/bin/k0s': 'exit 126' }
      const step = await playOne(worker({ stubs }))
      expect(step).toMatchObject({ code: 1, calls: [registryRequest, ['k0s', 'version']] })
      expect(textAt(step, status)).toContain('/usr/local/bin/k0s')
    })
  },
)

describeWith([judge('busybox', 'busybox'), boxes], 'busybox', () => {
  it('is installed, so that the script ran in it', () => expect(which('busybox')).not.toBeNull())
})
