import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Store } from '../store/store.ts'

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly store: Store
  /** Reports a requested name that is not sent; `problem` is that of its last copy, if it has one. */
  readonly reportMiss: (name: string, problem: string, hasCopy: boolean) => void
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

/** The error codes that a read-only registry sends: OCI distribution specification 1.1.1, "Error Codes". */
export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED'

/** Sends an error body of the distribution specification. */
export function sendError(
  exchange: Exchange,
  code: ErrorCode,
  message: string,
  status = 404,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = { errors: [{ code, message }] }
  send(exchange, body, { Allow: 'GET, HEAD', ...headers }, status)
}

/** Splits a request target by hand: URL would read `//v2` as a host and resolve `..`. */
export function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const [path = '', query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  // The colon is the only character of names and digests that clients escape.
  return [path.replace(/%3a/gi, ':'), new URLSearchParams(query)]
}
