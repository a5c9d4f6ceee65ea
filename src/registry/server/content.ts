import type { IncomingMessage } from 'node:http'
import { type Extent, matchesDigest, partOf, streamExtent } from '../store/extent.ts'
import { type Exchange, sendError } from './exchange.ts'

// What enters: a digest and the conditions of a request. What leaves: the bytes of an intact copy.

/** The bytes that a Range header asks for: `end` is exclusive. */
type Range =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

/** Answers with the first intact copy of a digest; false, and no answer, if there is none. */
export async function sendContent(
  exchange: Exchange,
  digest: string,
  mediaType: string,
): Promise<boolean> {
  const { request, response, store } = exchange
  const ETag = `"${digest}"`
  for (const copy of store.blobs.get(digest) ?? []) {
    if (!(await matchesDigest(copy, digest))) continue
    if (isCached(request, ETag)) {
      response.writeHead(304, { ETag }).end()
      return true
    }
    const { size } = copy
    const range = parseRange(request, ETag, size)
    if (range.kind === 'unsatisfiable') {
      sendError(exchange, 'SIZE_INVALID', 416, { 'Content-Range': `bytes */${size}` })
      return true
    }
    const { start, end } = range.kind === 'part' ? range : { start: 0, end: size }
    const chunks = openChunks(partOf(copy, start, end - start))
    if (!chunks) continue
    response.writeHead(range.kind === 'part' ? 206 : 200, {
      'Content-Type': mediaType,
      'Content-Length': end - start,
      'Docker-Content-Digest': digest,
      ETag,
      ...(range.kind === 'part' && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    })
    try {
      await writeChunks(exchange, chunks)
    } catch (error) {
      // The file changed while it was sent: the next request must check it again.
      copy.digestMatches = undefined
      throw error
    }
    return true
  }
  return false
}

/** Opens the file; undefined if it changed since it was indexed: it is missing until a reload. */
function openChunks(extent: Extent): ReturnType<typeof streamExtent> | undefined {
  try {
    return streamExtent(extent)
  } catch {
    return undefined
  }
}

async function writeChunks(
  { request, response }: Exchange,
  chunks: NonNullable<ReturnType<typeof openChunks>>,
): Promise<void> {
  // After a disconnect, write callbacks may never run; 'close' must end the wait too.
  let stopWaiting = () => {}
  response.once('close', () => stopWaiting())
  let written: Promise<void> | undefined
  for await (const chunk of chunks) {
    // Leaving the loop closes the file.
    if (request.method === 'HEAD' || response.destroyed) break
    await written
    written = new Promise<void>(resolve => {
      stopWaiting = resolve
      response.write(chunk, () => resolve())
    })
  }
  await written
  response.end()
}

function isCached({ headers }: IncomingMessage, ETag: string): boolean {
  const cached = headers['if-none-match'] ?? ''
  return cached === '*' || cached.includes(ETag)
}

/** Reads a single range; the whole content answers several ranges and invalid ones (RFC 9110, 14.2). */
function parseRange({ method, headers }: IncomingMessage, ETag: string, size: number): Range {
  const { range = '', 'if-range': condition = ETag } = headers
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (method !== 'GET' || condition !== ETag || first + last === '') return { kind: 'whole' }
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start < end) return { kind: 'part', start, end }
  return end === size ? { kind: 'unsatisfiable' } : { kind: 'whole' }
}
