import child_process from 'node:child_process'
import events from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Flags } from './flags.ts'
import { endWithError, type Log } from './log.ts'
import { parseAuthFile } from './server/auth.ts'
import { type Clients, makeServer, type Served } from './server/server.ts'
import type { ReadContext } from './store/bundle-reader.ts'
import type { Store } from './store/store.ts'

// Input: flags and signals. Output: a listening server, log lines and an exit code. HTTP paths and forms
// of bundles are not known here.

const drainMilliseconds = 30_000

/** Indexes the bundles; the command line adds its progress and its check of all digests. */
export type OpenStore = (paths: readonly string[], context: ReadContext) => Promise<Store>

/** Serves until SIGTERM or SIGINT and returns the exit code. */
export async function serveRegistry(flags: Flags, open: OpenStore, log: Log): Promise<number> {
  // A closed stderr must not end the service.
  process.stderr.on('error', () => {})
  try {
    await serve(flags, open, log)
    return 0
  } catch (error) {
    return endWithError((error as Error).message, 1)
  }
}

/** Ends the process after the output is flushed. A running hash would otherwise delay the exit. */
export function exitWhenFlushed(exitCode: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
}

async function serve(flags: Flags, open: OpenStore, log: Log): Promise<void> {
  // Indexing may take minutes: report a port in use before it.
  const probe = http.createServer()
  await listen(probe, flags)
  await close(probe)

  const first = load(flags, open, log, fs.rmSync)
  let lastLoad: Promise<unknown> = first
  process.on('SIGHUP', () => {
    lastLoad = lastLoad.then(reload, () => {})
  })
  let served = await first
  if (served.store.manifests.size === 0) throw new Error(`no image in ${flags.bundlePaths}`)
  const clients: Clients = new Map()
  const server = makeServer(clients, () => served, log)
  await listen(server, flags)
  const { port } = server.address() as AddressInfo
  log('info', `serving ${served.store.repositories.size} repositories on ${flags.host}:${port}`)
  if (process.env.NOTIFY_SOCKET) child_process.execFile('systemd-notify', ['--ready'])
  await new Promise<void>(stop => process.once('SIGTERM', stop).once('SIGINT', stop))
  await drain(server, clients)

  async function reload() {
    try {
      const oldCopies: string[] = []
      const next = await load(flags, open, log, path => oldCopies.push(path))
      if (next.tls && server instanceof https.Server) server.setSecureContext(next.tls)
      served = next
      for (const path of oldCopies) fs.rmSync(path, { force: true })
      log('info', 'reloaded')
    } catch (error) {
      log('warn', `reload failed, nothing is changed: ${(error as Error).message}`)
    }
  }
}

async function load(
  flags: Flags,
  open: OpenStore,
  log: Log,
  removeCopy: (path: string) => void,
): Promise<Served> {
  const { authFile, tls } = flags
  const certificate = tls && {
    cert: fs.readFileSync(tls.certFile),
    key: fs.readFileSync(tls.keyFile),
  }
  const authenticate = authFile ? parseAuthFile(fs.readFileSync(authFile, 'utf8')) : undefined
  const context = { ...flags, log, removeCopy, progress: () => {} }
  const store = await open(flags.bundlePaths, context)
  return { store, authenticate, tls: certificate }
}

function listen(server: Server, { port, host }: Flags): Promise<unknown> {
  return events.once(server.listen(port, host), 'listening')
}

// close() takes a callback; it does not return a promise.
function close(server: Server): Promise<unknown> {
  const closed = events.once(server, 'close')
  server.close()
  return closed
}

/** Accepts no new connections and waits for running requests, up to the time limit. */
async function drain(server: Server, clients: Clients): Promise<void> {
  const closed = close(server)
  for (const { pendingRequests, socket } of clients.values()) {
    if (pendingRequests === 0) socket.destroy()
  }
  const destroyAll = () => {
    for (const { socket } of clients.values()) socket.destroy()
  }
  setTimeout(destroyAll, drainMilliseconds).unref()
  await closed
}
