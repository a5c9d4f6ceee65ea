import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Store } from '../store/store.ts'
import { type ErrorCode, errorMessages } from './errors.ts'

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly store: Store
  /** Reports a requested name that is not sent, with the reason. */
  readonly reportMiss: (name: string, reason: string) => void
}

/** Sends a string as plain text, and an object as JSON. */
export function send(
  { response }: Exchange,
  content: object | string,
  headers: OutgoingHttpHeaders = {},
  status = 200,
): void {
  const isText = typeof content === 'string'
  const bytes = Buffer.from(isText ? content : JSON.stringify(content))
  const type = isText ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length, ...headers })
  response.end(bytes)
}

/** Sends an error body of the distribution specification. */
export function sendError(
  exchange: Exchange,
  code: ErrorCode,
  status = 404,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = { errors: [{ code, message: errorMessages[code] }] }
  send(exchange, body, { Allow: 'GET, HEAD', ...headers }, status)
}
