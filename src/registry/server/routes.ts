import { digestForm, repositoryForm } from '../names.ts'
import type { ErrorCode } from './errors.ts'

/** What a request asks for, in words, before any bundle is looked at; or what is wrong with it. */
export interface Route {
  /** `tags`, `blobs`, `manifests` or `referrers`; of any other path, the path itself. */
  readonly to?: string
  readonly wrong?: ErrorCode
  readonly status?: number
  readonly name?: string
  readonly ref?: string
}

// Held at its end, so that a name may itself contain `blobs` or `manifests`.
const contentForm = /^\/v2\/(.+?)\/(?:(tags)\/list|(blobs|manifests|referrers)\/([^/]*))$/

/** Reads method and path into a route. */
export function parseRoute(method: string, path: string): Route {
  if (method !== 'GET' && method !== 'HEAD') return { wrong: 'UNSUPPORTED', status: 405 }
  const [, name = '', tags, kind, ref = ''] = contentForm.exec(path) ?? []
  const to = tags ?? kind
  if (!to) return { to: path }
  if (!repositoryForm.test(name) || name.length > 255) return { wrong: 'NAME_INVALID' }
  const isDigest = (kind && kind !== 'manifests') || ref.includes(':')
  if (isDigest && !digestForm.test(ref)) return { wrong: 'DIGEST_INVALID', status: 400 }
  return { to, name, ref }
}

/** The halves of a request target, cut by hand: URL would take `//v2` as a host and resolve `..`. */
export function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const [path = '', query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  // A colon is the only character that clients escape and that a name or digest may hold.
  return [path.replace(/%3a/gi, ':'), new URLSearchParams(query)]
}
