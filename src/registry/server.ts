import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { answer, type Exchange, refuse, send } from './answer.ts'
import type { Gate } from './auth.ts'
import { countMiss, type Metrics, printMetrics } from './metrics.ts'
import { parseRoute, splitTarget } from './routes.ts'
import type { Store } from './store/store.ts'

const maxConnections = 2048
const crowded = 1024
const maxPipelined = 32

/** Says a line: text for people, the fields for machines. */
export type Say = (text: string, level?: 'info', fields?: object) => void

/** What the server looks at anew for each request, so that SIGHUP can change it under way. */
export interface Served {
  readonly store: Store
  readonly gate: Gate | undefined
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

/** Makes the server; it answers from what `served` gives at that moment. */
export function makeServer(served: () => Served, say: Say): Server {
  const metrics: Metrics = { requests: new Map(), misses: new Map(), bytes: 0, seconds: 0 }
  const { tls } = served()
  const server = tls ? https.createServer(tls) : http.createServer()
  const loads = new Map<Socket, number>()
  server.maxConnections = maxConnections
  server.headersTimeout = 10_000
  // A client that takes nothing for so long makes room for others.
  server.timeout = 60_000
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    loads.set(socket, 0)
    socket.once('close', () => loads.delete(socket))
    if (loads.size < crowded) return
    // Idle connections are cheap to open: the oldest makes room, or they would keep others out.
    const [idle] = [...loads].find(([, load]) => !load) ?? []
    idle?.destroy()
  })
  server.on('request', (request, response) => {
    const { socket } = request
    const add = (more: number) => {
      const load = (loads.get(socket) ?? 0) + more
      if (!socket.destroyed) loads.set(socket, load)
      return load
    }
    if (add(1) > maxPipelined) socket.destroy()
    response.once('close', () => add(-1))
    respond(request, response, served(), metrics, say)
  })
  return server
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { store, gate }: Served,
  metrics: Metrics,
  say: Say,
): Promise<void> {
  const start = Date.now()
  const { method = '', url = '', headers, socket } = request
  const client = socket.remoteAddress
  const before = socket.bytesWritten
  const [path, query] = splitTarget(url)
  const miss = (name: string) => {
    if (countMiss(metrics, name)) say(`${name} is not in the bundle`)
  }
  const exchange: Exchange = { request, response, query, store, miss }
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0')
  request.resume()
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : 499
    const bytes = socket.bytesWritten - before
    const seconds = (Date.now() - start) / 1000
    metrics.requests.set(status, (metrics.requests.get(status) ?? 0) + 1)
    metrics.bytes += bytes
    metrics.seconds += seconds
    say('request', 'info', { client, method, url, status, bytes, seconds })
  })
  try {
    const route = parseRoute(method, path)
    const asText = { 'Content-Type': 'text/plain' }
    if (route.to === 'health') send(exchange, 'ok\n', asText)
    else if (gate && !gate(headers.authorization)) {
      refuse(exchange, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="registry"' })
    } else if (route.to === 'metrics') {
      send(exchange, printMetrics(metrics, store), asText)
    } else await answer(exchange, route)
  } catch (error) {
    // The status may be out already: a broken connection is then the only honest answer.
    say(`${url}: ${(error as Error).message}`)
    response.destroy()
  }
}
