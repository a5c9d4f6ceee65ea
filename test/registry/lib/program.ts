import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { bundle, root } from '../../../src/tools/assets.mjs'
import { type Ran, runs } from '../../lib/judge.ts'
import { until } from '../../lib/network.ts'

/** An empty folder that is removed after the tests of the file. */
export const tempFolder = mkdtempSync(join(tmpdir(), 'gen-node-registry-'))
afterAll(() => rmSync(tempFolder, { recursive: true, force: true }))

/** The program as it is embedded in user-data: bundled and minified. */
export const script = join(tempFolder, 'registry.mjs')
writeFileSync(script, await bundle(join(root, 'src/registry/main.ts')))

/** The Node that runs it; an older supported version by the environment variable. */
export const node = process.env.GEN_NODE_OLDEST_NODE ?? process.execPath

const payload = [node, script] as const

/** The command line, with the flags for terminals. */
export const genNodeRegistry = [
  process.execPath,
  join(root, 'dist/gen-node.cjs'),
  'registry',
] as const

type Environment = Readonly<Record<string, string>>

/** A registry that runs in a separate process. */
export interface Running {
  readonly port: number
  readonly process: ChildProcess
  readonly log: () => string
  readonly exit: Promise<number | null>
}

/** The exit code and the output of a registry that ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the program on a free port and waits until it serves. */
export function start(flags: readonly string[], env: Environment = {}): Promise<Running> {
  return startProgram(payload, flags, env)
}

/** Starts `gen-node registry` on a free port and waits until it serves. */
export function startAtTerminal(flags: readonly string[], env: Environment = {}): Promise<Running> {
  return startProgram(genNodeRegistry, flags, env)
}

/** Runs the program to its end. */
export function run(flags: readonly string[], env: Environment = {}): Promise<Ended> {
  return runProgram(payload, flags, env)
}

/** Runs `gen-node registry` to its end. */
export function runAtTerminal(flags: readonly string[], env: Environment = {}): Promise<Ended> {
  return runProgram(genNodeRegistry, flags, env)
}

async function startProgram(
  [command, ...before]: readonly [string, ...string[]],
  flags: readonly string[],
  env: Environment,
): Promise<Running> {
  const child = spawn(command, [...before, '-p', '0', '-H', '127.0.0.1', ...flags], {
    env: environmentWith(env),
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

function runProgram(
  [command, ...before]: readonly [string, ...string[]],
  flags: readonly string[],
  env: Environment,
): Promise<Ended> {
  const child = spawn(command, [...before, ...flags], { env: environmentWith(env) })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  return new Promise(done => child.once('close', code => done({ code, stdout, stderr })))
}

function environmentWith(env: Environment): Environment {
  return { PATH: process.env.PATH ?? '', STATE_DIRECTORY: join(tempFolder, 'state'), ...env }
}

/** Runs the program to its end as a user without rights to this user's files, as a service does. */
export function runAsNobody(flags: readonly string[]): Ran {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  // The user cannot read the folder of the script.
  return runs([...user, node, '--input-type=module', '-', ...flags], readFileSync(script, 'utf8'))
}

/** A port of 127.0.0.1 on which no program listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until the log of a registry contains a text. */
export function logs({ log }: Pick<Running, 'log'>, text: string): Promise<void> {
  return until(`the log contains: ${text}`, () => log().includes(text))
}

/** A response with its whole body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Sends a request; the path is sent as it is given. */
export function get(
  { port }: Pick<Running, 'port'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((done, fail) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, headers, method, agent: false })
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

/** Sends raw bytes and gives what is received until the connection is closed, or silent for 10 s. */
export function raw({ port }: Pick<Running, 'port'>, text: string | Buffer): Promise<string> {
  return new Promise(done => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('data', data => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(answer))
  })
}
