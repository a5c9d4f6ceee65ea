import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Content,
  chart,
  content,
  digestOf,
  image,
  index,
  layout,
  manifest,
  named,
  noise,
  point,
  writeTree,
} from './lib/image.ts'
import { get, type Running, raw, start, tempFolder } from './lib/program.ts'

const docker = image('docker')
const quay = image('quay')
const bare = image('bare')
const multi = index([image('m1'), image('m2', 'arm64')])
const empty = content(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json')
const signature = manifest(empty, [empty], {
  artifactType: 'application/x.signature',
  subject: point(docker.manifest),
  annotations: { by: 'me' },
})
const sbom = manifest(content(Buffer.from('{"s":1}'), 'application/x.sbom'), [], {
  subject: point(docker.manifest),
})
const folder = join(tempFolder, 'protocol')
const large = content(noise('large', 9_000_000), 'application/x.large')
const withLarge = manifest(docker.config, [large])
let registry: Running

beforeAll(async () => {
  const sbomConfig = content(Buffer.from('{"s":1}'), 'application/x.sbom')
  const tree = layout([
    named(docker, 'docker.io/library/x:1'),
    named(quay, 'quay.io/library/x:1'),
    named(bare, 'plain/x:B'),
    named(bare, 'plain/x:a'),
    named(bare, 'plain/x:C'),
    named(chart('web', '1.0'), 'charts/web:1.0'),
    { root: multi, with: [image('m1'), image('m2', 'arm64')].flatMap(contentsOf), name: 'multi:1' },
    { root: signature, with: [empty] },
    { root: sbom, with: [sbomConfig] },
    { root: withLarge, with: [large], name: 'large:1' },
  ])
  const long = `sha512:${digestOf(bare.manifest.bytes, 'sha512').slice(7)}`
  tree.set(`blobs/sha512/${long.slice(7)}`, bare.manifest.bytes)
  writeTree(folder, tree)
})

function contentsOf({ manifest, config, layers }: ReturnType<typeof image>): Content[] {
  return [manifest, config, ...layers]
}

// A registry per test: start() stops it at the end of the test.
const running = async () => {
  registry = await start(['-b', folder])
  return registry
}

describe('the pull endpoints', () => {
  test('end-1, end-2 and end-3 by GET and HEAD', async () => {
    await running()
    for (const path of ['/v2', '/v2/']) expect((await get(registry, path)).status).toBe(200)
    for (const ref of ['B', bare.manifest.digest]) {
      const path = `/v2/plain/x/manifests/${ref}`
      const found = await get(registry, path)
      expect(found.body).toEqual(bare.manifest.bytes)
      expect(found.headers).toMatchObject({
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'docker-content-digest': bare.manifest.digest,
        'content-length': `${bare.manifest.size}`,
        etag: `"${bare.manifest.digest}"`,
      })
      const head = await get(registry, path, {}, 'HEAD')
      expect({ ...head.headers, date: '' }).toEqual({ ...found.headers, date: '' })
      expect(head.body).toHaveLength(0)
    }
    for (const blob of [...bare.layers, bare.config, large]) {
      const path = `/v2/plain/x/blobs/${blob.digest}`
      const head = await get(registry, path, {}, 'HEAD')
      expect(head.headers).toMatchObject({
        'docker-content-digest': blob.digest,
        'content-length': `${blob.size}`,
      })
      expect(head.headers['content-encoding']).toBeUndefined()
      expect((await get(registry, path)).body.equals(blob.bytes)).toBe(true)
    }
  })

  test('missing and invalid names have the codes of the specification', async () => {
    await running()
    const none = `sha256:${'0'.repeat(64)}`
    const messages = {
      BLOB_UNKNOWN: 'not in the bundle',
      DIGEST_INVALID: 'invalid digest',
      MANIFEST_UNKNOWN: 'not in the bundle',
      NAME_INVALID: 'invalid name',
      NAME_UNKNOWN: 'not in the bundle',
      UNSUPPORTED: 'n is no number',
    }
    for (const [path, status, code] of [
      ['/v2/plain/x/manifests/none', 404, 'MANIFEST_UNKNOWN'],
      ['/v2/none/manifests/1', 404, 'MANIFEST_UNKNOWN'],
      [`/v2/plain/x/manifests/${none}`, 404, 'MANIFEST_UNKNOWN'],
      [`/v2/plain/x/manifests/${bare.layers[0]?.digest}`, 404, 'MANIFEST_UNKNOWN'],
      ['/v2/plain/x/manifests/.INVALID_MANIFEST_NAME', 404, 'MANIFEST_UNKNOWN'],
      ['/v2/plain/x/manifests/3.9%00', 404, 'MANIFEST_UNKNOWN'],
      [`/v2/plain/x/blobs/${none}`, 404, 'BLOB_UNKNOWN'],
      ['/v2/plain/x/blobs/sha256:abc', 400, 'DIGEST_INVALID'],
      ['/v2/none/tags/list', 404, 'NAME_UNKNOWN'],
      ['/', 404, 'NAME_UNKNOWN'],
      ['//v2/x/manifests/1', 404, 'NAME_UNKNOWN'],
      ['/v2/constructor', 404, 'NAME_UNKNOWN'],
      ['/v2/tags', 404, 'NAME_UNKNOWN'],
      ['/v2/plain/x/tags/list?n=abc', 400, 'UNSUPPORTED'],
      ['/v2/plain/x/tags/list?n=-1', 400, 'UNSUPPORTED'],
      ['/v2/__proto__/manifests/constructor', 404, 'NAME_INVALID'],
      ['/v2/foo%2fx/manifests/1', 404, 'NAME_INVALID'],
    ] as const) {
      const { status: got, body, headers } = await get(registry, path)
      const { errors } = JSON.parse(`${body}`)
      const error = { code, message: messages[code] }
      expect([path, got, errors]).toEqual([path, status, [error]])
      expect(headers['content-type']).toBe('application/json')
      expect((await get(registry, path, {}, 'HEAD')).body).toHaveLength(0)
    }
  })

  test('writing is answered with 405 and the allowed methods', async () => {
    await running()
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status, headers, body } = await get(registry, '/v2/x/blobs/uploads/', {}, method)
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
      const error = { code: 'UNSUPPORTED', message: 'read-only' }
      expect(JSON.parse(`${body}`)).toEqual({ errors: [error] })
    }
  })
})

