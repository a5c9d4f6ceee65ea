/** A box for one shell script at its real paths: files laid down, programs that record their calls. */
import {
  type BoxRequest,
  type BoxResult,
  type BoxStep,
  type Laid,
  type Left,
  runBox,
} from './box.ts'
import { boxEtc } from './box-etc.ts'
import { callsFile, callsOf, stub } from './stub.ts'

/** What a script finds, and what is run. */
export interface Scenario {
  readonly files?: readonly Laid[]
  /**
   * Bodies of sh by program: a bare name stands in for the machine's own wherever that is, a path is
   * laid down there. Each call is recorded before its body runs.
   */
  readonly stubs?: Readonly<Record<string, string>>
  /** Programs of Debian that this machine must not have; Node, containerd and systemctl never are. */
  readonly hidden?: readonly string[]
  /** Where the real Node is to be found, if anywhere. */
  readonly node?: string
  /** Addresses of the loopback besides 127.0.0.1, such as 192.168.1.10/32. */
  readonly addresses?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Commands that run beside all steps, a small server for example. */
  readonly beside?: readonly (readonly string[])[]
  readonly steps: readonly BoxStep[]
  /** Files to read after each step, changed or not. */
  readonly read?: readonly string[]
}

/** What one step did. */
export interface Step {
  readonly code: number
  readonly timedOut: boolean
  readonly seconds: number
  readonly stdout: string
  readonly stderr: string
  /** Calls of stubs during this step: the name and the arguments of each. */
  readonly calls: readonly (readonly string[])[]
  /** What is new or changed since the scenario was laid down; logs of the box left out. */
  readonly entries: readonly Left[]
  /** What this step itself made, changed or removed. */
  readonly touched: readonly string[]
  readonly read: ReadonlyMap<string, Uint8Array | null>
}

/** Plays a scenario from start to end. */
export async function playScript(scenario: Scenario): Promise<readonly Step[]> {
  const results = await runBox(requestOf(scenario))
  return results.map((result, at) => stepOf(result, results[at - 1]))
}

// Where the machine's own may be; a stub takes the place of each.
const folders = ['/usr/bin', '/usr/sbin']
const hiddenAlways = ['node', 'nodejs', 'containerd', 'ctr', 'k0s', 'k3s', 'systemctl']

function requestOf(scenario: Scenario): BoxRequest {
  const stubs = Object.entries(scenario.stubs ?? {})
  const bare = stubs.map(([name]) => name).filter(name => !name.startsWith('/'))
  const hidden = [...new Set([...hiddenAlways, ...(scenario.hidden ?? []), ...bare])]
  return {
    lay: [
      ...boxEtc,
      ...(scenario.files ?? []),
      ...stubs.map(([name, body]) => stub(name.startsWith('/') ? name : `/usr/bin/${name}`, body)),
    ],
    mask: hidden.flatMap(name => folders.map(folder => `${folder}/${name}`)),
    binds: scenario.node === undefined ? [] : [{ from: process.execPath, to: scenario.node }],
    addresses: scenario.addresses ?? [],
    env: scenario.env ?? {},
    beside: scenario.beside ?? [],
    steps: scenario.steps,
    read: [callsFile, ...(scenario.read ?? [])],
  }
}

function stepOf(result: BoxResult, before: BoxResult | undefined): Step {
  const earlier = before === undefined ? 0 : callsIn(before).length
  return {
    code: result.code,
    timedOut: result.timedOut,
    seconds: result.seconds,
    stdout: result.stdout,
    stderr: result.stderr,
    calls: callsIn(result).slice(earlier),
    entries: result.entries.filter(entry => entry.path !== callsFile),
    touched: result.touched.filter(path => path !== callsFile),
    read: result.read,
  }
}

function callsIn(result: BoxResult): readonly (readonly string[])[] {
  return callsOf(result.read.get(callsFile) ?? null)
}

/** A JavaScript program for Node that answers 200 on a port of an address, for `beside`. */
export function answeringServer(address: string, port: number, body = '{}'): string {
  const answer = `(q, r) => { r.setHeader('content-type', 'application/json'); r.end(${JSON.stringify(body)}) }`
  return `require('node:http').createServer(${answer}).listen(${port}, ${JSON.stringify(address)})`
}
