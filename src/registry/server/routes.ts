import { digestForm, repositoryForm } from '../names.ts'
import type { ErrorCode } from './errors.ts'

/** The endpoint of a request, determined by its method and path. */
export type Route =
  | { readonly kind: 'health' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'blobs'; readonly name: string; readonly reference: string }
  | { readonly kind: 'manifests'; readonly name: string; readonly reference: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly reference: string }
  | { readonly kind: 'error'; readonly error: ErrorCode; readonly status: number }

const fixedPaths: ReadonlyMap<string, Route> = new Map([
  ['/healthz', { kind: 'health' }],
  ['/metrics', { kind: 'metrics' }],
  ['/v2', { kind: 'base' }],
  ['/v2/', { kind: 'base' }],
  ['/v2/_catalog', { kind: 'catalog' }],
])

const maxNameLength = 255

// Matched from the end of the path: the name of a repository may contain `blobs` or `manifests`.
const tagsForm = /^\/v2\/(.+)\/tags\/list$/
const contentForm = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]*)$/

/** Reads method and path into a route. */
export function parseRoute(method: string, path: string): Route {
  if (method !== 'GET' && method !== 'HEAD') return errorRoute('UNSUPPORTED', 405)
  const fixed = fixedPaths.get(path)
  if (fixed) return fixed
  const [, name = '', kind, reference = ''] = contentForm.exec(path) ?? tagsForm.exec(path) ?? []
  if (name === '') return errorRoute('NAME_UNKNOWN', 404)
  if (!repositoryForm.test(name) || name.length > maxNameLength) {
    return errorRoute('NAME_INVALID', 404)
  }
  if (kind === undefined) return { kind: 'tags', name }
  const isDigest = kind !== 'manifests' || reference.includes(':')
  if (isDigest && !digestForm.test(reference)) return errorRoute('DIGEST_INVALID', 400)
  return { kind: kind as 'blobs' | 'manifests' | 'referrers', name, reference }
}

function errorRoute(error: ErrorCode, status: number): Route {
  return { kind: 'error', error, status }
}

/** Splits a request target by hand: URL would read `//v2` as a host and resolve `..`. */
export function splitTarget(target: string): readonly [path: string, query: URLSearchParams] {
  const [path = '', query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  // The colon is the only character of names and digests that clients escape.
  return [path.replace(/%3a/gi, ':'), new URLSearchParams(query)]
}
