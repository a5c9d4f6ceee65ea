import type { IncomingMessage } from 'node:http'
import { type Extent, findIntact, partOf, streamExtent } from '../store/extent.ts'
import type { Manifest } from '../store/manifest.ts'
import { type ErrorCode, type Exchange, sendError } from './exchange.ts'

// Input: a digest and the conditions of a request. Output: the bytes of an intact copy.

/** The requested bytes, `end` exclusive, and the status of the answer; 416 if the content lacks them. */
interface Range {
  readonly start: number
  readonly end: number
  readonly status: 200 | 206 | 416
}

/** Answers with the first intact copy of the content, or with `code`; the log names the requested name. */
export async function sendContent(
  exchange: Exchange,
  { digest, mediaType }: Pick<Manifest, 'digest' | 'mediaType'>,
  name: string,
  code: ErrorCode,
): Promise<void> {
  const copies = exchange.store.blobs.get(digest) ?? []
  try {
    await sendCopy(exchange, await findIntact(copies, digest), digest, mediaType)
  } catch (error) {
    // The client sees that a started answer is incomplete only if the connection breaks.
    if (exchange.response.headersSent) throw error
    const problem = (error as Error).message
    exchange.reportMiss(name, problem, copies.length > 0)
    // Clients get no paths of folders.
    sendError(exchange, code, problem.replace(/\/[^:']*\//g, ''))
  }
}

async function sendCopy(
  exchange: Exchange,
  copy: Extent,
  digest: string,
  mediaType: string,
): Promise<void> {
  const { request, response } = exchange
  const { size } = copy
  const ETag = `"${digest}"`
  if (isCached(request, ETag)) {
    response.writeHead(304, { ETag }).end()
    return
  }
  const { start, end, status } = parseRange(request, ETag, size)
  if (status === 416) {
    const headers = { 'Content-Range': `bytes */${size}` }
    return sendError(exchange, 'SIZE_INVALID', `the size is ${size}`, 416, headers)
  }
  const chunks = streamExtent(partOf(copy, start, end - start))
  response.writeHead(status, {
    'Content-Type': mediaType,
    'Content-Length': end - start,
    'Docker-Content-Digest': digest,
    ETag,
    ...(status === 206 && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  })
  await writeChunks(exchange, chunks)
}

async function writeChunks(
  { request, response }: Exchange,
  chunks: ReturnType<typeof streamExtent>,
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
  const whole: Range = { start: 0, end: size, status: 200 }
  if (method !== 'GET' || condition !== ETag || first + last === '') return whole
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start < end) return { start, end, status: 206 }
  return end === size ? { ...whole, status: 416 } : whole
}
