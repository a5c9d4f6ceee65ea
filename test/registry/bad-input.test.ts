import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  blobPath,
  content,
  digestOf,
  image,
  index,
  layout,
  manifest,
  named,
  noise,
  type Tree,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { get, type Running, room, run, start } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'
import { tar } from './lib/tar.ts'

const one = image('one')
const two = image('two')
const large = content(noise('bad large', 12_000_000), 'application/x')
const withLarge = manifest(one.config, [large])

function folder(tree: Tree): string {
  return writeTree(mkdtempSync(join(room, 'bad-')), tree)
}

/** How many files and sockets the process has open. */
function descriptors(registry: Running): number {
  return readdirSync(`/proc/${registry.process.pid}/fd`).length
}

async function settles(registry: Running, most: number): Promise<void> {
  for (let i = 0; i < 100 && descriptors(registry) > most; i++) await pause(50)
  expect(descriptors(registry)).toBeLessThanOrEqual(most)
}

describe('what is not whole is a 404 at once', () => {
  test.each<readonly [string, (tree: Tree) => void]>([
    ['a blob that is missing', tree => tree.delete(blobPath(one.config.digest))],
    [
      'a blob that is too short',
      tree => tree.set(blobPath(one.config.digest), one.config.bytes.subarray(1)),
    ],
    [
      'a manifest of other bytes',
      tree => tree.set(blobPath(one.manifest.digest), Buffer.alloc(one.manifest.size)),
    ],
    ['a manifest that is missing', tree => tree.delete(blobPath(one.manifest.digest))],
    ['a layer that is missing', tree => tree.delete(blobPath(one.layers[1]?.digest ?? ''))],
  ])('%s', async (_, damage) => {
    const tree = layout([named(one, 'x:1'), named(two, 'y:1')])
    damage(tree)
    const registry = await start(['-b', folder(tree)])
    for (const ref of ['1', one.manifest.digest]) {
      expect((await get(registry, `/v2/x/manifests/${ref}`)).status).toBe(404)
    }
    expect((await pull(registry, 'y', '1')).digest).toBe(two.manifest.digest)
    expect(registry.log()).toContain('warning: x:1 is incomplete')
  })

  test('an index to nowhere, a manifest of 10 MB, and a manifest that is none', async () => {
    const nowhere = index([image('nowhere')])
    const big = content(
      Buffer.from(JSON.stringify({ schemaVersion: 2, x: 'x'.repeat(10_000_000) })),
      'application/vnd.oci.image.manifest.v1+json',
    )
    const none = content(Buffer.from('[1, 2'), 'application/vnd.oci.image.manifest.v1+json')
    const tree = layout([
      { root: nowhere, name: 'nowhere:1' },
      { root: big, name: 'big:1' },
      named(one, 'x:1'),
    ])
    tree.set(blobPath(none.digest), none.bytes)
    const registry = await start(['-b', folder(tree)])
    for (const name of ['nowhere', 'big']) {
      expect((await get(registry, `/v2/${name}/manifests/1`)).status).toBe(404)
    }
    expect(await names(registry)).toEqual(['x:1'])
    expect(registry.log()).toMatch(/big:1 is incomplete: .*4 MiB/)
  })

  test('a blob of other bytes is never served whole, small or large', async () => {
    const tree = layout([named(one, 'x:1'), { root: withLarge, with: [large], name: 'l:1' }])
    const layer = one.layers[0] ?? one.config
    const wrong = Buffer.from(large.bytes)
    wrong[6_000_000] = (wrong[6_000_000] ?? 0) ^ 1
    tree.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    tree.set(blobPath(large.digest), wrong)
    const registry = await start(['-b', folder(tree)])
    expect((await get(registry, `/v2/x/blobs/${layer.digest}`)).status).toBe(404)
    expect((await get(registry, `/v2/x/blobs/${layer.digest}`, {}, 'HEAD')).status).toBe(404)
    // A large one is found out while it is sent: the client never gets its end, and then a 404.
    await expect(get(registry, `/v2/l/blobs/${large.digest}`)).rejects.toThrow()
    expect((await get(registry, `/v2/l/blobs/${large.digest}`)).status).toBe(404)
    const ranged = await start(['-b', folder(tree)])
    const part = await get(ranged, `/v2/l/blobs/${large.digest}`, { Range: 'bytes=1-2' })
    expect(part.status).toBe(404)
    const deep = await start(['-b', folder(tree), '--deep'])
    expect((await get(deep, `/v2/l/blobs/${large.digest}`)).status).toBe(404)
    expect((await get(deep, '/v2/l/manifests/1')).status).toBe(404)
  })

  test('a damaged copy does not hide a good one', async () => {
    const layer = one.layers[0] ?? one.config
    const damaged = layout([named(one, 'x:1')])
    damaged.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    const registry = await start(['-b', folder(damaged), '-b', folder(layout([named(one, 'y:1')]))])
    expect((await pull(registry, 'x', '1')).digest).toBe(one.manifest.digest)
  })

  test('a tar that was cut: what is left is served', async () => {
    const bytes = treeTar(
      new Map([
        ['a_1.tar', treeTar(layout([named(one)]))],
        ['b_1.tar', treeTar(layout([named(two)]))],
      ]),
    )
    const path = join(mkdtempSync(join(room, 'bad-')), 'cut.tar')
    writeFileSync(path, bytes.subarray(0, bytes.length - 5000))
    const registry = await start(['-b', path])
    expect(await names(registry)).toEqual(['a:1'])
    expect(registry.log()).toContain('b_1.tar is cut off')
  })
})

