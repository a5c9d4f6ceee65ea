/**
 * bootstrap.sh itself, at its real paths in a box: a recording k0s and systemctl, and a registry that
 * answers later and writes down who asks it, into the same record as the calls.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { boxes, type Laid } from '../lib/box.ts'
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

/** A node of a cluster of two controllers and two workers, or of a single node's. */
function nodeOf(name: string, workerToken = '', version = ''): NodePlan {
  const given = workerToken === '' ? '' : `token: ${workerToken},`
  const distro = version === '' ? 'k0s' : `{name: k0s, version: ${version}}`
  const nodes =
    name === 's1'
      ? ['{name: s1, role: single, address: 10.0.0.5}']
      : [
          '{name: c1, role: controller, address: 192.168.1.10}',
          '{name: c2, role: controller, address: 192.168.1.11, workloads: false, token: {file: files/controller.token}}',
          `{name: w1, role: worker, address: 192.168.1.21, ${given} labels: {zone: a}, taints: ["gpu:NoSchedule"], args: ["it's; $HOME"]}`,
        ]
  const text = `apiVersion: gen-node/v1\ndistro: ${distro}\nnodes: [${nodes.join(', ')}]\n`
  const plan = plansOf(sourceOf(text), folder).find(one => one.name === name)
  if (plan === undefined) throw new Error(`no node ${name}`)
  return plan
}

const script = '/usr/local/lib/gen-node/bootstrap.sh'
const dropIn = '/etc/k0s/containerd.d/cri-registry.toml'
const status = '/run/gen-node/status'
const marker = '/var/lib/gen-node/bootstrapped'
const node = '/usr/local/bin/node'

/** What both configuration tools leave of a plan. */
function filesOf(plan: NodePlan): readonly Laid[] {
  return [
    ...plan.files.map(({ path, content, mode, owner }) => ({ path, content, mode, owner })),
    ...plan.units.map(({ name, content }) => ({ path: `/etc/systemd/system/${name}`, content })),
  ]
}

const bundle: Laid = { path: '/var/lib/gen-node/bundle/index.json', content: '{}' }

/** k0s as far as bootstrap.sh sees it: a version, and a unit that install leaves. */
function k0s(version = 'v1.33.4+k0s.0'): string {
  return `case $1 in
version) echo '${version}' ;;
install) : > "/etc/systemd/system/k0s$2.service" ;;
start) [ -z "$FAIL_START" ] ;;
esac`
}

/** A registry that begins to answer some time after a file is there, and records who asks. */
function lateRegistry(address: string, after: string, milliseconds: number): readonly string[] {
  const program = `const fs = require('node:fs')
const answer = (q, r) => {
  fs.appendFileSync('${callsFile}', ['registry', q.method, q.url, ''].join('\\x1f') + '\\x1e')
  r.end('{}')
}
const begin = () => require('node:http').createServer(answer).listen(5000, '${address}')
const look = () => fs.existsSync('${after}') ? setTimeout(begin, ${milliseconds}) : setTimeout(look, 50)
look()`
  return [beside, '-e', program]
}

// Node for the test's own servers, where bootstrap.sh does not look.
const beside = '/opt/beside/node'

const run = { argv: ['/bin/sh', script], timeout: 40 }
const common = {
  stubs: { '/usr/local/bin/k0s': k0s(), systemctl: ': > /run/asked' },
  read: [status, dropIn],
}

/** A worker whose registry begins to answer after a second and a half. */
function worker(more: Partial<Scenario> = {}, plan = nodeOf('w1', '{file: files/worker.token}')) {
  return {
    ...common,
    files: filesOf(plan),
    node: beside,
    addresses: ['192.168.1.10/32'],
    beside: [lateRegistry('192.168.1.10', '/', 1500)],
    steps: [run],
    ...more,
  } satisfies Scenario
}

