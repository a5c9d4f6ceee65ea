import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { candidates, digestForm } from '../names.ts'
import { type Extent, isSound, streamExtent } from '../store/extent.ts'
import type { Store } from '../store/store.ts'
import type { ErrorCode } from './errors.ts'
import type { Route } from './routes.ts'

// What enters: a route and the store. What leaves: the answer's bytes. Nothing here knows a path.

const indexType = 'application/vnd.oci.image.index.v1+json'

/** One request on its way to its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly store: Store
  /** Says that a name was asked for in vain, or that what is there for it cannot be sent. */
  readonly miss: (name: string, damaged?: Extent) => void
}

/** Answers what the distribution specification knows. */
export function answer(
  exchange: Exchange,
  { to, wrong = 'NAME_UNKNOWN', name = '', ref = '', status }: Route,
): Promise<void> | void {
  const { store, query } = exchange
  const from = query.get('ns')
  const { repositories } = store
  // Only who asks by name needs the look through all names.
  const found = () =>
    candidates(name, from, repositories.keys()).flatMap(one => repositories.get(one) ?? [])
  switch (to) {
    case '/v2':
    case '/v2/':
      return send(exchange, {})
    case '/v2/_catalog':
      return sendPage(exchange, 'repositories', repositories.keys(), {})
    case 'tags': {
      const tagged = found()
      const tags = new Set(tagged.flatMap(repository => [...repository.keys()]))
      return tagged[0] ? sendPage(exchange, to, tags, { name }) : refuse(exchange, 'NAME_UNKNOWN')
    }
    case 'blobs':
      return sendContent(exchange, ref, `${name}@${ref}`)
    case 'manifests': {
      const manifest = digestForm.test(ref)
        ? store.manifests.get(ref)
        : found().flatMap(tags => tags.get(ref) ?? [])[0]
      const asked = `${from ? `${from}/` : ''}${name}:${ref}`
      return sendContent(exchange, manifest?.digest, asked, manifest?.mediaType ?? indexType)
    }
    case 'referrers': {
      const wanted = query.get('artifactType')
      const manifests = [...store.manifests.values()]
        .filter(one => one.subject === ref && (!wanted || one.artifactType === wanted))
        .map(({ subject, needs, children, ...descriptor }) => descriptor)
      const index = { schemaVersion: 2, mediaType: indexType, manifests }
      const filtered = wanted ? { 'OCI-Filters-Applied': 'artifactType' } : {}
      return send(exchange, index, { 'Content-Type': indexType, ...filtered })
    }
    default:
      return refuse(exchange, wrong, status)
  }
}

/** Sends one of the specification's errors. */
export function refuse(
  exchange: Exchange,
  code: ErrorCode,
  status = 404,
  headers?: OutgoingHttpHeaders,
): void {
  send(exchange, { errors: [{ code }] }, { Allow: 'GET, HEAD', ...headers }, status)
}

/** Sends a text, or anything else as JSON, whole or only its headers. */
export function send(
  { response }: Exchange,
  content: object | string,
  headers?: OutgoingHttpHeaders,
  status = 200,
): void {
  const isText = typeof content === 'string'
  const bytes = Buffer.from(isText ? content : JSON.stringify(content))
  const type = isText ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length, ...headers })
  response.end(bytes)
}

function sendPage(exchange: Exchange, key: string, items: Iterable<string>, more: object): void {
  const { query, request } = exchange
  const last = orderOf(query.get('last') ?? '')
  const later = [...items].map(orderOf).filter(order => order > last)
  const rest = later.sort().map(order => order.split(' ')[1])
  const n = query.get('n') ?? `${rest.length}`
  const page = rest.slice(0, Number(n))
  const end = page.at(-1)
  query.set('last', `${end}`)
  const link = `<${request.url?.split('?')[0]}?${query}>; rel="next"`
  if (!/^\d+$/.test(n)) refuse(exchange, 'UNSUPPORTED', 400)
  else send(exchange, { ...more, [key]: page }, end && end !== rest.at(-1) ? { Link: link } : {})
}

// The specification's order takes no notice of case.
function orderOf(item: string): string {
  return `${item.toLowerCase()} ${item}`
}

async function sendContent(
  exchange: Exchange,
  digest = '',
  asked: string,
  type?: string,
): Promise<void> {
  const { request, response, store, miss } = exchange
  const ETag = `"${digest}"`
  const copies = store.blobs.get(digest) ?? []
  for (const extent of copies) {
    const { at, size } = extent
    if (!(await isSound(extent, digest))) continue
    const known = request.headers['if-none-match'] ?? ''
    if (known === '*' || known.includes(ETag)) {
      return void response.writeHead(304, { ETag }).end()
    }
    const range = rangeOf(request, ETag, size)
    const [from, to] = range ?? [0, size]
    if (range && from >= to) {
      return refuse(exchange, 'SIZE_INVALID', 416, { 'Content-Range': `bytes */${size}` })
    }
    // A file that changed is as if it had never been, until the bundles are read again.
    let pieces: ReturnType<typeof streamExtent>
    try {
      pieces = streamExtent({ ...extent, at: at + from, size: to - from })
    } catch {
      continue
    }
    response.writeHead(range ? 206 : 200, {
      'Content-Type': type ?? 'application/octet-stream',
      'Content-Length': to - from,
      'Docker-Content-Digest': digest,
      ETag,
      ...(range && { 'Content-Range': `bytes ${from}-${to - 1}/${size}` }),
    })
    // What is written to a client that has left is never said to be done.
    let wake = () => {}
    let sent: Promise<void> | undefined
    response.once('close', () => wake())
    try {
      for await (const piece of pieces) {
        if (request.method === 'HEAD' || response.destroyed) break
        await sent
        sent = new Promise<void>(done => {
          wake = done
          response.write(piece, () => done())
        })
      }
    } catch (error) {
      // It was sound, and is not now: the next one who asks gets another copy, or a 404.
      extent.sound = undefined
      throw error
    }
    await sent
    return void response.end()
  }
  miss(asked, copies[0])
  refuse(exchange, type ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN')
}

// The bytes asked for, as [from, to); what is no single range is answered with the whole.
function rangeOf(
  { method, headers }: IncomingMessage,
  ETag: string,
  size: number,
): readonly [number, number] | undefined {
  const { range = '', 'if-range': condition = ETag } = headers
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  const from = Number(first || Math.max(size - Number(last), 0))
  const to = first && last ? Math.min(Number(last) + 1, size) : size
  const isRange = (first || last) && (from < to || to === size)
  return isRange && method === 'GET' && condition === ETag ? [from, to] : undefined
}
