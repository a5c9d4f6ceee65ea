import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { findIntact } from '../../src/registry/store/extent.ts'
import { openStore } from '../../src/registry/store/store.ts'
import { randomRuns } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import {
  digestOf,
  dockerArchive,
  image,
  index,
  layout,
  named,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { get, type Running, start, tempFolder } from './lib/program.ts'
import { tar } from './lib/tar.ts'

const seed = Number(process.env.GEN_NODE_SEED ?? 1)

/** Reproducible random numbers: mulberry32. */
function dice(start: number): (sides: number) => number {
  let state = start
  return sides => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}

const app = image('fuzz one', 'amd64', 700)
const arm = image('fuzz arm', 'arm64', 700)
const both = index([app, arm])
const contents = [app, arm].flatMap(i => [i.manifest, i.config, ...i.layers])
const tree = layout([{ root: both, with: contents, name: 'quay.io/a/b:1' }, named(app, 'x:1')])

test('random requests: each answer is HTTP, nothing leaks, every body has its digest', async () => {
  const registry = await start(['-b', writeTree(join(tempFolder, 'fuzz'), tree)])
  const roll = dice(seed)
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T
  const parts = [
    '/v2',
    '/',
    'a/b',
    'x',
    'quay.io/a/b',
    'manifests',
    'blobs',
    'tags/list',
    'referrers',
    '_catalog',
    '..',
    '.',
    '%2e%2e',
    '%00',
    '%ff',
    '//',
    'A',
    '1',
    both.digest,
    app.config.digest,
    `sha512:${'a'.repeat(128)}`,
    'sha256:x',
    'é',
    '?ns=quay.io',
    '?n=',
    '?n=1&last=',
    '?',
    '#',
    '\\',
    '*',
    'http://x',
    'a'.repeat(300),
    "'",
    '"',
    '<',
    '{',
    '&',
    '=',
    ' ',
    '\t',
  ]
  const lines = [
    'Range: bytes=0-5',
    'Range: bytes=-',
    'Range: bytes=5-1',
    'Range: bytes=99999999999999999999-',
    `Range: bytes=${'0-1,'.repeat(500)}`,
    'If-None-Match: *',
    'If-None-Match: "',
    'If-Range: x',
    'Content-Length: 0',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Authorization: Basic ====',
    'Connection: upgrade',
    'Upgrade: websocket',
    'Accept: */*',
    'X: \x01',
    ': x',
    'Accept-Encoding: gzip',
  ]
  const total = randomRuns(10_000)
  const before = descriptors(registry)
  for (let done = 0; done < total; done += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const known = roll(3) === 0
        const blob = pick(contents)
        const path = known
          ? `/v2/x/blobs/${blob.digest}`
          : Array.from({ length: 1 + roll(6) }, () => pick(parts)).join(pick(['/', '']))
        const method = pick([
          'GET',
          'GET',
          'GET',
          'HEAD',
          'PUT',
          'DELETE',
          'TRACE',
          'get',
          'CONNECT',
          '',
        ])
        const version = pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP'])
        const headers = Array.from({ length: roll(4) }, () => `${pick(lines)}\r\n`).join('')
        const text = `${method} ${path} ${version}\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`
        const answer = await exchange(registry, roll(20) ? text : text.slice(0, roll(text.length)))
        const [, status = '', head = '', body = ''] =
          /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(answer) ?? []
        if (answer)
          expect([text, status]).toEqual([text, expect.stringMatching(/^(?:[124]\d\d|304)$/)])
        const [, digest] = /^Docker-Content-Digest: (.*?)\r?$/m.exec(head) ?? []
        if (status === '200' && digest && method === 'GET') {
          expect(digestOf(Buffer.from(body, 'latin1'), digest.split(':')[0])).toBe(digest)
        }
      }),
    )
  }
  expect(registry.process.exitCode).toBeNull()
  expect((await get(registry, '/healthz')).status).toBe(200)
  await until('files and sockets are closed', () => descriptors(registry) <= before + 3)
  const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${registry.process.pid}/status`, 'utf8'))
  expect(Number(memory?.[1])).toBeLessThan(200_000)
}, 3_600_000)

function descriptors(registry: Running): number {
  return readdirSync(`/proc/${registry.process.pid}/fd`).length
}

function exchange({ port }: Running, text: string): Promise<string> {
  return new Promise(done => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'))
    socket.setTimeout(5000, () => socket.destroy())
    socket.on('data', data => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(answer))
  })
}

test('mutated archives: errors name the file, and all listed manifests are complete', async () => {
  const roll = dice(seed + 1)
  const nested = new Map([
    ['charts/a_1.tar', treeTar(layout([named(app)]))],
    ['b_2.tar', tar(dockerArchive([{ image: arm, tags: ['x:2'] }]))],
    ['r/manifests/1', app.manifest.bytes],
    ['c_3.tar.gz', gzipSync(treeTar(layout([named(arm)])))],
  ])
  const originals = [
    treeTar(tree),
    tar(
      dockerArchive([
        { image: app, tags: ['x:1', 'y:2'] },
        { image: arm, tags: null },
      ]),
    ),
    treeTar(nested),
    gzipSync(treeTar(tree)),
    tar([
      { path: 'deep/'.repeat(30), type: '5' },
      {
        path: `${'deep/'.repeat(30)}index.json`,
        content: tree.get('index.json') ?? Buffer.alloc(0),
      },
      { path: 'l', type: '2', link: 'm', pax: { linkpath: 'deep' } },
    ]),
  ]
  const storage = join(tempFolder, 'fuzz-storage')
  const path = join(tempFolder, 'fuzz.tar')
  const nothing = () => {}
  const context = {
    storage,
    verify: undefined,
    cosignKey: undefined,
    log: nothing,
    progress: nothing,
    removeCopy: nothing,
  } as const
  let offered = 0
  for (let i = 0; i < randomRuns(2000); i++) {
    const bytes = Buffer.from(originals[roll(originals.length)] as Buffer)
    for (let hits = 1 + roll(8); hits; hits--) {
      // Mostly in headers; in half of the cases with a correct checksum.
      const at = roll(2) ? roll(bytes.length) : roll(bytes.length / 512) * 512 + roll(512)
      bytes[at] = [0, 255, 0x30, 0x37, 0x2f, 0x80, roll(256)][roll(7)] ?? 0
      if (roll(2)) fixChecksum(bytes, at - (at % 512))
    }
    writeFileSync(path, roll(10) ? bytes : bytes.subarray(0, roll(bytes.length)))
    try {
      const store = await openStore([path], context)
      for (const { digest, blobs } of store.manifests.values()) {
        offered++
        expect(blobs.every(blob => store.blobs.has(blob.digest ?? ''))).toBe(true)
        await findIntact(store.blobs.get(digest) ?? [], digest)
      }
    } catch (error) {
      expect((error as Error).message).toMatch(/fuzz\.tar/)
    }
    if (i % 50 === 0) rmSync(storage, { recursive: true, force: true })
  }
  expect(offered).toBeGreaterThan(0)
}, 3_600_000)

function fixChecksum(bytes: Buffer, at: number): void {
  if (at + 512 > bytes.length) return
  bytes.write('        ', at + 148)
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148)
}