/** A node whose own registry begins to answer a second after systemctl was asked for it. */
function server(name: string, more: Partial<Scenario> = {}) {
  return {
    ...common,
    files: [
      ...filesOf(nodeOf(name)),
      bundle,
      // The box has Node at one place only; here the test's servers need it too.
      { kind: 'link', path: beside, target: node },
    ],
    node,
    beside: [lateRegistry('127.0.0.1', '/run/asked', 1000)],
    steps: [run],
    ...more,
  } satisfies Scenario
}

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

const asked = ['registry', 'GET', '/v2/']
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
  ...['--taints', 'gpu:NoSchedule', "it's; $HOME"],
)
const withConfig = ['--config', '/etc/k0s/k0s.yaml']

describeWith([boxes, curl], 'bootstrap.sh calls, in this order, once the registry answered', () => {
  it.concurrent('on a worker', async () => {
    const step = await playOne(worker())
    expect(step).toMatchObject({ code: 0, calls: [asked, ...installsWorker] })
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
  ] as const)('%s, %s', async (name, _, argv) => {
    const step = await playOne(server(name))
    expect(step).toMatchObject({ code: 0, calls: [...startsRegistry, asked, ...installs(...argv)] })
    expect(step.seconds).toBeGreaterThan(1)
  })

  it.concurrent('on a worker without a token once that is there, and then only', async () => {
    const plan = nodeOf('w1')
    const laying = `sleep 2; printf '%s\\n' '${token}' > /etc/k0s/join-token`
    const awaited = worker({}, plan)
    const step = await playOne({
      ...awaited,
      beside: [...awaited.beside, ['/bin/sh', '-c', laying]],
    })
    expect(step).toMatchObject({ code: 0, calls: [asked, ...installsWorker] })
    expect(step.seconds).toBeGreaterThan(1.5)
    expect(step.stdout).toContain('/etc/k0s/join-token')
  })

  it.concurrent('asking by python3 where there is no curl', async () => {
    const step = await playOne(worker({ hidden: ['curl'] }))
    expect(step).toMatchObject({ code: 0, calls: [asked, ...installsWorker] })
  })

  it.concurrent.each([
    ['bash', ['/bin/bash', '--posix']],
    ['busybox', ['busybox', 'sh']],
  ] as const)('by %s too', async (shell, argv) => {
    if (which(shell) === null) return
    const step = await playOne(worker({ steps: [{ argv: [...argv, script], timeout: 40 }] }))
    expect(step).toMatchObject({ code: 0, calls: [asked, ...installsWorker] })
  })
})

describeWith([boxes, curl], 'bootstrap.sh run again', () => {
  it.concurrent('changes nothing and calls nothing', async () => {
    const [first, second] = await play(server('c1', { steps: [run, run] }))
    expect(first).toMatchObject({ code: 0 })
    expect(second).toMatchObject({ code: 0, calls: [], touched: [], stderr: '' })
  })

  it.concurrent('after an interruption between install and marker goes on with --force', async () => {
    const failing = { ...run, env: { FAIL_START: '1' } }
    const [first, second] = await play(worker({ steps: [failing, run] }))
    expect(first?.code).not.toBe(0)
    expect(first?.calls).toEqual([asked, ...installsWorker])
    expect(first?.entries.map(({ path }) => path)).not.toContain(marker)
    expect(second).toMatchObject({ code: 0 })
    const [version, install, start] = installsWorker
    expect(second?.calls).toEqual([asked, version, [...(install ?? []), '--force'], start])
  })

  it.concurrent('while another run is under way says so and does nothing', async () => {
    const both = `${run.argv.join(' ')} & sleep 0.7; ${run.argv.join(' ')}; echo "second: $?"; wait`
    const step = await playOne(worker({ steps: [{ argv: ['/bin/sh', '-c', both], timeout: 40 }] }))
    expect(step.stdout).toContain('second: 1')
    expect(step.calls).toEqual([asked, ...installsWorker])
  })
})

