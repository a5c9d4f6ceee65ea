import type { ErrorCode } from './errors.ts'
import { digestForm, repositoryForm } from './names.ts'

/** What a request asks for, in words, before any bundle is looked at; or what is wrong with it. */
export interface Route {
  readonly to:
    | ErrorCode
    | '/healthz'
    | '/metrics'
    | '/v2'
    | '/v2/'
    | '/v2/_catalog'
    | 'blobs'
    | 'manifests'
    | 'referrers'
    | 'tags'
  readonly status?: number
  readonly name?: string
  readonly ref?: string
}

const fixedForm = /^\/(v2\/?|v2\/_catalog|healthz|metrics)$/
// Held at its end, so that a name may itself contain `blobs` or `manifests`.
const contentForm = /^\/v2\/(.+?)\/(?:(tags)\/list|(blobs|manifests|referrers)\/([^/]*))$/

/** Reads method and path into a route. */
export function parseRoute(method: string, path: string): Route {
  if (method !== 'GET' && method !== 'HEAD') return { to: 'UNSUPPORTED', status: 405 }
  const [, name = '', tags, kind, ref = ''] = contentForm.exec(path) ?? []
  const to = (tags ?? kind) as 'tags' | 'blobs' | 'manifests' | 'referrers' | undefined
  if (!to) return { to: fixedForm.test(path) ? (path as Route['to']) : 'NAME_UNKNOWN' }
  if (!repositoryForm.test(name) || name.length > 255) return { to: 'NAME_INVALID' }
  const isDigest = to === 'blobs' || to === 'referrers' || ref.includes(':')
  if (isDigest && !digestForm.test(ref)) return { to: 'DIGEST_INVALID', status: 400 }
  return { to, name, ref }
}

/** The halves of a request target, cut by hand: URL would take `//v2` as a host and resolve `..`. */
export function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const [path = '', query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  // A colon is the only character that clients escape and that a name or digest may hold.
  return [path.replace(/%3a/gi, ':'), new URLSearchParams(query)]
}
