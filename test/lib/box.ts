/**
 * Throw-away machines for the judges: each has its own namespaces and a root in memory, with this
 * machine's /usr below it. The results of its commands and the changed files are returned.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Judge } from './judge.ts'
import { runs } from './judge.ts'

/** A file, directory or link that exists in a box before the first command. */
export type BoxEntry =
  | ({
      readonly kind?: 'file'
      readonly path: string
      readonly content: string | Uint8Array
    } & Access)
  | ({ readonly kind: 'directory'; readonly path: string } & Access)
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

interface Access {
  readonly mode?: number
  /** `user:group` by the names in the box; root:root by default. */
  readonly owner?: string
}

/** An entry that was found in a box, with everything that a Tree compares. */
export type FoundEntry =
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
  /** Seconds until the command is killed; 60 by default. */
  readonly timeout?: number
  /** After a failure of this step the later steps do not run. */
  readonly required?: boolean
  /** Calls cloud-init's main() with modules imported before; only in a pool with `cloudInit`. */
  readonly preloaded?: boolean
}

/** The contents of a box and the commands that run in it, in order. */
export interface BoxRequest {
  readonly setup?: readonly BoxEntry[]
  /** Programs and folders of this machine, mounted read-only at another path. */
  readonly binds?: readonly { readonly from: string; readonly to: string }[]
  /** Paths below /usr that are hidden. */
  readonly mask?: readonly string[]
  /** Addresses of the loopback, such as 192.168.1.10/32. */
  readonly addresses?: readonly string[]
  /** An existing network namespace to enter, such as /run/netns/NAME; otherwise a new one is made. */
  readonly network?: string
  readonly env?: Readonly<Record<string, string>>
  /** Commands that run at the same time as the steps and end with the box. */
  readonly background?: readonly (readonly string[])[]
  readonly steps: readonly BoxStep[]
  /** Files that are read after each step, changed or not. */
  readonly read?: readonly string[]
  /** The folder that is compared before and after; its passwd names the owners; `/` by default. */
  readonly tree?: string
}

/** The result of one command, and the state of the box after it. */
export interface BoxResult {
  readonly code: number
  readonly timedOut: boolean
  readonly seconds: number
  readonly stdout: string
  readonly stderr: string
  /** Entries that are new or changed since the setup, by path. */
  readonly entries: readonly FoundEntry[]
  /** Directories that did not change since the setup. */
  readonly unchangedDirectories: readonly FoundEntry[]
  /** Paths that this step created, changed or removed. */
  readonly changedPaths: readonly string[]
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

/** The Python of Debian: another Python in PATH may lack the modules of cloud-init. */
export const python = '/usr/bin/python3'

const program = fileURLToPath(new URL('./box.py', import.meta.url))

/** Boxes need root, namespaces, and an overlay on /usr. */
export const boxes: Judge = {
  name: 'boxes (root, namespaces, overlayfs, python3)',
  promised: true,
  missing() {
    if (!existsSync(python)) return `${python} does not exist`
    const request = JSON.stringify({ steps: [{ argv: ['true'] }] })
    const { code, stdout, stderr } = runs([python, program], `${request}\n`)
    if (code !== 0) return lastLine(stderr)
    const { error } = JSON.parse(stdout) as { error?: string }
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

/** Workers that run boxes one after another without a new start of Python. */
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
  const acquire = () =>
    new Promise<Worker>(resolve => {
      const worker = idle.pop()
      if (worker === undefined) waiting.push(resolve)
      else resolve(worker)
    })
  const release = (worker: Worker) => {
    const next = waiting.shift()
    if (next === undefined) idle.push(worker)
    else next(worker)
  }
  return {
    async run(request) {
      const worker = await acquire()
      try {
        return resultsOf(await worker.send(JSON.stringify(wireOf(request))))
      } finally {
        release(worker)
      }
    },
    close() {
      for (const worker of workers) worker.child.kill('SIGKILL')
    },
  }
}

interface Worker {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Sends one request line and gives the reply line. */
  send(line: string): Promise<string>
}

function startWorker(cloudInit: boolean): Worker {
  const child = spawn(python, cloudInit ? [program, '--preload'] : [program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  let parts: Buffer[] = []
  let log = ''
  let settle: { resolve(line: string): void; reject(error: Error): void } | undefined
  child.stderr.on('data', (data: Buffer) => {
    log += data.toString()
  })
  child.stdin.on('error', () => {})
  child.stdout.on('data', (data: Buffer) => {
    parts.push(data)
    if (data.at(-1) !== 10) return
    const line = Buffer.concat(parts).toString()
    parts = []
    settle?.resolve(line)
  })
  child.on('close', () => settle?.reject(new Error(`the box ended: ${log}`)))
  child.on('error', error => settle?.reject(error))
  return {
    child,
    send: line =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        child.stdin.write(`${line}\n`)
      }),
  }
}

function wireOf(request: BoxRequest): object {
  return {
    ...request,
    setup: (request.setup ?? []).map(entry =>
      'content' in entry ? { ...entry, content: base64(entry.content) } : entry,
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
    entries: step.entries.map(foundEntryOf),
    read: new Map(Object.entries(step.read).map(([path, text]) => [path, bytesOf(text)])),
  }))
}

function foundEntryOf(entry: Wire): FoundEntry {
  return (
    entry.kind === 'file' ? { ...entry, content: bytesOf(entry.content ?? '') } : entry
  ) as FoundEntry
}

function bytesOf(text: string): Uint8Array
function bytesOf(text: string | null): Uint8Array | null
function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : new Uint8Array(Buffer.from(text, 'base64'))
}