describeWith([boxes, curl], 'bootstrap.sh --dry-run', () => {
  const dry = { argv: ['/bin/sh', script, '--dry-run'], timeout: 20 }
  it.concurrent.each([
    ['w1', () => worker({ beside: [], steps: [dry] }), installsWorker],
    [
      'c1',
      () => server('c1', { beside: [], steps: [dry] }),
      [
        ...startsRegistry,
        ...installs('controller', '--enable-worker', '--no-taints', ...withConfig),
      ],
    ],
  ] as const)('%s: prints the steps and touches nothing', async (_, scenario, calls) => {
    const step = await playOne(scenario())
    expect(step).toMatchObject({ code: 0, touched: [], stderr: '' })
    expect(step.calls.filter(call => call.join(' ') !== 'k0s version')).toEqual([])
    const printed = calls.map(call => call.join(' ')).filter(call => call !== 'k0s version')
    const lines = step.stdout.split('\n').filter(line => line.startsWith('run: '))
    expect(lines).toEqual(printed.map(call => `run: ${call}`))
    expect(step.stdout).toContain('5000')
  })
})

describeWith([boxes, curl], 'bootstrap.sh stops before k0s is touched, and names', () => {
  /** The scenario with some of its files replaced or, by null, taken away. */
  function having(scenario: Scenario, changes: Readonly<Record<string, string | null>>): Scenario {
    const kept = (scenario.files ?? []).filter(({ path }) => !(path in changes))
    const placed = Object.entries(changes).flatMap(([path, content]) =>
      content === null ? [] : [{ path, content }],
    )
    return { ...scenario, files: [...kept, ...placed] }
  }
  const hosts = '/etc/k0s/containerd.d/certs.d/quay.io/hosts.toml'
  const { '/usr/local/bin/k0s': _, ...withoutK0s } = common.stubs
  const troubles: readonly (readonly [string, string | RegExp, () => Scenario])[] = [
    ['a missing binary', '/usr/local/bin/k0s', () => worker({ stubs: withoutK0s })],
    ['a changed file', hosts, () => having(worker(), { [hosts]: 'server = "https://quay.io"\n' })],
    ['a missing file', hosts, () => having(worker(), { [hosts]: null })],
    ['a file that became empty', hosts, () => having(worker(), { [hosts]: '' })],
    [
      'a changed configuration',
      '/etc/k0s/k0s.yaml',
      () => having(server('c1'), { '/etc/k0s/k0s.yaml': '{}\n' }),
    ],
    ['a drop-in of neither form', dropIn, () => having(worker(), { [dropIn]: 'version = 2\n' })],
    [
      'a missing manifest',
      '/etc/gen-node/manifest.sha256',
      () => having(worker(), { '/etc/gen-node/manifest.sha256': null }),
    ],
    [
      'a missing bundle',
      '/var/lib/gen-node/bundle',
      () => having(server('c1'), { [bundle.path]: null }),
    ],
    [
      'a missing Node',
      node,
      () => server('c1', { node: beside, files: [...filesOf(nodeOf('c1')), bundle] }),
    ],
    ['what asks the registry', 'curl', () => worker({ hidden: ['curl', 'python3', 'wget'] })],
    [
      'a changed registry program',
      '/usr/local/lib/gen-node/registry.mjs',
      () => having(server('c1'), { '/usr/local/lib/gen-node/registry.mjs': 'process.exit()\n' }),
    ],
  ]
  it.concurrent.each(troubles)('%s: %s', async (_, named, scenario) => {
    const step = await playOne(scenario())
    expect(step).toMatchObject({ code: 1, calls: [] })
    expect(step.stdout).toContain(named)
    expect(textAt(step, status)).toContain(named)
    expect(step.entries.filter(({ path }) => !path.startsWith('/run/'))).toEqual([])
  })

  it.concurrent('all that is missing at once', async () => {
    const plan = having(server('c1', { stubs: withoutK0s }), { [hosts]: null, [bundle.path]: null })
    const step = await playOne(plan)
    for (const path of [hosts, '/usr/local/bin/k0s', '/var/lib/gen-node/bundle'])
      expect(textAt(step, status)).toContain(path)
  })

  const soon = { ...run, env: { GEN_NODE_TRIES: '2' } }
  it.concurrent('a registry that never comes', async () => {
    const step = await playOne(worker({ beside: [], steps: [soon] }))
    expect(step).toMatchObject({ code: 1, calls: [] })
    for (const said of [step.stdout, textAt(step, status)])
      expect(said).toContain('http://192.168.1.10:5000')
  })

  it.concurrent("a controller's own registry that never comes", async () => {
    const step = await playOne(server('c1', { beside: [], steps: [soon] }))
    expect(step).toMatchObject({ code: 1, calls: startsRegistry })
    expect(textAt(step, status)).toContain('http://127.0.0.1:5000')
  })

  it.concurrent('a token that never comes', async () => {
    const step = await playOne(worker({ beside: [], steps: [soon] }, nodeOf('w1')))
    expect(step).toMatchObject({ code: 1, calls: [] })
    expect(textAt(step, status)).toContain('/etc/k0s/join-token')
  })
})

