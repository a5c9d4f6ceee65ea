import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { bundle, root } from '../../../src/tools/assets.mjs'

/** An empty folder of this test file's own. */
export const room = mkdtempSync(join(tmpdir(), 'gen-node-registry-'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

/** The script as it is embedded: bundled and minified. */
export const script = join(room, 'registry.mjs')
writeFileSync(script, await bundle(join(root, 'src/registry/main.ts')))

/** The Node that runs it: another one, such as the oldest that is promised, by the environment. */
export const node = process.env.GEN_NODE_OLDEST_NODE ?? process.execPath

/** A registry that runs as a process of its own. */
export interface Running {
  readonly port: number
  readonly process: ChildProcess
  readonly log: () => string
  readonly exit: Promise<number | null>
}

/** What a registry that did not start left behind. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the real script on a free port and waits until it says where it listens. */
export async function start(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(node, [script, '-p', '0', '-H', '127.0.0.1', ...flags], {
    env: { PATH: process.env.PATH ?? '', STATE_DIRECTORY: join(room, 'state'), ...env },
  })
  let log = ''
  const exit = new Promise<number | null>(done => child.once('exit', done))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const port = await new Promise<number>((done, fail) => {
    child.stderr.on('data', (data: Buffer) => {
      log += data
      const [, found] = /serving \d+ repositories on [\d.]+:(\d+)/.exec(log) ?? []
      if (found) done(Number(found))
    })
    exit.then(code => fail(new Error(`ended with ${code}: ${log}`)))
  })
  return { port, process: child, log: () => log, exit }
}

/** Runs the script to its end. */
export function run(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(node, [script, ...flags], {
    env: { PATH: process.env.PATH, STATE_DIRECTORY: join(room, 'state'), ...env },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  return new Promise(done => child.once('close', code => done({ code, stdout, stderr })))
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Asks the registry; the path goes out as it is written. */
export function get(
  { port }: Pick<Running, 'port'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((done, fail) => {
    const request = ask({ port, host: '127.0.0.1', path, headers, method, agent: false })
    request.once('error', fail)
    request.once('response', response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.once('error', fail)
      response.once('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      )
    })
    request.end()
  })
}

/** Sends raw bytes and gives what comes back until the other side closes or is silent. */
export function raw({ port }: Pick<Running, 'port'>, text: string | Buffer): Promise<string> {
  return new Promise(done => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(1500, () => socket.destroy())
    socket.on('data', data => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(answer))
  })
}