describe('names', () => {
  test('ns selects among images of the same path', async () => {
    await running()
    const digestAt = async (path: string) =>
      (await get(registry, path)).headers['docker-content-digest']
    expect(await digestAt('/v2/library/x/manifests/1?ns=quay.io')).toBe(quay.manifest.digest)
    expect(await digestAt('/v2/library/x/manifests/1?ns=docker.io')).toBe(docker.manifest.digest)
    expect(await digestAt('/v2/x/manifests/1?ns=registry-1.docker.io')).toBe(docker.manifest.digest)
    expect(await digestAt('/v2/library/x/manifests/1?ns=ghcr.io')).toBeUndefined()
    expect(await digestAt('/v2/plain/x/manifests/B?ns=ghcr.io')).toBe(bare.manifest.digest)
    expect(await digestAt('/v2/quay.io/library/x/manifests/1')).toBe(quay.manifest.digest)
    expect(await digestAt('/v2/x/manifests/1')).toBe(docker.manifest.digest)
    expect(await digestAt('/v2/library/x/manifests/1')).toBe(docker.manifest.digest)
  })

  test('tags come in the order of the specification, in pages', async () => {
    await running()
    const tagPage = async (query: string) => {
      const { body, headers } = await get(registry, `/v2/plain/x/tags/list${query}`)
      return [JSON.parse(`${body}`), headers.link]
    }
    const name = 'plain/x'
    expect(await tagPage('')).toEqual([{ name, tags: ['a', 'B', 'C'] }, undefined])
    expect(await tagPage('?n=0')).toEqual([{ name, tags: [] }, undefined])
    expect(await tagPage('?n=3')).toEqual([{ name, tags: ['a', 'B', 'C'] }, undefined])
    expect(await tagPage('?last=a')).toEqual([{ name, tags: ['B', 'C'] }, undefined])
    const [page, link] = await tagPage('?n=2')
    expect(page).toEqual({ name, tags: ['a', 'B'] })
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(`${link}`) ?? []
    const rest = await get(registry, next)
    expect(JSON.parse(`${rest.body}`)).toEqual({ name, tags: ['C'] })
    expect(rest.headers.link).toBeUndefined()
  })

  test('the catalog lists all repositories, in pages', async () => {
    await running()
    const { body } = await get(registry, '/v2/_catalog')
    expect(JSON.parse(`${body}`).repositories).toEqual([
      'charts/web',
      'docker.io/library/x',
      'large',
      'multi',
      'plain/x',
      'quay.io/library/x',
    ])
    const page = await get(registry, '/v2/_catalog?n=1&last=large')
    expect(JSON.parse(`${page.body}`).repositories).toEqual(['multi'])
    expect(page.headers.link).toContain('last=multi')
  })

  test('referrers, filtered and not', async () => {
    await running()
    const path = `/v2/any/referrers/${docker.manifest.digest}`
    const { body, headers } = await get(registry, path)
    expect(headers['content-type']).toBe('application/vnd.oci.image.index.v1+json')
    const found = JSON.parse(`${body}`)
    expect(found).toMatchObject({ schemaVersion: 2, mediaType: headers['content-type'] })
    expect(found.manifests).toHaveLength(2)
    expect(found.manifests).toContainEqual({
      ...point(signature),
      artifactType: 'application/x.signature',
      annotations: { by: 'me' },
    })
    const only = await get(registry, `${path}?artifactType=application/x.sbom`)
    expect(only.headers['oci-filters-applied']).toBe('artifactType')
    expect(JSON.parse(`${only.body}`).manifests).toEqual([
      { ...point(sbom), artifactType: 'application/x.sbom' },
    ])
    const none = await get(registry, `/v2/any/referrers/sha256:${'0'.repeat(64)}`)
    expect([none.status, JSON.parse(`${none.body}`).manifests]).toEqual([200, []])
    expect((await get(registry, '/v2/any/referrers/sha256:x')).status).toBe(400)
  })

  test('a blob is found by its sha512 digest', async () => {
    await running()
    const digest = digestOf(bare.manifest.bytes, 'sha512')
    const { body } = await get(registry, `/v2/plain/x/blobs/${digest}`)
    expect(body).toEqual(bare.manifest.bytes)
  })
})