describeWith([boxes, curl], 'bootstrap.sh and the version that k0s says', () => {
  const forms = { 2: 'io.containerd.grpc.v1.cri', 3: 'io.containerd.cri.v1.images' } as const
  it.concurrent.each([
    ['v1.36.0+k0s.0', '', 3],
    ['v1.36.0', '1.33.4', 3],
    ['v1.140.2+k0s.1', '1.36.0', 3],
    ['v1.35.1+k0s.0', '1.36.0', 2],
    ['v1.35.1+k0s.0', '', 2],
    ['v1.36.0-rc.1+k0s.0', '', 3],
  ] as const)(
    '%s where the spec says "%s": the drop-in has version %i',
    async (here, said, form) => {
      const plan = nodeOf('w1', '{file: files/worker.token}', said)
      const step = await playOne(
        worker({ stubs: { ...common.stubs, '/usr/local/bin/k0s': k0s(here) } }, plan),
      )
      expect(step).toMatchObject({ code: 0, calls: [asked, ...installsWorker] })
      expect(textAt(step, dropIn)).toContain(`version = ${form}\n`)
      expect(textAt(step, dropIn)).toContain(`"${forms[form]}"`)
      const written = step.entries.find(({ path }) => path === dropIn)
      if (written !== undefined) expect(written).toMatchObject({ mode: 0o644, owner: 'root:root' })
      expect(step.entries.map(({ path }) => path)).not.toContain(`${dropIn}.new`)
    },
  )

  it.concurrent('runs again after it changed the drop-in: both forms are ours', async () => {
    const stubs = { ...common.stubs, '/usr/local/bin/k0s': k0s('v1.36.0') }
    const failing = { ...run, env: { FAIL_START: '1' } }
    const [first, second] = await play(worker({ stubs, steps: [failing, run] }))
    expect([first?.code === 0, second?.code]).toEqual([false, 0])
  })

  it.concurrent.each([['garbage'], ['v2.0.0'], [''], ['v1.x.2'], ['1.36']])(
    'names "%s", which is none',
    async here => {
      const step = await playOne(
        worker({ stubs: { ...common.stubs, '/usr/local/bin/k0s': k0s(here) } }),
      )
      expect(step).toMatchObject({ code: 1, calls: [asked, ['k0s', 'version']] })
      expect(textAt(step, status)).toContain(here)
      expect(textAt(step, status)).toContain('version')
    },
  )

  it.concurrent('names a k0s that does not run here', async () => {
    const stubs = { ...common.stubs, '/usr/local/bin/k0s': 'exit 126' }
    const step = await playOne(worker({ stubs }))
    expect(step).toMatchObject({ code: 1, calls: [asked, ['k0s', 'version']] })
    expect(textAt(step, status)).toContain('/usr/local/bin/k0s')
  })
})

describeWith([judge('busybox', 'busybox'), boxes], 'busybox', () => {
  it('is one of the shells above', () => expect(which('busybox')).not.toBeNull())
})
