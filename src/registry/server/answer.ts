import { candidates, digestForm } from '../names.ts'
import type { Manifest } from '../store/manifest.ts'
import { sendContent } from './content.ts'
import { type Exchange, send, sendError } from './exchange.ts'
import type { Route } from './routes.ts'

// Input: a route and the store. Output: the response of the distribution specification. Files and
// connections are not known here.

const indexType = 'application/vnd.oci.image.index.v1+json'

/** Answers a route of the distribution specification. */
export function answer(
  exchange: Exchange,
  route: Exclude<Route, { readonly kind: 'health' | 'metrics' }>,
): Promise<void> | void {
  switch (route.kind) {
    case 'base':
      return send(exchange, {})
    case 'catalog':
      return sendPage(exchange, 'repositories', exchange.store.repositories.keys(), {})
    case 'tags':
      return sendTags(exchange, route.name)
    case 'manifests':
      return sendManifest(exchange, route.name, route.reference)
    case 'blobs':
      return sendContent(exchange, {
        digest: route.reference,
        mediaType: 'application/octet-stream',
        name: `${route.name}@${route.reference}`,
        error: 'BLOB_UNKNOWN',
      })
    case 'referrers':
      return sendReferrers(exchange, route.reference)
    case 'error':
      return sendError(exchange, route.error, route.status)
  }
}

function sendTags(exchange: Exchange, name: string): void {
  const repositories = repositoriesFor(exchange, name)
  const tags = new Set(repositories.flatMap(repository => [...repository.keys()]))
  if (repositories.length === 0) sendError(exchange, 'NAME_UNKNOWN')
  else sendPage(exchange, 'tags', tags, { name })
}

function sendManifest(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { store, query } = exchange
  const manifest = digestForm.test(reference)
    ? store.manifests.get(reference)
    : repositoriesFor(exchange, name)
        .map(tags => tags.get(reference))
        .find(Boolean)
  const { digest, mediaType } = manifest ?? { digest: '', mediaType: '' }
  const upstream = query.get('ns')
  const fullName = `${upstream ? `${upstream}/` : ''}${name}:${reference}`
  return sendContent(exchange, { digest, mediaType, name: fullName, error: 'MANIFEST_UNKNOWN' })
}

function sendReferrers(exchange: Exchange, digest: string): void {
  const artifactType = exchange.query.get('artifactType')
  const manifests = [...exchange.store.manifests.values()]
    .filter(({ subject }) => subject === digest)
    .filter(manifest => !artifactType || manifest.artifactType === artifactType)
    .map(({ subject, blobs, children, ...descriptor }) => descriptor)
  const index = { schemaVersion: 2, mediaType: indexType, manifests }
  const filters = artifactType ? { 'OCI-Filters-Applied': 'artifactType' } : {}
  send(exchange, index, { 'Content-Type': indexType, ...filters })
}

/** The repositories that a name may mean, the best match first. */
function repositoriesFor(
  { store: { repositories }, query }: Exchange,
  name: string,
): readonly ReadonlyMap<string, Manifest>[] {
  const names = candidates(name, query.get('ns'), repositories.keys())
  return names.flatMap(candidate => repositories.get(candidate) ?? [])
}

function sendPage(
  exchange: Exchange,
  key: 'repositories' | 'tags',
  items: Iterable<string>,
  fields: object,
): void {
  const { query, request } = exchange
  const limit = query.get('n')
  if (limit !== null && !/^\d+$/.test(limit)) {
    sendError(exchange, 'UNSUPPORTED', 400)
    return
  }
  const last = sortKey(query.get('last') ?? '')
  const keys = [...items].map(sortKey).filter(itemKey => itemKey > last)
  const remaining = keys.sort().map(itemKey => itemKey.split(' ')[1] ?? '')
  const page = remaining.slice(0, limit === null ? remaining.length : Number(limit))
  const lastOfPage = page.at(-1)
  const headers: Record<string, string> = {}
  if (lastOfPage !== undefined && page.length < remaining.length) {
    query.set('last', lastOfPage)
    headers.Link = `<${request.url?.split('?')[0]}?${query}>; rel="next"`
  }
  send(exchange, { ...fields, [key]: page }, headers)
}

// The specification sorts tags without regard to case.
function sortKey(item: string): string {
  return `${item.toLowerCase()} ${item}`
}
