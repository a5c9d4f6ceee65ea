import events from 'node:events'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Extent } from '../store/extent.ts'
import type { Store } from '../store/store.ts'
import { answer, type Exchange, refuse, send } from './answer.ts'
import type { Gate } from './auth.ts'
import { type Counters, count, printMetrics } from './metrics.ts'
import { parseRoute, splitTarget } from './routes.ts'

// One site's node opens a few dozen.
const maxConnections = 256
const maxPipelined = 32
const maxName = 512

/** Says a line: text for people, the fields for machines. */
export type Say = (text: string, level?: 'info', fields?: object) => void

/** What the server looks at anew for each request, so that SIGHUP can change it under way. */
export interface Served {
  readonly store: Store
  readonly gate: Gate | undefined
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

/** A connection: how many requests of it wait, and the end of the last one. */
interface Client {
  readonly socket: Socket
  load: number
  turn: Promise<void>
}

/** Who is connected, by addresses and port: under TLS a request has another socket than its connection. */
export type Clients = Map<string, Client>

/** Makes the server; it answers from what `served` gives at that moment. */
export function makeServer(clients: Clients, served: () => Served, say: Say): Server {
  const counters: Counters = new Map()
  const { tls } = served()
  const server = tls ? https.createServer({ ...tls, handshakeTimeout: 9999 }) : http.createServer()
  // A client that takes nothing for so long is gone; to prove a large blob takes minutes, too.
  server.timeout = 600_000
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    clients.set(name, { socket, load: 0, turn: Promise.resolve() })
    socket.once('close', () => {
      // A client may use its port again before the end of the former connection is heard of.
      if (clients.get(name)?.socket === socket) clients.delete(name)
    })
    const own = [...clients].filter(([, one]) => one.socket.remoteAddress === socket.remoteAddress)
    // Connections are cheap to open: one client's idle ones may not keep others out, and a new one
    // may not end what is at work. Its own end comes too late for the next look.
    const [idle = name, client] = own.find(([, { load }]) => !load) ?? []
    if (own.length > maxConnections) {
      client?.socket.destroy()
      clients.delete(idle)
    }
  })
  server.on('request', (request, response) => {
    const { socket } = request
    const client = clients.get(nameOf(socket))
    if (!client || ++client.load > maxPipelined) return socket.destroy()
    // One after another: an answer that waits for its turn would not hear that the client left.
    client.turn = client.turn.then(async () => {
      if (!socket.destroyed) await respond(request, response)
      client.load--
    })
  })
  return server

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, gate } = served()
    const start = Date.now()
    const { method = '', url = '', headers, socket } = request
    const client = socket.remoteAddress
    const before = socket.bytesWritten
    const [path, query] = splitTarget(url)
    const miss = (name: string, damaged?: Extent) => {
      const known = name.replace(/[^\w.:@/[\]-]/g, '?').slice(0, maxName)
      const times = count(counters, `misses_total{name="${known}"}`)
      if (times === 1) say(`${known} is ${damaged ? 'damaged' : 'not in the bundle'}`)
    }
    const closed = events.once(response, 'close')
    const exchange: Exchange = { request, response, query, store, miss }
    request.resume()
    try {
      const route = parseRoute(method, path)
      if (route.to === '/healthz') send(exchange, 'ok\n')
      else if (gate && !(await gate(headers.authorization, () => socket.destroyed))) {
        refuse(exchange, 'UNAUTHORIZED', 401, { 'WWW-Authenticate': 'Basic realm="registry"' })
      } else if (route.to === '/metrics') send(exchange, printMetrics(counters, store))
      else await answer(exchange, route)
    } catch (error) {
      // The status may be out already: a broken connection is then the only honest answer.
      say(`${url}: ${(error as Error).message}`)
      response.destroy()
    }
    await closed
    const status = response.writableFinished ? response.statusCode : 499
    const bytes = socket.bytesWritten - before
    const seconds = (Date.now() - start) / 1000
    count(counters, `requests_total{code="${status}"}`)
    count(counters, 'sent_bytes_total', bytes)
    count(counters, 'request_seconds_total', seconds)
    say('request', 'info', { client, method, url, status, bytes, seconds })
  }
}

function nameOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`
}