describe('parts and conditions', () => {
  const path = `/v2/large/blobs/${large.digest}`
  const { size, bytes, digest } = large

  test.each([
    ['bytes=0-', 206, 0, size],
    ['bytes=8999990-', 206, 8_999_990, size],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=-5', 206, size - 5, size],
    ['bytes=-99999999', 206, 0, size],
    ['bytes=5-99999999', 206, 5, size],
    ['bytes=0-0', 206, 0, 1],
    ['bytes=1-2,4-5', 200, 0, size],
    ['bytes=abc', 200, 0, size],
    ['bytes=9-3', 200, 0, size],
    ['lines=1-2', 200, 0, size],
    ['bytes=-', 200, 0, size],
  ])('Range: %s', async (range, status, from, to) => {
    await running()
    const answer = await get(registry, path, { Range: range })
    expect(answer.status).toBe(status)
    expect(answer.body.equals(bytes.subarray(from, to))).toBe(true)
    const stated = status === 206 ? `bytes ${from}-${to - 1}/${size}` : undefined
    expect(answer.headers['content-range']).toBe(stated)
  })

  test.each(['bytes=9000000-', 'bytes=99999999-', 'bytes=-0'])(
    '%s is not satisfiable',
    async range => {
      await running()
      const { status, headers } = await get(registry, path, { Range: range })
      expect([status, headers['content-range']]).toEqual([416, `bytes */${size}`])
    },
  )

  test('If-Range, If-None-Match, and ranges of manifests', async () => {
    await running()
    const Range = 'bytes=1-2'
    const statusOf = async (headers: Record<string, string>, where = path) =>
      (await get(registry, where, headers)).status
    expect(await statusOf({ Range, 'If-Range': `"${digest}"` })).toBe(206)
    expect(await statusOf({ Range, 'If-Range': '"other"' })).toBe(200)
    expect(await statusOf({ Range, 'If-Range': new Date().toUTCString() })).toBe(200)
    expect(await statusOf({ 'If-None-Match': `"x", W/"${digest}"` })).toBe(304)
    expect(await statusOf({ 'If-None-Match': '*' })).toBe(304)
    expect(await statusOf({ 'If-None-Match': '"x"' })).toBe(200)
    const manifestPath = '/v2/plain/x/manifests/a'
    expect(await statusOf({ Range }, manifestPath)).toBe(206)
    expect(await statusOf({ 'If-None-Match': `"${bare.manifest.digest}"` }, manifestPath)).toBe(304)
  })
})

