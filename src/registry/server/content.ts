import type { IncomingMessage } from 'node:http'
import { type Extent, matchesDigest, partOf, readExtent, streamExtent } from '../store/extent.ts'
import type { ErrorCode } from './errors.ts'
import { type Exchange, sendError } from './exchange.ts'

// Input: a digest and the conditions of a request. Output: the bytes of an intact copy.

/** The requested range of bytes; `end` is exclusive. */
type Range =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

/** The content that a request names. */
export interface WantedContent {
  /** The digest; empty if the name is unknown. */
  readonly digest: string
  readonly mediaType: string
  /** The requested name, for the log. */
  readonly name: string
  /** The answer if no intact copy exists. */
  readonly error: ErrorCode
}

/** Answers with the first intact copy of the content. */
export async function sendContent(exchange: Exchange, wanted: WantedContent): Promise<void> {
  const { request, response, store } = exchange
  const { digest, mediaType } = wanted
  const ETag = `"${digest}"`
  const copies = store.blobs.get(digest) ?? []
  for (const copy of copies) {
    if (!(await matchesDigest(copy, digest))) continue
    if (isCached(request, ETag)) {
      response.writeHead(304, { ETag }).end()
      return
    }
    const { size } = copy
    const range = parseRange(request, ETag, size)
    if (range.kind === 'unsatisfiable') {
      return sendError(exchange, 'SIZE_INVALID', 416, { 'Content-Range': `bytes */${size}` })
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
    return
  }
  exchange.reportMiss(wanted.name, reasonOf(copies[0]))
  sendError(exchange, wanted.error)
}

/** Why content is not sent: damaged means that the bytes were read and have another digest. */
function reasonOf(copy: Extent | undefined): string {
  if (!copy) return 'is not in the bundle'
  try {
    readExtent(copy, 1)
    return `is damaged in ${copy.path}`
  } catch (error) {
    return `is not sent: ${(error as Error).message}`
  }
}

/** Opens the file; undefined if it changed since it was indexed. It is then missing until a reload. */
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

/** Reads a single range; several ranges and invalid ranges mean the whole content (RFC 9110, 14.2). */
function parseRange({ method, headers }: IncomingMessage, ETag: string, size: number): Range {
  const { range = '', 'if-range': condition = ETag } = headers
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (method !== 'GET' || condition !== ETag || first + last === '') return { kind: 'whole' }
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start < end) return { kind: 'part', start, end }
  return end === size ? { kind: 'unsatisfiable' } : { kind: 'whole' }
}
