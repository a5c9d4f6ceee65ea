import child_process from 'node:child_process'
import events from 'node:events'
import fs from 'node:fs'
import type https from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Flags } from './flags.ts'
import { endWithError, type Log } from './log.ts'
import { readAuthFile } from './server/auth.ts'
import { readKeyPair } from './server/key-pair.ts'
import { type Clients, makeServer, type Served } from './server/server.ts'
import { readingRemedy } from './store/bundle.ts'
import type { ReadContext } from './store/bundle-reader.ts'
import type { Store } from './store/store.ts'

// Input: flags and signals. Output: a listening server, log lines and an exit code. HTTP paths and forms
// of bundles are not known here.

const drainMilliseconds = 30_000
const flushMilliseconds = 1000

/** Indexes the bundles; the command line adds its progress and its check of all digests. */
export type OpenStore = (paths: readonly string[], context: ReadContext) => Promise<Store>

/** Serves until SIGTERM or SIGINT and returns the exit code. */
export async function serveRegistry(flags: Flags, open: OpenStore, log: Log): Promise<number> {
  try {
    await serve(flags, open, log)
    return 0
  } catch (error) {
    return endWithError((error as Error).message, 1)
  }
}

/** Ends the process after the log is flushed, or is not read. A running hash would otherwise delay the exit. */
export function exitWhenFlushed(exitCode: number): void {
  const exit = () => process.exit(exitCode)
  process.stderr.write('', exit)
  setTimeout(exit, flushMilliseconds)
}

async function serve(flags: Flags, open: OpenStore, log: Log): Promise<void> {
  let served: Served | undefined
  const clients: Clients = new Map()
  const server = makeServer(clients, flags.tls && readKeyPair(flags.tls), () => served, log)
  // Indexing may take minutes: report a port in use before it.
  await listen(server, flags)
  // Another process may remove the same copy.
  const remove = (path: string) => fs.rmSync(path, { force: true })
  const first = load(flags, open, log, remove)
  let lastLoad: Promise<unknown> = first
  let isReloadPending = false
  process.on('SIGHUP', () => {
    // Any number of signals needs one more load.
    if (!isReloadPending) lastLoad = lastLoad.then(reload, () => {})
    isReloadPending = true
  })
  served = await first
  const stopped = new Promise<void>(stop => process.once('SIGTERM', stop).once('SIGINT', stop))
  const { port } = server.address() as AddressInfo
  log('info', `serving ${served.store.repositories.size} repositories on ${flags.host}:${port}`)
  if (process.env.NOTIFY_SOCKET) child_process.execFile('systemd-notify', ['--ready'])
  await stopped
  await drain(server, clients)

  async function reload() {
    isReloadPending = false
    try {
      const oldCopies: string[] = []
      const next = await load(flags, open, log, path => oldCopies.push(path))
      if (next.tls) (server as https.Server).setSecureContext(next.tls)
      served = next
      oldCopies.forEach(remove)
      log('info', 'reloaded')
    } catch (error) {
      log('warn', `reload failed: ${(error as Error).message}`)
    }
  }
}

async function load(
  flags: Flags,
  open: OpenStore,
  log: Log,
  removeCopy: (path: string) => void,
): Promise<Served> {
  const { authFile, bundlePaths } = flags
  const tls = flags.tls && readKeyPair(flags.tls)
  const authenticate = authFile ? readAuthFile(authFile) : undefined
  const context = { ...flags, log, removeCopy, progress: () => {} }
  const store = await open(bundlePaths, context)
  if (store.manifests.size === 0) throw new Error(`no image in ${bundlePaths}${readingRemedy}`)
  return { store, authenticate, tls }
}

async function listen(server: Server, { port, host }: Flags): Promise<void> {
  try {
    await events.once(server.listen(port, host), 'listening')
  } catch (error) {
    throw new Error(`${(error as Error).message}: check --host and --port, and ss -ltnp`)
  }
}

/** Accepts no new connections and waits for running requests, up to the time limit. */
async function drain(server: Server, clients: Clients): Promise<void> {
  const closed = events.once(server, 'close')
  server.close()
  for (const { pendingRequests, socket } of clients.values()) {
    if (pendingRequests === 0) socket.destroy()
  }
  setTimeout(exitWhenFlushed, drainMilliseconds, 0)
  await closed
}