describe('a bundle that changes while it is served', () => {
  const path = `/v2/l/blobs/${large.digest}`
  const make = () => {
    const file = join(mkdtempSync(join(room, 'bad-')), 'b.tar')
    writeFileSync(
      file,
      treeTar(layout([{ root: withLarge, with: [one.config, large], name: 'l:1' }])),
    )
    return file
  }
  test.each<readonly [string, (file: string) => void]>([
    [
      'replaced',
      file => {
        writeFileSync(`${file}.new`, treeTar(layout([named(two, 'l:1')])))
        renameSync(`${file}.new`, file)
      },
    ],
    ['cut', file => truncateSync(file, 1_000_000)],
    ['written to', file => appendFileSync(file, 'x')],
    ['gone', file => renameSync(file, `${file}.away`)],
  ])('%s', async (_, change) => {
    const file = make()
    const registry = await start(['-b', file])
    expect((await get(registry, path)).status).toBe(200)
    change(file)
    expect((await get(registry, path)).status).toBe(404)
    expect((await get(registry, '/v2/l/manifests/1')).status).toBe(404)
    expect((await get(registry, '/healthz')).status).toBe(200)
  })

  test('cut in the middle of an answer: the client is not told that it has everything', async () => {
    const file = make()
    const registry = await start(['-b', file])
    const socket = connect(registry.port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await new Promise(done => socket.once('readable', done))
    truncateSync(file, 500_000)
    let length = 0
    for await (const piece of socket) length += piece.length
    expect(length).toBeLessThan(large.size)
    expect((await get(registry, '/healthz')).status).toBe(200)
  })
})

describe('links', () => {
  test('out of the bundle, and in circles', async () => {
    const bundle = folder(below('inside', layout([named(one, 'x:1')])))
    const outside = folder(layout([named(two, 'secret:1')]))
    symlinkSync(outside, join(bundle, 'out'))
    symlinkSync('/etc/passwd', join(bundle, 'passwd.tar'))
    symlinkSync('..', join(bundle, 'inside/up'))
    symlinkSync('loop', join(bundle, 'loop'))
    symlinkSync('nowhere', join(bundle, 'broken'))
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['x:1'])
    expect((await get(registry, `/v2/x/blobs/${two.config.digest}`)).status).toBe(404)
    expect(registry.log()).toContain('out is left out: it leads out of the bundle')
    expect(registry.log()).toContain('passwd.tar is left out')
  })
})

describe('broken and hostile gzips', () => {
  test('a nested one that is broken is left out, and the rest is served', async () => {
    const good = gzipSync(treeTar(layout([named(one)])))
    const registry = await start([
      '-b',
      folder(
        new Map([
          ['a_1.tar.gz', good],
          ['b_1.tar.gz', good.subarray(0, good.length - 20)],
          ['c_1.tar.gz', gzipSync(Buffer.alloc(30_000_000))],
          ['d_1.tar', Buffer.from('text')],
          ['e_1.tar.zst', Buffer.from('28b52ffd00', 'hex')],
        ]),
      ),
    ])
    expect(await names(registry)).toEqual(['a:1'])
    for (const name of ['b_1', 'c_1', 'd_1', 'e_1']) {
      expect(registry.log()).toMatch(new RegExp(`warning: .*${name}\\.tar`))
    }
  })

  test('archives in archives end somewhere', async () => {
    let bytes = treeTar(layout([named(one, 'x:1')]))
    for (let i = 0; i < 20; i++) bytes = tar([{ path: 'inner.tar', content: bytes }])
    const path = join(mkdtempSync(join(room, 'bad-')), 'deep.tar')
    writeFileSync(path, bytes)
    const registry = await start(['-b', path])
    expect(await names(registry)).toEqual([])
  })
})

