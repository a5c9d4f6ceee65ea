/**
 * A network namespace without a route to the outside, and its processes. They also have their own
 * mount and process namespaces, so that the kernel ends all of them with the first process.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { iproute2, type Judge, type Ran, root, runs, toolPath } from './judge.ts'

/** Flags of unshare for the network, mount and process namespaces. */
export const ownNamespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Networks of tests need root, iproute2 and a kernel that permits namespaces. */
export const networks: Judge = {
  name: 'network namespaces',
  promised: true,
  missing() {
    const tools = root.missing() ?? iproute2.missing()
    if (tools !== null) return tools
    const { code, stderr } = runs(['unshare', ...ownNamespaces, 'ip', 'link', 'set', 'lo', 'up'])
    return code === 0 ? null : stderr.trim()
  },
}

/** A network namespace with its loopback up, and a temporary folder. */
export interface Network {
  /** The process that holds the namespaces, as a process number of this machine. */
  readonly pid: number
  /** A temporary folder that is removed with the network. */
  readonly folder: string
  /** Runs a command inside to its end. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** Starts a command inside that runs until it is stopped, or until the network is closed. */
  start(argv: readonly string[], options?: RunOptions): Started
  /** Ends every process inside, unmounts and removes everything. */
  close(): Promise<void>
}

/** Options of a command. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number
}

/** A command that runs while the test continues. */
export interface Started {
  readonly child: ChildProcess
  /** The output so far, both streams. */
  output(): string
  /** The exit code after its end, null after a signal. */
  readonly ended: Promise<number | null>
  /** Sends a signal (SIGTERM by default) and gives the exit code, or null after a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Makes a network; `addresses` are further addresses of its loopback, such as 192.168.1.10/32. */
export async function openNetwork(addresses: readonly string[] = []): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-network-'))
  const resolv = join(folder, 'resolv.conf')
  // The port of this name server is closed, so that a look-up fails at once.
  writeFileSync(resolv, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n')
  const lines = [
    'set -e',
    'ip link set lo up',
    ...addresses.map(address => `ip address add ${address} dev lo`),
    `mount --bind ${resolv} /etc/resolv.conf`,
    'echo ready',
    // cat ends when the process of the test ends, for any reason.
    'exec cat >/dev/null',
  ]
  const keeper = spawn('unshare', [...ownNamespaces, 'sh', '-c', lines.join('\n')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: toolEnv(),
  })
  const closed = once(keeper, 'close')
  const pid = await ready(keeper)
  const enter = (argv: readonly string[], options: RunOptions) =>
    enterNamespaces(pid, ['-n', '-m', '-p', `-w${options.cwd ?? '/'}`], argv, options)
  return {
    pid,
    folder,
    run: (argv, options = {}) => ran(enter(argv, options), options),
    start: (argv, options = {}) => started(enter(argv, options)),
    async close() {
      keeper.kill('SIGKILL')
      await closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a command in namespaces of a process, chosen by the flags of nsenter. */
export function enterNamespaces(
  pid: number,
  flags: readonly string[],
  argv: readonly string[],
  options: RunOptions,
): ChildProcess {
  return spawn('nsenter', ['-t', String(pid), ...flags, '--', ...argv], {
    stdio: 'pipe',
    env: { ...toolEnv(), ...options.env },
  })
}

function toolEnv(): Record<string, string> {
  return { PATH: toolPath, HOME: '/root', LC_ALL: 'C.UTF-8' }
}

/** The process number of the shell inside, after its first output. */
async function ready(keeper: ChildProcess): Promise<number> {
  let log = ''
  keeper.stderr?.on('data', (data: Buffer) => {
    log += data.toString()
  })
  await new Promise<void>((resolve, reject) => {
    keeper.stdout?.once('data', () => resolve())
    keeper.once('close', () => reject(new Error(`no network: ${log}`)))
    keeper.once('error', reject)
  })
  return childOf(keeper.pid as number)
}

/** The first child of a process, as a process number of this machine. */
export function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const [first] = children.trim().split(' ')
  if (!first) throw new Error(`process ${pid} has no child`)
  return Number(first)
}

/** Waits for the end of a command and gives its exit code and output. */
export function ran(child: ChildProcess, options: RunOptions): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 60_000)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ code: code ?? 124, stdout, stderr })
    })
  })
}

function started(child: ChildProcess): Started {
  let log = ''
  const append = (data: Buffer) => {
    log += data.toString()
  }
  child.stdout?.on('data', append)
  child.stderr?.on('data', append)
  child.stdin?.on('error', () => {})
  child.stdin?.end()
  const ended = new Promise<number | null>(resolve => {
    child.once('close', resolve)
    child.once('error', () => resolve(127))
  })
  return {
    child,
    ended,
    output: () => log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null) signalBelow(child, signal)
      return ended
    },
  }
}

// nsenter -p forks: the command is its child, which a signal to nsenter does not reach.
function signalBelow(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(childOf(child.pid as number), signal)
  } catch {
    child.kill(signal)
  }
}

/** Waits until the condition is true; throws an error with `what` after the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`timeout after ${milliseconds} ms: ${what}`)
    await pause(30)
  }
}
