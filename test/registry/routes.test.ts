import { expect, test } from 'vitest'
import { parseRoute, splitTarget } from '../../src/registry/server/routes.ts'

const digest = `sha256:${'a'.repeat(64)}`

test('the end of the path decides, because a name may contain the keywords', () => {
  expect(parseRoute('GET', '/v2/a/blobs/manifests/tags/manifests/1')).toEqual({
    kind: 'manifests',
    name: 'a/blobs/manifests/tags',
    reference: '1',
  })
  expect(parseRoute('GET', '/v2/a/manifests/tags/list')).toEqual({
    kind: 'tags',
    name: 'a/manifests',
  })
  expect(parseRoute('HEAD', `/v2/x/blobs/${digest}`).kind).toBe('blobs')
  expect(parseRoute('GET', `/v2/x/referrers/${digest}`).kind).toBe('referrers')
})

test.each([
  ['PUT', '/v2/', 'UNSUPPORTED'],
  ['OPTIONS', '*', 'UNSUPPORTED'],
  ['GET', '/v2//x/manifests/1', 'NAME_INVALID'],
  ['GET', '/v2/x/../../etc/passwd/manifests/1', 'NAME_INVALID'],
  ['GET', '/v2/%2e%2e/x/manifests/1', 'NAME_INVALID'],
  ['GET', '/v2/FOO/manifests/1', 'NAME_INVALID'],
  ['GET', `/v2/${'a/'.repeat(150)}a/manifests/1`, 'NAME_INVALID'],
  ['GET', '/v2/x/manifests/sha256:totallywrong', 'DIGEST_INVALID'],
  ['GET', `/v2/x/blobs/${digest.toUpperCase()}`, 'DIGEST_INVALID'],
  ['GET', '/v2/x/blobs/list', 'DIGEST_INVALID'],
])('%s %s is %s', (method, path, code) => {
  expect(parseRoute(method, path)).toMatchObject({ kind: 'error', error: code })
})

test.each(['/', '//v2/x/manifests/1', '/v2/constructor'])('%s is an unknown name', path => {
  expect(parseRoute('GET', path)).toEqual({ kind: 'error', error: 'NAME_UNKNOWN', status: 404 })
})

test.each([
  ['/healthz', 'health'],
  ['/metrics', 'metrics'],
  ['/v2', 'base'],
  ['/v2/', 'base'],
  ['/v2/_catalog', 'catalog'],
])('%s is the route %s', (path, kind) => {
  expect(parseRoute('GET', path)).toEqual({ kind })
})

test('a request target is split without URL', () => {
  expect(splitTarget('http://evil/v2/x?ns=a%3A1')[0]).toBe('/v2/x')
  expect(splitTarget('/v2/x/manifests/sha256%3Aab')[0]).toBe('/v2/x/manifests/sha256:ab')
  expect(splitTarget('//v2//x?ns=quay.io')[0]).toBe('//v2//x')
  expect(splitTarget('/v2/?ns=127.0.0.1%3A5001')[1].get('ns')).toBe('127.0.0.1:5001')
})