describe('clients', () => {
  const bundle = folder(layout([{ root: withLarge, with: [one.config, large], name: 'l:1' }]))
  const path = `/v2/l/blobs/${large.digest}`
  const open = (registry: Running) =>
    new Promise<Socket>(done => {
      const socket = connect(registry.port, '127.0.0.1', () => done(socket))
      socket.on('error', () => {})
    })

  test('that leave, or never read, leave nothing open', async () => {
    const registry = await start(['-b', bundle])
    await get(registry, path)
    const before = descriptors(registry)
    for (let i = 0; i < 150; i++) {
      const socket = await open(registry)
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nRange: bytes=${i}-\r\n\r\n`)
      setTimeout(() => socket.destroy(), i % 50)
    }
    await pause(100)
    await settles(registry, before)
    expect((await pull(registry, 'l', '1')).digest).toBe(withLarge.digest)
  })

  test('that only connect: ten thousand do not keep others out', async () => {
    const registry = await start(['-b', bundle])
    const sockets: Socket[] = []
    for (let i = 0; i < 10_000; i += 100) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(registry)))))
    }
    expect((await pull(registry, 'l', '1')).digest).toBe(withLarge.digest)
    expect(descriptors(registry)).toBeLessThan(1200)
    for (const socket of sockets) socket.destroy()
    await settles(registry, 60)
  }, 60_000)

  test('that ask a hundred things in a row without reading', async () => {
    const registry = await start(['-b', bundle])
    const socket = await open(registry)
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(100))
    await pause(500)
    expect(socket.destroyed || descriptors(registry) < 60).toBe(true)
    expect((await get(registry, path)).status).toBe(200)
    expect(rss(registry)).toBeLessThan(200 << 20)
  })

  test('that send a body with their question', async () => {
    const registry = await start(['-b', bundle])
    const socket = await open(registry)
    let answers = ''
    socket.on('data', data => {
      answers += data
    })
    const body = 'x'.repeat(100_000)
    socket.write(
      `PUT /v2/l/blobs/uploads/1 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    socket.write(
      'GET /v2/l/manifests/sha256:totallywrong HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
    )
    socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n')
    for (let i = 0; i < 40 && !answers.includes('200 OK'); i++) await pause(50)
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual([
      'HTTP/1.1 405',
      'HTTP/1.1 400',
      'HTTP/1.1 200',
    ])
    socket.destroy()
  })
})

function below(at: string, tree: Tree): Tree {
  return new Map([...tree].map(([path, bytes]) => [`${at}/${path}`, bytes]))
}

function rss({ process: { pid } }: Running): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

test('a disk that fails half-way is a broken connection, not an end', async () => {
  // /proc/self/mem gives EIO where nothing is mapped; a bundle cannot hold it, an extent can.
  const { streamExtent } = await import('../../src/registry/store/extent.ts')
  const file = { path: '/proc/self/mem', stamp: '' }
  const stat = statSync(file.path)
  const stamp = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`
  const read = async () => {
    for await (const piece of streamExtent({ file: { ...file, stamp }, at: 0, size: 1 << 20 })) {
      expect(piece).toBeDefined()
    }
  }
  await expect(read()).rejects.toThrow(/EIO/)
})

test('a name is not a way into anything', async () => {
  const registry = await start(['-b', folder(layout([named(one, 'x:1')]))])
  for (const path of [
    '/v2/../../../etc/passwd',
    '/v2/x/blobs/../../../../etc/passwd',
    '/v2/%2e%2e/%2e%2e/etc/passwd/manifests/1',
    '/v2/x/manifests/..%2f..%2fetc%2fpasswd',
    '/etc/passwd',
    '/v2/x/blobs/%00',
    '/v2/x/manifests/\\..\\..\\x',
    `/v2/${'a'.repeat(300)}/manifests/1`,
    '/v2/x/tags/list?last=%ff&n=1',
    '/v2/x/manifests/1?ns=../../etc',
  ]) {
    const { status, body, headers } = await get(registry, path)
    expect([path, [200, 400, 404].includes(status)]).toEqual([path, true])
    expect(headers.location).toBeUndefined()
    expect(`${body}`).not.toContain('root:')
  }
  expect(digestOf((await get(registry, '/v2/x/manifests/1?ns=../../etc')).body)).toBe(
    one.manifest.digest,
  )
  expect((await run(['-b', '/proc/self/mem'])).code).toBe(1)
})