describe('HTTP', () => {
  test('older and broken HTTP', async () => {
    await running()
    expect(await raw(registry, 'GET /v2/ HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [\s\S]*\{\}$/)
    // Node 18 answers without a Host; later ones do not.
    const hostless = 'GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n'
    expect(await raw(registry, hostless)).toMatch(/^HTTP\/1.1 [24]00/)
    expect(await raw(registry, 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    expect(await raw(registry, 'GET /v2/\0 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    const long = `GET /v2/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
    expect(await raw(registry, long)).toMatch(/^HTTP\/1.1 431/)
    const absolute = 'GET http://evil/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    expect(await raw(registry, absolute)).toMatch(/^HTTP\/1.1 200/)
    expect((await get(registry, '/healthz')).status).toBe(200)
  })

  test('pipelined requests are answered in order', async () => {
    await running()
    const headOf = (tag: string, header = '') =>
      `HEAD /v2/plain/x/manifests/${tag} HTTP/1.1\r\nHost: x\r\n${header}\r\n`
    const last = headOf('B', 'Connection: close\r\n')
    const answers = await raw(registry, headOf('a') + headOf('none') + last)
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 404',
      'HTTP/1.1 200',
    ])
  })

  test('no request breaks the form of the metrics or of the log', async () => {
    const registry = await start(['-b', folder])
    const long = 'x'.repeat(9000)
    for (const ns of ['%09', '%22', '%5C', '%C2%9B31m', '%E2%80%AE', '%0A', long]) {
      await get(registry, `/v2/none/manifests/1?ns=${ns}`)
    }
    await get(registry, '/v2/none/manifests/%22%5C')
    const { body } = await get(registry, '/metrics')
    for (const line of `${body}`.trim().split('\n')) {
      expect(line).toMatch(/^registry_\w+(\{\w+="[\w.:@/[\]?-]*"\})? [\d.]+$/)
      expect(line.length).toBeLessThan(600)
    }
    expect(registry.log()).not.toMatch(/[^\n\x20-\x7e]/)
  })

  test('a missing name is counted at each request and logged once', async () => {
    await running()
    for (let i = 0; i < 3; i++) await get(registry, '/v2/wanted/manifests/7?ns=quay.io')
    const warnings = registry.log().match(/warning: quay.io\/wanted:7 is not in the bundle/g)
    expect(warnings).toHaveLength(1)
    const metrics = `${(await get(registry, '/metrics')).body}`
    expect(metrics).toContain('registry_misses_total{name="quay.io/wanted:7"} 3\n')
    expect(metrics).toContain('registry_requests_total{code="404"} 3\n')
    for (const line of metrics.trim().split('\n')) expect(line).toMatch(/^[a-z_]+(\{.*\})? [\d.]+$/)
  })
})
