/**
 * A network of its own without a way out, and the processes that live in it. They also have mounts
 * and process numbers of their own, so that all of them are gone with the first one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { iproute2, type Judge, type Ran, root, runs, toolPath } from './judge.ts'

/** Flags of unshare: mounts and process numbers too, so that all is gone with the first process. */
export const ownNamespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Networks of a test's own: root, iproute2, and a kernel that lets us. */
export const networks: Judge = {
  name: 'networks of our own',
  promised: true,
  missing() {
    const tools = root.missing() ?? iproute2.missing()
    if (tools !== null) return tools
    const { code, stderr } = runs(['unshare', ...ownNamespaces, 'ip', 'link', 'set', 'lo', 'up'])
    return code === 0 ? null : stderr.trim()
  },
}

/** A network namespace with its loopback up, and a folder that lives as long. */
export interface Network {
  /** The process that keeps it, as this machine counts. */
  readonly pid: number
  /** A temporary folder for what belongs to this network. */
  readonly folder: string
  /** Runs a command inside to its end. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** Starts a command inside that runs until it is stopped, or until the network is closed. */
  start(argv: readonly string[], options?: RunOptions): Started
  /** Ends every process inside, unmounts and removes everything. */
  close(): Promise<void>
}

/** How a command is run. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number
}

/** A command that runs beside the test. */
export interface Started {
  readonly child: ChildProcess
  /** What it has printed so far, both streams. */
  said(): string
  /** The exit code once it ended, null after a signal. */
  readonly ended: Promise<number | null>
  /** Sends a signal (SIGTERM by default) and gives the exit code, or null after a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Makes a network; further addresses of its loopback are given as 192.168.1.10/32. */
export async function openNetwork(addresses: readonly string[] = []): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-network-'))
  const resolv = join(folder, 'resolv.conf')
  // Names are asked of nobody: the port is closed, so that a look-up fails at once.
  writeFileSync(resolv, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n')
  const lines = [
    'set -e',
    'ip link set lo up',
    ...addresses.map(address => `ip address add ${address} dev lo`),
    `mount --bind ${resolv} /etc/resolv.conf`,
    'echo ready',
    // It ends with the test's process, whatever happens to that.
    'exec cat >/dev/null',
  ]
  const keeper = spawn('unshare', [...ownNamespaces, 'sh', '-c', lines.join('\n')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: toolEnv(),
  })
  const gone = once(keeper, 'close')
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
      await gone
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

async function ready(keeper: ChildProcess): Promise<number> {
  let said = ''
  keeper.stderr?.on('data', (data: Buffer) => {
    said += data.toString()
  })
  await new Promise<void>((resolve, reject) => {
    keeper.stdout?.once('data', () => resolve())
    keeper.once('close', () => reject(new Error(`no network: ${said}`)))
    keeper.once('error', reject)
  })
  return childOf(keeper.pid as number)
}

/** The first child of a process, as this machine counts. */
export function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const [first] = children.trim().split(' ')
  if (!first) throw new Error(`process ${pid} has no child`)
  return Number(first)
}

/** The end of a command and what it printed. */
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
  let said = ''
  const hear = (data: Buffer) => {
    said += data.toString()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  child.stdin?.on('error', () => {})
  child.stdin?.end()
  const ended = new Promise<number | null>(resolve => {
    child.once('close', resolve)
    child.once('error', () => resolve(127))
  })
  return {
    child,
    ended,
    said: () => said,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null) signalBelow(child, signal)
      return ended
    },
  }
}

// nsenter -p forks: the command is its child, and a signal to nsenter would not reach it.
function signalBelow(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(childOf(child.pid as number), signal)
  } catch {
    child.kill(signal)
  }
}

/** Asks again and again until the answer is yes; throws with what is waited for after the deadline. */
export async function until(
  what: string,
  ask: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await ask())) {
    if (performance.now() > deadline)
      throw new Error(`waited ${milliseconds} ms in vain for ${what}`)
    await pause(30)
  }
}
