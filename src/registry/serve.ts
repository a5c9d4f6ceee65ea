import child from 'node:child_process'
import events from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { printImages } from './check.ts'
import { type Environment, type Flags, help, parseFlags } from './flags.ts'
import { parseAuthFile } from './server/auth.ts'
import { type Clients, makeServer, type Say, type Served } from './server/server.ts'
import { openStore } from './store/store.ts'

// The program: flags and signals in, a listening server out. What stops it is thrown anywhere and
// said here, in one line; nothing else ends the process.

const drainMilliseconds = 30_000

/** Runs the registry until it is told to stop, and gives the exit code. */
export async function serveRegistry(argv: readonly string[], env: Environment): Promise<number> {
  const flags = parseFlags(argv, env)
  // A log that nobody takes must not end the service.
  process.stderr.on('error', () => {})
  const stop = (text: string, code: number) => {
    console.error(`registry: ${text}`)
    return code
  }
  if (typeof flags === 'string') return stop(flags, 2)
  if (flags.get('help')) {
    process.stdout.write(help)
    return 0
  }
  try {
    return await serve(flags, env)
  } catch (error) {
    return stop((error as Error).message, 1)
  }
}

async function serve(flags: Flags, env: Environment): Promise<number> {
  let warnings = 0
  const say: Say = (text, level, fields = {}) => {
    warnings += level ? 0 : 1
    const line =
      flags.get('log') === 'json'
        ? JSON.stringify({ time: new Date(), level: level ?? 'warn', text, ...fields })
        : [level ? text : `warning: ${text}`, ...Object.values(fields)].join(' ')
    console.error(line.replace(/[^ -~]/g, '?'))
  }
  if (flags.get('background')) say('-d: use a systemd unit', 'info')
  const check = flags.get('check')
  const host = flags.get('host')
  const port = Number(flags.get('port'))
  const listen = (server: Server) => events.once(server.listen(port, host), 'listening')
  // Indexing may unpack for minutes; a port in use is known at once.
  if (!check) {
    const probe = http.createServer()
    await listen(probe)
    await close(probe)
  }
  // Whoever only looks leaves the copies alone; whoever starts needs their space.
  const first = load(flags, env, say, check ? () => {} : fs.rmSync)
  let turn: Promise<unknown> = first
  process.on('SIGHUP', () => {
    turn = turn.then(reload, () => {})
  })
  let served = await first
  if (check) {
    process.stdout.write(printImages(served.store))
    return Math.min(warnings, 1)
  }
  const clients: Clients = new Map()
  const server = makeServer(clients, () => served, say)
  await listen(server)
  const bound = server.address() as AddressInfo
  say(`serving ${served.store.repositories.size} repositories on ${host}:${bound.port}`, 'info')
  if (env.NOTIFY_SOCKET) child.execFile('systemd-notify', ['--ready'])
  await new Promise<void>(done => process.once('SIGTERM', done).once('SIGINT', done))
  const closed = close(server)
  const end = (load: number) => {
    for (const client of clients.values()) if (client.load <= load) client.socket.destroy()
  }
  end(0)
  setTimeout(end, drainMilliseconds, Number.POSITIVE_INFINITY).unref()
  await closed
  return 0

  async function reload() {
    try {
      const stale: string[] = []
      const next = await load(flags, env, say, path => stale.push(path))
      Object(server).setSecureContext?.(next.tls)
      served = next
      for (const path of stale) fs.rmSync(path, { force: true })
      say('everything is read again', 'info')
    } catch (error) {
      say(`nothing is changed: ${(error as Error).message}`)
    }
  }
}

// What close() gives back, Node 18 does not.
function close(server: Server): Promise<unknown> {
  const closed = events.once(server, 'close')
  server.close()
  return closed
}

async function load(
  flags: Flags,
  env: Environment,
  say: Say,
  drop: (path: string) => void,
): Promise<Served> {
  const read = (name: string) => {
    const path = flags.get(name)
    return path ? fs.readFileSync(path) : undefined
  }
  const [cert, key, users] = ['tls-cert', 'tls-key', 'auth-file'].map(read)
  const gate = users && parseAuthFile(`${users}`)
  const reading = {
    storage: flags.get('storage') ?? env.STATE_DIRECTORY ?? `${env.HOME ?? '.'}/.cache/gen-node`,
    verify: flags.get('verify'),
    cosignKey: flags.get('cosign-key'),
    say,
    drop,
  }
  const store = await openStore(flags.bundles, reading, !!flags.get('deep'))
  return { store, gate, tls: cert && key && { cert, key } }
}
