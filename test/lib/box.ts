/**
 * Throw-away machines for the judges: a root in memory with the machine's /usr below it, in
 * namespaces of its own. What comes back is what happened and what was left; nothing else remains.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Judge } from './judge.ts'
import { runs } from './judge.ts'

/** Something to lay down in a box before anything runs. */
export type Laid =
  | ({
      readonly kind?: 'file'
      readonly path: string
      readonly content: string | Uint8Array
    } & Access)
  | ({ readonly kind: 'directory'; readonly path: string } & Access)
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

interface Access {
  readonly mode?: number
  /** `user:group` by the box's own names; root:root by default. */
  readonly owner?: string
}

/** A path that a box holds, with all that a Tree compares. */
export type Left =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: number
      readonly owner: string
      readonly content: Uint8Array
    }
  | {
      readonly kind: 'directory' | 'other'
      readonly path: string
      readonly mode: number
      readonly owner: string
    }
  | {
      readonly kind: 'link'
      readonly path: string
      readonly mode: number
      readonly owner: string
      readonly target: string
    }

/** One command in a box. */
export interface BoxStep {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Seconds until it is killed; 60 by default. */
  readonly timeout?: number
  /** No later step runs when this one fails. */
  readonly must?: boolean
  /** cloud-init's main() on modules imported before; only in a pool with `cloudInit`. */
  readonly preloaded?: boolean
}

/** What a box is made of and what happens in it, in order. */
export interface BoxRequest {
  readonly lay?: readonly Laid[]
  /** Programs and folders of this machine, read-only at another place. */
  readonly binds?: readonly { readonly from: string; readonly to: string }[]
  /** Paths below /usr that must not be there. */
  readonly mask?: readonly string[]
  /** Addresses of the loopback, such as 192.168.1.10/32. */
  readonly addresses?: readonly string[]
  /** A network namespace to enter in place of an own one: a path such as /run/netns/NAME. */
  readonly network?: string
  readonly env?: Readonly<Record<string, string>>
  /** Commands that run beside the steps and end with the box. */
  readonly beside?: readonly (readonly string[])[]
  readonly steps: readonly BoxStep[]
  /** Files whose bytes are wanted whether they changed or not. */
  readonly read?: readonly string[]
  /** The root that is watched and whose passwd names the owners; `/` by default. */
  readonly tree?: string
}

/** What one command did, and the box as it was afterwards. */
export interface BoxResult {
  readonly code: number
  readonly timedOut: boolean
  readonly seconds: number
  readonly stdout: string
  readonly stderr: string
  /** What is new or changed since everything was laid down, by path. */
  readonly entries: readonly Left[]
  /** Directories that were laid down or are part of the box and did not change. */
  readonly kept: readonly Left[]
  /** Paths that this step itself made, changed or removed. */
  readonly touched: readonly string[]
  readonly read: ReadonlyMap<string, Uint8Array | null>
  readonly accounts: readonly Account[]
}

/** A line of the box's passwd. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly home: string
  readonly shell: string
}

/** The Python of Debian: the one in PATH may be another without the modules of cloud-init. */
export const python = '/usr/bin/python3'

const program = fileURLToPath(new URL('./box.py', import.meta.url))

/** Whether boxes can be made here: root, namespaces, overlay on /usr. */
export const boxes: Judge = {
  name: 'boxes (root, namespaces, overlayfs, python3)',
  promised: true,
  missing() {
    if (!existsSync(python)) return `${python} is not there`
    const request = JSON.stringify({ steps: [{ argv: ['true'] }] })
    const tried = runs([python, program], `${request}\n`)
    if (tried.code !== 0) return lastLine(tried.stderr)
    const { error } = JSON.parse(tried.stdout) as { error?: string }
    return error === undefined ? null : lastLine(error)
  },
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? 'no reason given'
}

/** Runs one box from start to end. */
export async function runBox(request: BoxRequest): Promise<readonly BoxResult[]> {
  const pool = openPool({ size: 1 })
  try {
    return await pool.run(request)
  } finally {
    pool.close()
  }
}

/** Workers that make one box after another without starting Python again. */
export interface Pool {
  run(request: BoxRequest): Promise<readonly BoxResult[]>
  close(): void
}

/** Opens a pool; with `cloudInit` its workers have cloud-init's modules imported. */
export function openPool(options: { readonly size: number; readonly cloudInit?: boolean }): Pool {
  const workers = Array.from({ length: options.size }, () =>
    startWorker(options.cloudInit === true),
  )
  const idle = [...workers]
  const waiting: ((worker: Worker) => void)[] = []
  const take = () =>
    new Promise<Worker>(resolve => {
      const worker = idle.pop()
      if (worker === undefined) waiting.push(resolve)
      else resolve(worker)
    })
  const give = (worker: Worker) => {
    const next = waiting.shift()
    if (next === undefined) idle.push(worker)
    else next(worker)
  }
  return {
    async run(request) {
      const worker = await take()
      try {
        return resultsOf(await worker.ask(JSON.stringify(wireOf(request))))
      } finally {
        give(worker)
      }
    },
    close() {
      for (const worker of workers) worker.child.kill('SIGKILL')
    },
  }
}

interface Worker {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  ask(line: string): Promise<string>
}

function startWorker(cloudInit: boolean): Worker {
  const child = spawn(python, cloudInit ? [program, '--preload'] : [program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  let parts: Buffer[] = []
  let said = ''
  let settle: { resolve(line: string): void; reject(trouble: Error): void } | undefined
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  child.stdin.on('error', () => {})
  child.stdout.on('data', (data: Buffer) => {
    parts.push(data)
    if (data.at(-1) !== 10) return
    const line = Buffer.concat(parts).toString()
    parts = []
    settle?.resolve(line)
  })
  child.on('close', () => settle?.reject(new Error(`the box ended: ${said}`)))
  child.on('error', trouble => settle?.reject(trouble))
  return {
    child,
    ask: line =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        child.stdin.write(`${line}\n`)
      }),
  }
}

function wireOf(request: BoxRequest): object {
  return {
    ...request,
    lay: (request.lay ?? []).map(laid =>
      'content' in laid ? { ...laid, content: base64(laid.content) } : laid,
    ),
    steps: request.steps.map(step =>
      step.input === undefined ? step : { ...step, input: base64(step.input) },
    ),
  }
}

function base64(content: string | Uint8Array): string {
  return Buffer.from(content as Uint8Array).toString('base64')
}

interface WireResult extends Omit<BoxResult, 'entries' | 'read'> {
  readonly entries: readonly Wire[]
  readonly read: Readonly<Record<string, string | null>>
}
type Wire = { readonly kind: string; readonly content?: string }

function resultsOf(line: string): readonly BoxResult[] {
  const reply = JSON.parse(line) as { error?: string; steps?: readonly WireResult[] }
  if (reply.steps === undefined) throw new Error(`the box failed: ${reply.error}`)
  return reply.steps.map(step => ({
    ...step,
    stdout: Buffer.from(step.stdout, 'base64').toString(),
    stderr: Buffer.from(step.stderr, 'base64').toString(),
    entries: step.entries.map(leftOf),
    read: new Map(Object.entries(step.read).map(([path, text]) => [path, bytesOf(text)])),
  }))
}

function leftOf(entry: Wire): Left {
  return (
    entry.kind === 'file' ? { ...entry, content: bytesOf(entry.content ?? '') } : entry
  ) as Left
}

function bytesOf(text: string): Uint8Array
function bytesOf(text: string | null): Uint8Array | null
function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : new Uint8Array(Buffer.from(text, 'base64'))
}
