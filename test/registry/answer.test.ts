import { expect, test } from 'vitest'
import { hostOf } from '../../src/registry/names.ts'
import { answer } from '../../src/registry/server/answer.ts'
import { type Exchange, splitTarget } from '../../src/registry/server/exchange.ts'
import { memoryExtent } from '../../src/registry/store/extent.ts'
import type { Manifest } from '../../src/registry/store/manifest.ts'
import { sortedKeys } from '../../src/registry/store/store.ts'
import { digestOf } from './lib/image.ts'

/** opencontainers/distribution-spec, spec.md at v1.1.1, section "Error Codes". */
const codesOfSpecification = [
  ...['BLOB_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID'],
  ...['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_INVALID', 'MANIFEST_UNKNOWN', 'NAME_INVALID'],
  ...['NAME_UNKNOWN', 'SIZE_INVALID', 'UNAUTHORIZED', 'DENIED', 'UNSUPPORTED', 'TOOMANYREQUESTS'],
]

const digest = digestOf(Buffer.from('{}'))
const mediaType = 'application/vnd.oci.image.manifest.v1+json'
const manifest = { digest, mediaType, size: 2, blobs: [], children: [] } as unknown as Manifest
const content = memoryExtent({})

/** The answer for a path, from a store with the image `name:1` for each of these names. */
async function answerTo(path: string, ...names: readonly string[]) {
  const sent = { status: 0, headers: {} as Record<string, unknown>, body: '' }
  const response = {
    headersSent: false,
    destroyed: false,
    once: () => response,
    writeHead(status: number, headers: Record<string, unknown>) {
      Object.assign(sent, { status, headers })
      return response
    },
    write(chunk: Buffer, done: () => void) {
      sent.body += chunk
      done()
    },
    end(chunk: Buffer | '' = '') {
      sent.body += chunk
    },
  }
  const missed: string[] = []
  const [target, query] = splitTarget(path)
  const exchange = {
    request: { method: 'GET', url: path, headers: {}, socket: {} },
    response,
    query,
    store: {
      blobs: new Map([[digest, [content]]]),
      manifests: new Map([[digest, manifest]]),
      repositories: new Map(names.map(name => [name, new Map([['1', manifest]])])),
      hosts: new Set(names.map(hostOf)),
      catalog: sortedKeys(names),
    },
    reportMiss: (name: string, problem: string) => missed.push(`${name} ${problem}`),
  } as unknown as Exchange
  await answer(exchange, target)
  return { ...sent, missed }
}

test('the end of the path decides, because a name may contain the keywords', async () => {
  const name = 'a/blobs/manifests/tags'
  const found = await answerTo(`/v2/${name}/manifests/1`, name)
  expect(found).toMatchObject({ status: 200, body: '{}', headers: { 'Content-Type': mediaType } })
  const tags = await answerTo('/v2/a/manifests/tags/list', 'a/manifests')
  expect(tags).toMatchObject({ status: 200, body: '{"name":"a/manifests","tags":["1"]}' })
  const blob = await answerTo(`/v2/x/blobs/${digest}`)
  expect(blob.headers['Content-Type']).toBe('application/octet-stream')
  const referrers = await answerTo(`/v2/x/referrers/${digest}`)
  expect(JSON.parse(referrers.body)).toMatchObject({ manifests: [] })
})

test.each([
  ['/', 404, 'NAME_UNKNOWN', 'not in the bundle'],
  ['//v2/x/manifests/1', 404, 'NAME_UNKNOWN', 'not in the bundle'],
  ['/v2/constructor', 404, 'NAME_UNKNOWN', 'not in the bundle'],
  ['/v2/x/tags/list', 404, 'NAME_UNKNOWN', 'not in the bundle'],
  ['/v2//x/manifests/1', 404, 'NAME_INVALID', 'invalid name'],
  ['/v2/x/../../etc/passwd/manifests/1', 404, 'NAME_INVALID', 'invalid name'],
  ['/v2/%2e%2e/x/manifests/1', 404, 'NAME_INVALID', 'invalid name'],
  ['/v2/FOO/manifests/1', 404, 'NAME_INVALID', 'invalid name'],
  [`/v2/${'a/'.repeat(150)}a/manifests/1`, 404, 'NAME_INVALID', 'invalid name'],
  ['/v2/x/manifests/1', 404, 'MANIFEST_UNKNOWN', 'not in the bundle'],
  [`/v2/x/blobs/sha256:${'b'.repeat(64)}`, 404, 'BLOB_UNKNOWN', 'not in the bundle'],
  ['/v2/x/manifests/sha256:totallywrong', 400, 'DIGEST_INVALID', 'invalid digest'],
  [`/v2/x/blobs/${digest.toUpperCase()}`, 400, 'DIGEST_INVALID', 'invalid digest'],
  ['/v2/x/blobs/list', 400, 'DIGEST_INVALID', 'invalid digest'],
  ['/v2/_catalog?n=x', 400, 'UNSUPPORTED', 'n is no number'],
])('%s is %d %s', async (path, status, code, message) => {
  const sent = await answerTo(path)
  expect([sent.status, JSON.parse(sent.body)]).toEqual([status, { errors: [{ code, message }] }])
  expect(codesOfSpecification).toContain(code)
})

test.each([
  ['/v2', '{}'],
  ['/v2/', '{}'],
  ['/v2/_catalog', '{"repositories":["x"]}'],
])('%s is answered', async (path, body) => {
  expect(await answerTo(path, 'x')).toMatchObject({ status: 200, body })
})

test('a request target is split without URL', () => {
  expect(splitTarget('http://evil/v2/x?ns=a%3A1')[0]).toBe('/v2/x')
  expect(splitTarget('/v2/x/manifests/sha256%3Aab')[0]).toBe('/v2/x/manifests/sha256:ab')
  expect(splitTarget('//v2//x?ns=quay.io')[0]).toBe('//v2//x')
  expect(splitTarget('/v2/?ns=127.0.0.1%3A5001')[1].get('ns')).toBe('127.0.0.1:5001')
})
