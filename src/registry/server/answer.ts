import { candidates, digestForm, repositoryForm } from '../names.ts'
import type { Manifest } from '../store/manifest.ts'
import { sortedKeys, sortKey } from '../store/store.ts'
import { sendContent } from './content.ts'
import { type Exchange, send, sendError } from './exchange.ts'

// Input: a path and the store. Output: the response of the distribution specification. Files and
// connections are not known here.

const indexType = 'application/vnd.oci.image.index.v1+json'
const maxNameLength = 255
// Matched from the end of the path: the name of a repository may contain `blobs` or `manifests`.
const pathForm = /^\/v2\/(.+)\/(?:tags\/list|(blobs|manifests|referrers)\/([^/]*))$/

/** Answers a GET or HEAD request. */
export function answer(exchange: Exchange, path: string): Promise<void> | void {
  if (/^\/v2\/?$/.test(path)) return send(exchange, {})
  if (path === '/v2/_catalog') {
    return sendPage(exchange, 'repositories', exchange.store.catalog, {})
  }
  const [, name = '', kind, reference = ''] = pathForm.exec(path) ?? []
  if (name === '') return sendError(exchange, 'NAME_UNKNOWN', 'not in the bundle')
  if (!repositoryForm.test(name) || name.length > maxNameLength) {
    return sendError(exchange, 'NAME_INVALID', 'invalid name')
  }
  if (kind === undefined) return sendTags(exchange, name)
  const isTag = kind === 'manifests' && !reference.includes(':')
  if (!isTag && !digestForm.test(reference)) {
    return sendError(exchange, 'DIGEST_INVALID', 'invalid digest', 400)
  }
  if (kind === 'manifests') return sendManifest(exchange, name, reference)
  if (kind === 'referrers') return sendReferrers(exchange, reference)
  const blob = { digest: reference, mediaType: 'application/octet-stream' }
  return sendContent(exchange, blob, `${name}@${reference}`, 'BLOB_UNKNOWN')
}

function sendTags(exchange: Exchange, name: string): void {
  const repositories = repositoriesFor(exchange, name)
  const tags = new Set(repositories.flatMap(repository => [...repository.keys()]))
  if (repositories.length === 0) sendError(exchange, 'NAME_UNKNOWN', 'not in the bundle')
  else sendPage(exchange, 'tags', sortedKeys(tags), { name })
}

function sendManifest(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { store, query } = exchange
  const tagged = repositoriesFor(exchange, name).flatMap(tags => tags.get(reference) ?? [])
  const manifest = store.manifests.get(reference) ?? tagged[0] ?? { digest: '', mediaType: '' }
  const upstream = query.get('ns')
  const fullName = `${upstream ? `${upstream}/` : ''}${name}:${reference}`
  return sendContent(exchange, manifest, fullName, 'MANIFEST_UNKNOWN')
}

function sendReferrers(exchange: Exchange, digest: string): void {
  const artifactType = exchange.query.get('artifactType')
  const manifests = [...exchange.store.manifests.values()]
    .filter(({ subject }) => subject === digest)
    .filter(manifest => !artifactType || manifest.artifactType === artifactType)
    .map(({ subject, blobs, children, ...descriptor }) => descriptor)
  const index = { schemaVersion: 2, mediaType: indexType, manifests }
  const filters = artifactType && { 'OCI-Filters-Applied': 'artifactType' }
  send(exchange, index, { 'Content-Type': indexType, ...filters })
}

/** The repositories that a name may mean, the best match first. */
function repositoriesFor(
  { store: { repositories, hosts }, query }: Exchange,
  name: string,
): readonly ReadonlyMap<string, Manifest>[] {
  const names = candidates(name, query.get('ns'), hosts)
  return names.flatMap(candidate => repositories.get(candidate) ?? [])
}

function sendPage(
  exchange: Exchange,
  key: 'repositories' | 'tags',
  keys: readonly string[],
  fields: object,
): void {
  const { query, request } = exchange
  const last = sortKey(query.get('last') ?? '')
  const remaining = keys.filter(itemKey => itemKey > last)
  const limit = query.get('n') ?? `${remaining.length}`
  if (!/^\d+$/.test(limit)) {
    sendError(exchange, 'UNSUPPORTED', 'n is no number', 400)
    return
  }
  const page = remaining.slice(0, Number(limit)).map(itemKey => itemKey.split(' ')[1] ?? '')
  const lastOfPage = page.at(-1)
  const headers: Record<string, string> = {}
  if (lastOfPage && page.length < remaining.length) {
    query.set('last', lastOfPage)
    headers.Link = `<${request.url?.split('?')[0]}?${query}>; rel="next"`
  }
  send(exchange, { ...fields, [key]: page }, headers)
}
