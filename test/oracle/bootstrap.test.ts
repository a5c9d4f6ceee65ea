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
const textOf = (plan: NodePlan, path: string) => Buffer.from(fileOf(plan, path)).toString()
const token = textOf(nodeOf('w1', '{file: files/worker.token}'), '/etc/k0s/join-token').trim()

/** The plan of a node: of the single node s1, or of a cluster of two controllers and a worker. */
function nodeOf(name: string, workerToken = '', version = ''): NodePlan {
  const tokenField = workerToken === '' ? '' : `token: ${workerToken},`
  const distro = version === '' ? 'k0s' : `{name: k0s, version: "${version}"}`
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

/** A stub of k0s: `install` writes a unit, and after the restart of the unit `status` reports a working node. */
function k0s(version = 'v1.33.4+k0s.0'): string {
  return `case $1 in
version) echo '${version}' ;;
config) [ -z "$REFUSE_CONFIG" ] || { echo 'Error: unknown field "spec.nosuch"' >&2; exit 1; } ;;
install) [ -z "$FAIL_INSTALL" ] || { echo 'Error: no space left on device' >&2; exit 1; }
  : > "/etc/systemd/system/k0s$2.service"; echo > "/etc/systemd/system/k0s$2.service" ;;
status) [ -e /run/k0s-runs ] && [ -z "$NEVER_WORKS" ] || { echo 'Error: connect: no such file' >&2; exit 1; }
  echo 'Kube-api probing successful: true' ;;
kubectl) printf ok ;;
esac`
}

/** A stub of systemctl: units are enabled and started as soon as it is called. */
const systemctl = `case $1 in
is-enabled) [ -e /run/registry-enabled ] ;;
enable) : > /run/registry-enabled
  [ -n "$NEVER_ACTIVE" ] || (sleep 1; : > /run/registry-active) > /dev/null 2>&1 & ;;
restart) [ -z "$FAIL_RESTART" ] || { echo 'Job failed.' >&2; exit 1; }
  : > /run/k0s-runs ;;
is-active) if [ "$2" = -q ]; then [ -e /run/registry-active ]; else echo active; fi ;;
esac`

/** The kubelet's health check, which answers from the start. */
const kubelet = [
  'python3',
  '-c',
  'import http.server as h\nclass Ok(h.BaseHTTPRequestHandler):\n  def do_GET(self):\n    self.send_response(200)\n    self.end_headers()\n  def log_message(self, *a): pass\nh.HTTPServer(("127.0.0.1", 10248), Ok).serve_forever()',
]

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

/** One attempt. */
const attempt = { argv: ['/bin/sh', script], timeout: 40 }
/** The command of the unit: attempts until one succeeds. */
const run = { argv: unitCommand(nodeOf('w1')), timeout: 60 }

/** Attempts until the status has a text and one more, so that slow machines have the time they need. */
function runUntil(text: string, env: Readonly<Record<string, string>> = {}) {
  const loop = `until /bin/sh "$0"; grep -qF -- "$1" ${status}; do sleep 0.3; done; /bin/sh "$0"`
  return { argv: ['/bin/sh', '-c', loop, script, text], timeout: 60, env }
}

/** ExecStart of the unit with a shorter pause, as systemd splits it. */
function unitCommand({ units }: NodePlan): readonly string[] {
  const { content = '' } = units.find(({ name }) => name === 'gen-node-bootstrap.service') ?? {}
  const [, command = '', path = ''] = /^ExecStart=\/bin\/sh -c '(.*)' (\S+)$/m.exec(content) ?? []
  expect(path).toBe(script)
  return ['/bin/sh', '-c', command.replaceAll('$$', '$').replace('sleep 5', 'sleep 0.3'), path]
}
const common = {
  stubs: { '/usr/local/bin/k0s': k0s(), systemctl },
  read: [status, dropIn, marker],
}

/** A worker whose registry starts after 1.5 seconds. */
function worker(more: Partial<Scenario> = {}, plan = nodeOf('w1', '{file: files/worker.token}')) {
  return {
    ...common,
    files: filesOf(plan),
    node: testNode,
    addresses: ['192.168.1.10/32'],
    background: [lateRegistry('192.168.1.10', '/', 1500), kubelet],
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
    background: [kubelet],
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
const registryUnit = 'gen-node-registry.service'
const startsRegistry = ['systemctl', 'enable', '--now', '--no-block', registryUnit]
/** `systemctl start` changes nothing where the unit is active. */
const questions = ['version', 'config', 'status', 'kubectl', 'is-enabled', 'is-active', 'start']
/** The calls that change the node, each repetition of a question left out. */
function changes({ calls }: Step): readonly (readonly string[])[] {
  return calls.filter(([name, command = '']) =>
    name === 'registry' ? false : !questions.includes(command),
  )
}
const installs = (...argv: readonly string[]) => [
  ['k0s', 'install', ...argv],
  ['systemctl', 'restart', `k0s${argv[0]}.service`],
]
const installsWorker = installs(
  ...['worker', '--token-file', '/etc/k0s/join-token', '--labels', 'zone=a'],
  ...['--taints', 'gpu:NoSchedule', '--env=NOTE=a; b & (c) *'],
)
const withConfig = ['--config', '/etc/k0s/k0s.yaml']

describeWith([boxes, curl], 'bootstrap.sh brings a node into its cluster', () => {
  it.concurrent('a worker waits for the registry of the bootstrap node', async () => {
    const step = await playOne(worker())
    expect(step).toMatchObject({ code: 0 })
    expect(changes(step)).toEqual(installsWorker)
    expect(step.calls.findIndex(call => call[0] === 'registry')).toBe(0)
    expect(step.seconds).toBeGreaterThan(1)
    expect(step.stdout).toMatch(
      /^waiting for the registry.*\n.*http:\/\/192\.168\.1\.10:5000\/v2\/: /,
    )
    expect(textAt(step, status)).toMatch(
      /^done: .* at \d{4}-\d\d-\d\dT.*; k0sworker\.service: active$/m,
    )
    expect(step.entries.map(({ path }) => path)).toContain(marker)
  })

  it.concurrent.each([
    ['c1', 'a controller', ['controller', '--enable-worker', '--no-taints', ...withConfig]],
    ['s1', 'a single node', ['controller', '--single', ...withConfig]],
    [
      'c2',
      'a joining controller without workloads',
      ['controller', ...withConfig, '--token-file', '/etc/k0s/join-token'],
    ],
  ] as const)('%s, %s, starts its own registry first', async (name, _, argv) => {
    const step = await playOne(server(name))
    expect(step).toMatchObject({ code: 0 })
    expect(changes(step)).toEqual([startsRegistry, ...installs(...argv)])
    const calls = step.calls.map(([call, command = '']) => `${call} ${command}`)
    // systemctl answers that the unit is active some time after it was enabled.
    const active = calls.lastIndexOf('systemctl is-active', calls.indexOf('k0s version'))
    expect(active).toBeGreaterThan(calls.indexOf('systemctl enable'))
    expect(calls.indexOf('k0s install')).toBeGreaterThan(calls.indexOf('k0s config'))
  })

  it.concurrent('a worker without a token waits for the token file', async () => {
    const waiting = worker({}, nodeOf('w1'))
    const placeToken = `sleep 4; printf '%s\\n' '${token}' > /etc/k0s/join-token`
    const step = await playOne({
      ...waiting,
      background: [...waiting.background, ['/bin/sh', '-c', placeToken]],
    })
    expect(step).toMatchObject({ code: 0 })
    expect(changes(step)).toEqual(installsWorker)
    expect(step.seconds).toBeGreaterThan(1.5)
    expect(step.stdout).toContain('waiting for the join token at /etc/k0s/join-token')
  })

  it.concurrent('python3 sends the request where curl is missing', async () => {
    const step = await playOne(worker({ hidden: ['curl'] }))
    expect(step).toMatchObject({ code: 0 })
    expect(changes(step)).toEqual(installsWorker)
    expect(step.calls).toContainEqual(registryRequest)
  })

  it.concurrent.each([
    ['bash', ['/bin/bash', '--posix']],
    ['busybox', ['busybox', 'sh']],
  ] as const)('the script runs in %s', async (shell, argv) => {
    if (which(shell) === null) return
    const scenario = worker({
      background: [lateRegistry('192.168.1.10', '/', 0), kubelet],
      steps: [{ argv: ['/bin/sh', '-c', 'sleep 1.5'] }, { argv: [...argv, script], timeout: 40 }],
    })
    const [, step] = await play(scenario)
    expect(step).toMatchObject({ code: 0 })
    expect(changes(step as Step)).toEqual(installsWorker)
  })
})

describeWith([boxes, curl], 'a second run of bootstrap.sh', () => {
  it.concurrent('changes only the status', async () => {
    const [first, second] = await play(server('c1', { steps: [run, attempt] }))
    expect(first).toMatchObject({ code: 0 })
    expect(second).toMatchObject({ code: 0, changedPaths: [], stderr: '' })
    expect(changes(second as Step)).toEqual([])
  })

  it.concurrent('writes the status again after a reboot', async () => {
    const reboot = { argv: ['/bin/sh', '-c', 'rm -r /run/gen-node'] }
    const [first, , third] = await play(server('c1', { steps: [run, reboot, run] }))
    expect(third).toMatchObject({ code: 0 })
    expect(changes(third as Step)).toEqual([])
    expect(textAt(third, status)).toBe(textAt(first, status))
  })

  it.concurrent.each([
    ['FAIL_RESTART', 'systemctl restart k0sworker.service ended with exit code 1: Job failed.'],
    ['FAIL_INSTALL', 'ended with exit code 1: Error: no space left on device'],
  ])('installs again after %s', async (variable, message) => {
    const failing = runUntil('failed: ', { [variable]: '1' })
    const [first, second] = await play(worker({ steps: [failing, run] }))
    expect(first?.code).toBe(1)
    expect(textAt(first, status)).toContain('failed: ')
    expect(textAt(first, status)).toContain(message)
    expect(first?.entries.map(({ path }) => path)).not.toContain(marker)
    expect(second).toMatchObject({ code: 0 })
    const [install = [], restart] = installsWorker
    const force = variable === 'FAIL_RESTART' ? ['--force'] : []
    expect(changes(second as Step)).toEqual([[...install, ...force], restart])
  })

  it.concurrent('an empty marker, as after a power cut, does not count', async () => {
    const cut = { argv: ['/bin/sh', '-c', `: > ${marker}`] }
    const [, , third] = await play(worker({ steps: [run, cut, run] }))
    expect(third).toMatchObject({ code: 0 })
    expect(changes(third as Step)).toEqual([])
    expect(textAt(third, marker)).toMatch(/^\d{4}-/)
  })

  it.concurrent('waits until another attempt has ended', async () => {
    const both = `flock /run/gen-node/lock sleep 2 & sleep 0.5; ${run.argv.map(quoted).join(' ')}; wait`
    const directory = { kind: 'directory' as const, path: '/run/gen-node' }
    const base = worker({
      background: [lateRegistry('192.168.1.10', '/', 0), kubelet],
      steps: [{ argv: ['/bin/sh', '-c', both], timeout: 40 }],
    })
    const step = await playOne({ ...base, files: [...base.files, directory] })
    expect(step).toMatchObject({ code: 0 })
    expect(step.seconds).toBeGreaterThan(1.9)
    expect(changes(step)).toEqual(installsWorker)
  })
})

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`
}

describeWith([boxes, curl], 'bootstrap.sh --dry-run', () => {
  const dry = { argv: ['/bin/sh', script, '--dry-run'], timeout: 20 }
  it.concurrent.each([
    ['w1', () => worker({ background: [], steps: [dry] }), installsWorker],
    [
      'c1',
      () => server('c1', { background: [], steps: [dry] }),
      [startsRegistry, ...installs('controller', '--enable-worker', '--no-taints', ...withConfig)],
    ],
  ] as const)('%s: prints the steps and changes nothing', async (_, scenario, calls) => {
    const step = await playOne(scenario())
    expect(step).toMatchObject({ code: 0, changedPaths: [], stderr: '' })
    expect(changes(step)).toEqual([])
    const lines = step.stdout.split('\n').filter(line => line.startsWith('run: '))
    expect(lines).toEqual(calls.map(call => `run: ${call.join(' ')}`))
    expect(step.stdout).toMatch(/^waiting for .*\s*.*(:5000|gen-node-registry)/m)
  })
})

/** The scenario with some of its files replaced or, by null, removed. */
function withFiles<T extends Scenario>(
  scenario: T,
  changed: Readonly<Record<string, string | null>>,
): T {
  const unchanged = (scenario.files ?? []).filter(({ path }) => !(path in changed))
  const placed = Object.entries(changed).flatMap(([path, content]) =>
    content === null ? [] : [{ path, content }],
  )
  return { ...scenario, files: [...unchanged, ...placed] }
}

describeWith(
  [boxes, curl],
  'bootstrap.sh reports a missing or wrong part and does not call k0s',
  () => {
    const hosts = '/etc/k0s/containerd.d/certs.d/quay.io/hosts.toml'
    const manifest = '/etc/gen-node/manifest.sha256'
    const manifestLines = textOf(nodeOf('w1', '{file: files/worker.token}'), manifest).split('\n')
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
      ['a missing manifest', manifest, () => withFiles(worker(), { [manifest]: null })],
      ['an empty manifest', manifest, () => withFiles(worker(), { [manifest]: '' })],
      [
        'a manifest without its last line',
        manifest,
        () => withFiles(worker(), { [manifest]: manifestLines.slice(0, -2).join('\n') }),
      ],
      [
        'a manifest without its first line',
        manifest,
        () => withFiles(worker(), { [manifest]: manifestLines.slice(1).join('\n') }),
      ],
      [
        'a manifest that is cut inside a line',
        manifest,
        () => withFiles(worker(), { [manifest]: manifestLines.join('\n').slice(0, 200) }),
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
      const step = await playOne({ ...scenario(), steps: [attempt] })
      expect(step).toMatchObject({ code: 1, calls: [] })
      expect(step.stdout).toContain(named)
      expect(textAt(step, status)).toContain(named)
      expect(textAt(step, status)).toMatch(/^failed: this node is not ready:\n/)
      const ownDirectories = /^\/(run\/|var\/lib\/gen-node$)/
      expect(step.entries.filter(({ path }) => !ownDirectories.test(path))).toEqual([])
    })

    it.concurrent('several missing parts are reported together', async () => {
      const plan = withFiles(server('c1', { stubs: withoutK0s, steps: [attempt] }), {
        [hosts]: null,
        [bundle.path]: null,
      })
      const step = await playOne(plan)
      for (const path of [hosts, '/usr/local/bin/k0s', '/var/lib/gen-node/bundle'])
        expect(textAt(step, status)).toContain(path)
    })

    it.concurrent('a state that does not change is printed once', async () => {
      const step = await playOne(worker({ stubs: withoutK0s, steps: [runUntil('not ready')] }))
      expect(step.code).toBe(1)
      expect(step.stdout.match(/k0s/g)?.length).toBe(2)
    })

    it.concurrent('a registry that never answers: its URL and the error', async () => {
      const step = await playOne(worker({ background: [], steps: [attempt] }))
      expect(step).toMatchObject({ code: 1 })
      expect(changes(step)).toEqual([])
      for (const report of [step.stdout, textAt(step, status)])
        expect(report).toMatch(/waiting for .*\n {2}http:\/\/192\.168\.1\.10:5000\/v2\/: curl: /)
    })

    it.concurrent("a controller's own registry that does not start: its unit", async () => {
      const never = { ...attempt, env: { NEVER_ACTIVE: '1' } }
      const step = await playOne(server('c1', { background: [], steps: [never] }))
      expect(step).toMatchObject({ code: 1 })
      expect(changes(step)).toEqual([startsRegistry])
      expect(textAt(step, status)).toContain('waiting for gen-node-registry.service')
    })

    it.concurrent('a token file that is never created: its path', async () => {
      const background = [lateRegistry('192.168.1.10', '/', 0)]
      const step = await playOne(
        worker({ background, steps: [runUntil('join-token')] }, nodeOf('w1')),
      )
      expect(changes(step)).toEqual([])
      expect(textAt(step, status)).toContain('/etc/k0s/join-token')
    })

    it.concurrent('a joining controller serves images while it waits for its token', async () => {
      const nodes = ['{name: c1, role: controller}', '{name: c2, role: controller}']
      const plans = plansOf(sourceOf(aSpec({ bootstrap: '192.168.1.10', nodes })), folder)
      const plan = plans.find(({ name }) => name === 'c2') as NodePlan
      const base = server('c1', { steps: [runUntil('join token')] })
      const links = base.files.filter(({ path }) => path === testNode)
      const step = await playOne({ ...base, files: [...filesOf(plan), bundle, ...links] })
      expect(changes(step)).toEqual([startsRegistry])
      expect(textAt(step, status)).toContain(
        'waiting for the join token at /etc/k0s/join-token (on a controller: k0s token create --role controller)',
      )
    })

    const controllerToken = textOf(nodeOf('c2'), '/etc/k0s/join-token')
    it.concurrent.each([
      ['text that is no token', 'bm90IGEgdG9rZW4=\n'],
      ['a token for another role', controllerToken],
      ['a cut token', token.slice(0, 40)],
    ])('%s', async (_, content) => {
      const background = [lateRegistry('192.168.1.10', '/', 0)]
      const base = worker({ background, steps: [runUntil('failed: ')] }, nodeOf('w1'))
      const step = await playOne(withFiles(base, { '/etc/k0s/join-token': content }))
      expect(changes(step)).toEqual([])
      expect(textAt(step, status)).toContain(
        'failed: /etc/k0s/join-token is not a join token for a worker: replace it (on a controller: k0s token create --role worker)',
      )
    })

    it.concurrent('a configuration that k0s refuses: its error', async () => {
      const step = await playOne(
        server('c1', { steps: [runUntil('failed: ', { REFUSE_CONFIG: '1' })] }),
      )
      expect(changes(step)).toEqual([startsRegistry])
      expect(textAt(step, status)).toContain(
        'failed: k0s refuses /etc/k0s/k0s.yaml: Error: unknown field "spec.nosuch"',
      )
    })

    it.concurrent('a k0s that reports no working node is not done', async () => {
      const step = await playOne(
        worker({ steps: [runUntil('working node', { NEVER_WORKS: '1' })] }),
      )
      expect(step.code).toBe(1)
      expect(changes(step)).toEqual(installsWorker)
      expect(textAt(step, status)).toMatch(
        /^waiting for k0s to report a working node: Error: connect: no such file\ncheck the token, the clock /,
      )
      expect(step.entries.map(({ path }) => path)).not.toContain(marker)
    })

    it.concurrent('a k0s that reports no working node in 60 attempts has failed', async () => {
      const attempts = { argv: ['/bin/sh', '-c', 'yes "" | head -n 59 > /run/gen-node/attempts'] }
      const env = { NEVER_WORKS: '1' }
      const [, , third] = await play(
        worker({ steps: [runUntil('working node', env), attempts, { ...attempt, env }] }),
      )
      expect(textAt(third, status)).toMatch(/^failed: 60 attempts waited for k0s to report/)
    })
  },
)

describeWith([boxes], 'a script that is empty or cut', () => {
  const whole = textOf(nodeOf('w1', '{file: files/worker.token}'), script)
  const cuts = [0, 1, 100, whole.length >> 1, whole.length - 200, whole.length - 2]
  it.concurrent.each(cuts)(
    'after %i bytes: the unit fails, and nothing was changed',
    async length => {
      const step = await playOne(withFiles(worker(), { [script]: whole.slice(0, length) }))
      expect(step.code).toBe(1)
      expect(step.timedOut).toBe(false)
      expect(step.calls).toEqual([])
      expect(textAt(step, status)).toBe(
        `failed: ${script} is empty, cut or was killed: apply the config of this node again\n`,
      )
      expect(step.entries.filter(({ path }) => !path.startsWith('/run/'))).toEqual([])
    },
  )
})

describeWith(
  [boxes, curl],
  'bootstrap.sh adapts the drop-in to the version that k0s prints',
  () => {
    const forms = { 2: 'io.containerd.grpc.v1.cri', 3: 'io.containerd.cri.v1.images' } as const
    it.concurrent.each([
      ['v1.36.0+k0s.0', '', 3, false],
      ['v1.36.0', '1.33.4', 3, true],
      ['v1.140.2+k0s.1', '1.36.0', 3, true],
      ['v1.35.1+k0s.0', '1.36.0', 2, true],
      ['v1.35.1+k0s.0', '1.35.1', 2, false],
      ['v1.35.10+k0s.0', '1.35.1', 2, true],
      ['v1.35.1+k0s.0', '1.35', 2, false],
      ['v1.35.1+k0s.0', '', 2, false],
      ['v1.36.0-rc.1+k0s.0', '', 3, false],
    ] as const)(
      '%s where the spec has "%s": the drop-in has version %i',
      async (installed, specified, form, differs) => {
        const plan = nodeOf('w1', '{file: files/worker.token}', specified)
        const step = await playOne(
          worker({ stubs: { ...common.stubs, '/usr/local/bin/k0s': k0s(installed) } }, plan),
        )
        expect(step).toMatchObject({ code: 0 })
        expect(changes(step)).toEqual(installsWorker)
        expect(textAt(step, dropIn)).toContain(`version = ${form}\n`)
        expect(textAt(step, dropIn)).toContain(`"${forms[form]}"`)
        const written = step.entries.find(({ path }) => path === dropIn)
        if (written !== undefined)
          expect(written).toMatchObject({ mode: 0o644, owner: 'root:root' })
        expect(step.entries.map(({ path }) => path)).not.toContain(`${dropIn}.new`)
        const note = `with k0s ${installed}, while the spec has version ${specified}`
        for (const text of [step.stdout, textAt(step, status)])
          expect(text.includes(note)).toBe(differs)
      },
    )

    it.concurrent.each(['version = 2\n', ''])(
      'a drop-in with "%s" is written again',
      async text => {
        const step = await playOne(withFiles(worker(), { [dropIn]: text }))
        expect(step).toMatchObject({ code: 0 })
        expect(textAt(step, dropIn)).toContain(forms[2])
      },
    )

    it.concurrent('a second run accepts the changed drop-in', async () => {
      const stubs = { ...common.stubs, '/usr/local/bin/k0s': k0s('v1.36.0') }
      const failing = runUntil('failed: ', { FAIL_RESTART: '1' })
      const [first, second] = await play(worker({ stubs, steps: [failing, run] }))
      expect([first?.code === 0, second?.code]).toEqual([false, 0])
    })

    const answering = { background: [lateRegistry('192.168.1.10', '/', 0), kubelet] }
    const reported = { ...answering, steps: [runUntil('failed: ')] }
    it.concurrent.each([['garbage'], ['v2.0.0'], [''], ['v1.x.2'], ['1.36']])(
      'the version "%s" is reported as invalid',
      async version => {
        const stubs = { ...common.stubs, '/usr/local/bin/k0s': k0s(version) }
        const step = await playOne(worker({ ...reported, stubs }))
        expect(changes(step)).toEqual([])
        expect(textAt(step, status)).toContain(version)
        expect(textAt(step, status)).toContain('version')
      },
    )

    it.concurrent('a k0s that cannot be executed is reported with its path', async () => {
      const stubs = { ...common.stubs, '/usr/local/bin/k0s': 'exit 126' }
      const step = await playOne(worker({ ...reported, stubs }))
      expect(changes(step)).toEqual([])
      expect(textAt(step, status)).toContain('/usr/local/bin/k0s')
    })
  },
)

describeWith([judge('busybox', 'busybox'), boxes], 'busybox', () => {
  it('is installed, so that the script ran in it', () => expect(which('busybox')).not.toBeNull())
})
