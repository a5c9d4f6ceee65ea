import type { IncomingMessage } from 'node:http'
import { type Extent, findIntact, partOf, streamExtent } from '../store/extent.ts'
import type { Manifest } from '../store/manifest.ts'
import { type ErrorCode, type Exchange, sendError } from './exchange.ts'

// Input: a digest and the conditions of a request. Output: the bytes of an intact copy.

/** The status of the answer, and the requested bytes, `end` exclusive; 416 if the content lacks them. */
type Part = readonly [status: 200 | 206 | 304 | 416, start: number, end: number]

/** Answers with the first intact copy of the content, or with `code`; the log names the requested name. */
export async function sendContent(
  exchange: Exchange,
  { digest, mediaType }: Pick<Manifest, 'digest' | 'mediaType'>,
  name: string,
  code: ErrorCode,
): Promise<void> {
  const { response, store } = exchange
  const copies = store.blobs.get(digest) ?? []
  try {
    await sendCopy(exchange, await findIntact(copies, digest, true), digest, mediaType)
  } catch (error) {
    const { message } = error as Error
    exchange.reportMiss(name, message, copies.length > 0)
    // The client sees that a started answer is incomplete only if the connection breaks.
    if (response.headersSent) response.destroy()
    else {
      // Clients get no paths of folders. An error such as EMFILE or EIO may pass.
      const text = message.replace(/\/[^:']*\//g, '')
      sendError(exchange, code, text, /: E(?!NOENT)/.test(text) ? 503 : 404)
    }
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
  const [status, start, end] = parseConditions(request, ETag, size)
  if (status === 416) {
    const headers = { 'Content-Range': `bytes */${size}` }
    return sendError(exchange, 'SIZE_INVALID', `the size is ${size}`, 416, headers)
  }
  let remaining = end - start
  const headers = {
    'Content-Type': mediaType,
    'Content-Length': remaining,
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag,
    ...(status === 206 && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  }
  if (status === 304 || request.method === 'HEAD') {
    response.writeHead(status, headers).end()
    return
  }
  // After a disconnect, write callbacks may never run; 'close' must end the wait too.
  let stopWaiting = () => {}
  response.once('close', () => stopWaiting())
  let written: Promise<void> | undefined
  for await (const chunk of streamExtent(partOf(copy, start, remaining))) {
    remaining -= chunk.length
    // Without its last chunk, the client cannot take damaged content for the whole.
    if (remaining === 0) await findIntact([copy], digest)
    if (!response.headersSent) response.writeHead(status, headers)
    await written
    // Leaving the loop closes the file.
    if (response.destroyed) break
    written = new Promise<void>(resolve => {
      stopWaiting = resolve
      response.write(chunk, () => resolve())
    })
  }
  await written
  response.end()
}

/** Reads a single range; several ranges and invalid ranges mean the whole content (RFC 9110, 14.2). */
function parseConditions({ method, headers }: IncomingMessage, ETag: string, size: number): Part {
  const { range = '', 'if-range': condition = ETag, 'if-none-match': cached = '' } = headers
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (cached === '*' || cached.includes(ETag)) return [304, 0, size]
  if (method !== 'GET' || condition !== ETag || first + last === '') return [200, 0, size]
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start < end) return [206, start, end]
  return [end === size ? 416 : 200, 0, size]
}
