/** A box for a shell script at its real paths, with files and with programs that record their calls. */
import {
  type BoxEntry,
  type BoxRequest,
  type BoxResult,
  type BoxStep,
  type FoundEntry,
  runBox,
} from './box.ts'
import { boxEtc } from './box-etc.ts'
import { callsFile, callsOf, stub } from './stub.ts'

/** The files and programs that a script finds, and the commands that run. */
export interface Scenario {
  readonly files?: readonly BoxEntry[]
  /**
   * Bodies of sh by program: a name replaces the program of this machine in every folder of PATH, a
   * path is created. Each call is recorded before the body runs.
   */
  readonly stubs?: Readonly<Record<string, string>>
  /** Programs of Debian that the box hides; Node, containerd, k0s, k3s and systemctl are always hidden. */
  readonly hidden?: readonly string[]
  /** The path of the real Node in the box. */
  readonly node?: string
  /** Addresses of the loopback besides 127.0.0.1, such as 192.168.1.10/32. */
  readonly addresses?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Commands that run at the same time as the steps, such as a small server. */
  readonly background?: readonly (readonly string[])[]
  readonly steps: readonly BoxStep[]
  /** Files that are read after each step, changed or not. */
  readonly read?: readonly string[]
}

/** The result of a step. */
export interface Step {
  readonly code: number
  readonly timedOut: boolean
  readonly seconds: number
  readonly stdout: string
  readonly stderr: string
  /** The calls of stubs during this step: the name and the arguments of each. */
  readonly calls: readonly (readonly string[])[]
  /** Entries that are new or changed since the setup, without the record of calls. */
  readonly entries: readonly FoundEntry[]
  /** Paths that this step created, changed or removed. */
  readonly changedPaths: readonly string[]
  readonly read: ReadonlyMap<string, Uint8Array | null>
}

/** Runs the steps of a scenario. */
export async function playScript(scenario: Scenario): Promise<readonly Step[]> {
  const results = await runBox(requestOf(scenario))
  return results.map((result, at) => stepOf(result, results[at - 1]))
}

// The folders in which a stub replaces a program of this machine.
const folders = ['/usr/bin', '/usr/sbin']
const hiddenAlways = ['node', 'nodejs', 'containerd', 'ctr', 'k0s', 'k3s', 'systemctl']

function requestOf(scenario: Scenario): BoxRequest {
  const stubs = Object.entries(scenario.stubs ?? {})
  const bare = stubs.map(([name]) => name).filter(name => !name.startsWith('/'))
  const hidden = [...new Set([...hiddenAlways, ...(scenario.hidden ?? []), ...bare])]
  return {
    setup: [
      ...boxEtc,
      ...(scenario.files ?? []),
      ...stubs.map(([name, body]) => stub(name.startsWith('/') ? name : `/usr/bin/${name}`, body)),
    ],
    mask: hidden.flatMap(name => folders.map(folder => `${folder}/${name}`)),
    binds: scenario.node === undefined ? [] : [{ from: process.execPath, to: scenario.node }],
    addresses: scenario.addresses ?? [],
    env: scenario.env ?? {},
    background: scenario.background ?? [],
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
    changedPaths: result.changedPaths.filter(path => path !== callsFile),
    read: result.read,
  }
}

function callsIn(result: BoxResult): readonly (readonly string[])[] {
  return callsOf(result.read.get(callsFile) ?? null)
}

/** A JavaScript program for Node that answers 200 on a port of an address, for `background`. */
export function answeringServer(address: string, port: number, body = '{}'): string {
  const answer = `(q, r) => { r.setHeader('content-type', 'application/json'); r.end(${JSON.stringify(body)}) }`
  return `require('node:http').createServer(${answer}).listen(${port}, ${JSON.stringify(address)})`
}
