import events from 'node:events'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import { answer } from './answer.ts'
import type { Authenticate } from './auth.ts'
import { type Exchange, send, sendError, splitTarget } from './exchange.ts'
import type { KeyPair } from './key-pair.ts'
import { type Counters, count, printMetrics } from './metrics.ts'

// Input: connections and requests. Output: responses, counters and log lines.

// A node opens a few dozen connections.
const maxConnectionsPerAddress = 256
const maxConnections = 1024
const maxPipelinedRequests = 32
const maxLoggedName = 512
const maxMisses = 2000
// Ends connections that transfer nothing. Checking the digest of a large blob may take minutes too.
const timeoutMilliseconds = 600_000

/** The content that requests are answered from; SIGHUP replaces it. */
export interface Served {
  readonly store: Store
  readonly authenticate: Authenticate | undefined
  readonly tls: KeyPair | undefined
}

interface Client {
  readonly socket: Socket
  pendingRequests: number
  lastResponse: Promise<void>
}

/** Open connections by local and remote address (under TLS the request's socket is another object). */
export type Clients = Map<string, Client>

/**
 * Makes the server; each request is answered from the content that `served` returns at that moment.
 * Until it returns content, connections are closed.
 */
export function makeServer(
  clients: Clients,
  tls: KeyPair | undefined,
  served: () => Served | undefined,
  log: Log,
): Server {
  const counters: Counters = new Map()
  const misses: Counters = new Map()
  const server = tls ? https.createServer(tls) : http.createServer()
  server.timeout = timeoutMilliseconds
  server.on('connection', (socket: Socket) => addClient(clients, socket))
  server.on('request', (request, response) => {
    const { socket } = request
    const client = clients.get(addressesOf(socket))
    const content = served()
    if (!client || !content || ++client.pendingRequests > maxPipelinedRequests)
      return socket.destroy()
    // One response after another: only the first response in a queue gets 'close' on a disconnect.
    client.lastResponse = client.lastResponse.then(async () => {
      if (!socket.destroyed) await respond(request, response, content)
      client.pendingRequests--
    })
  })
  return server

  async function respond(
    request: IncomingMessage,
    response: ServerResponse,
    content: Served,
  ): Promise<void> {
    const startTime = Date.now()
    const { method, url, socket } = request
    const client = socket.remoteAddress
    const bytesBefore = socket.bytesWritten
    const closed = events.once(response, 'close')
    // The body is read and dropped, so that the next request on the connection can be read.
    request.resume()
    try {
      await dispatch(request, response, content)
    } catch (error) {
      // The status may be sent already: the client sees the failure only if the connection breaks.
      log('warn', `${url}: ${(error as Error).message}`)
      response.destroy()
    }
    await closed
    const status = response.writableFinished ? response.statusCode : 499
    const bytes = socket.bytesWritten - bytesBefore
    const seconds = (Date.now() - startTime) / 1000
    count(counters, `requests_total{code="${status}"}`)
    count(counters, 'sent_bytes_total', bytes)
    count(counters, 'request_seconds_total', seconds)
    log('info', 'request', { client, method, url, status, bytes, seconds })
  }

  async function dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    { store, authenticate }: Served,
  ): Promise<void> {
    const { method, url = '', headers, socket } = request
    const [path, query] = splitTarget(url)
    const exchange: Exchange = { request, response, query, store, reportMiss }
    if (request.headersDistinct.host?.[1])
      return sendError(exchange, 'UNSUPPORTED', 'two hosts', 400)
    if (method !== 'GET' && method !== 'HEAD') {
      return sendError(exchange, 'UNSUPPORTED', 'read-only', 405)
    }
    if (path === '/healthz') return send(exchange, 'ok\n')
    if (authenticate && !(await authenticate(headers.authorization, socket))) {
      const challenge = { 'WWW-Authenticate': 'Basic realm="registry"' }
      return sendError(exchange, 'UNAUTHORIZED', 'no login', 401, challenge)
    }
    if (path === '/metrics') return send(exchange, printMetrics([...counters, ...misses], store))
    return answer(exchange, path)
  }

  function reportMiss(name: string, problem: string, hasCopy: boolean): void {
    const printable = name.replace(/[^\w.:@/[\]-]/g, '?').slice(0, maxLoggedName)
    // Clients choose the names: without a limit they could fill the memory.
    if (misses.size === maxMisses) misses.clear()
    const missed = count(misses, `misses_total{name="${printable}"}`)
    if (hasCopy) log('warn', `${printable} is not sent: ${problem}`)
    else if (missed === 1) log('warn', `${printable} is ${problem}`)
  }
}

function addClient(clients: Clients, socket: Socket): void {
  const key = addressesOf(socket)
  clients.set(key, { socket, pendingRequests: 0, lastResponse: Promise.resolve() })
  socket.once('close', () => {
    // A new connection may use the same port before the old one's 'close'.
    if (clients.get(key)?.socket === socket) clients.delete(key)
  })
  const all = [...clients.values()]
  const sameAddress = all.filter(client => client.socket.remoteAddress === socket.remoteAddress)
  const total = all.length > maxConnections ? all : []
  const crowd = sameAddress.length > maxConnectionsPerAddress ? sameAddress : total
  // Limit idle connections per client address and in total: close the oldest idle one. Delete it at
  // once: 'close' fires only after the next 'connection'.
  const idle = crowd.find(({ pendingRequests }) => pendingRequests === 0)
  if (!idle) return
  clients.delete(addressesOf(idle.socket))
  idle.socket.destroy()
}

function addressesOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`
}
