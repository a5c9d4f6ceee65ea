import { spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fileExtent, findIntact, partOf, streamExtent } from '../../src/registry/store/extent.ts'
import { runOrThrow } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { aBundle, app, tool } from './lib/bundle.ts'
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
} from './lib/image.ts'
import {
  freePort,
  get,
  logs,
  node,
  type Running,
  run,
  runAtTerminal,
  script,
  start,
  startAtTerminal,
  tempFolder,
} from './lib/program.ts'
import { names, pull } from './lib/pull.ts'
import { tar } from './lib/tar.ts'

const large = content(noise('bad large', 12_000_000), 'application/x')
const withLarge = manifest(app.config, [large])

/** How many files and sockets the process has open. */
function descriptors(registry: Running): number {
  return readdirSync(`/proc/${registry.process.pid}/fd`).length
}

async function closesDescriptors(registry: Running, most: number): Promise<void> {
  await until('files and sockets are closed', () => descriptors(registry) <= most)
}

describe('incomplete images are 404 at once', () => {
  test.each<readonly [string, (tree: Tree) => void]>([
    ['a blob that is missing', tree => tree.delete(blobPath(app.config.digest))],
    [
      'a blob that is too short',
      tree => tree.set(blobPath(app.config.digest), app.config.bytes.subarray(1)),
    ],
    [
      'a manifest of other bytes',
      tree => tree.set(blobPath(app.manifest.digest), Buffer.alloc(app.manifest.size)),
    ],
    ['a manifest that is missing', tree => tree.delete(blobPath(app.manifest.digest))],
    ['a layer that is missing', tree => tree.delete(blobPath(app.layers[1]?.digest ?? ''))],
  ])('%s', async (_, damage) => {
    const tree = layout([named(app, 'x:1'), named(tool, 'y:1')])
    damage(tree)
    const registry = await start(['-b', aBundle(tree).asFolder()])
    for (const ref of ['1', app.manifest.digest]) {
      expect((await get(registry, `/v2/x/manifests/${ref}`)).status).toBe(404)
    }
    expect((await pull(registry, 'y', '1')).digest).toBe(tool.manifest.digest)
    expect(registry.log()).toMatch(
      /warning: x:1 is not served: (not in the bundle|\/.*: damaged$|blob sha256:\w{64} is missing)/m,
    )
  })

  test('an index of missing manifests, a manifest of 10 MB, and a manifest that is not JSON', async () => {
    const nowhere = index([image('nowhere')])
    const big = content(
      Buffer.from(JSON.stringify({ schemaVersion: 2, x: 'x'.repeat(10_000_000) })),
      'application/vnd.oci.image.manifest.v1+json',
    )
    const none = content(Buffer.from('[1, 2'), 'application/vnd.oci.image.manifest.v1+json')
    const tree = layout([
      { root: nowhere, name: 'nowhere:1' },
      { root: big, name: 'big:1' },
      named(app, 'x:1'),
    ])
    tree.set(blobPath(none.digest), none.bytes)
    const registry = await start(['-b', aBundle(tree).asFolder()])
    for (const name of ['nowhere', 'big']) {
      expect((await get(registry, `/v2/${name}/manifests/1`)).status).toBe(404)
    }
    expect(await names(registry)).toEqual(['x:1'])
    expect(registry.log()).toMatch(/big:1 is not served: larger than 4 MiB/)
  })

  test('a blob with other bytes is never served, small or large', async () => {
    const tree = layout([named(app, 'x:1'), { root: withLarge, with: [large], name: 'l:1' }])
    const layer = app.layers[0] ?? app.config
    const wrong = Buffer.from(large.bytes)
    wrong[6_000_000] = (wrong[6_000_000] ?? 0) ^ 1
    tree.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    tree.set(blobPath(large.digest), wrong)
    const registry = await start(['-b', aBundle(tree).asFolder()])
    expect((await get(registry, `/v2/x/blobs/${layer.digest}`)).status).toBe(404)
    expect((await get(registry, `/v2/x/blobs/${layer.digest}`, {}, 'HEAD')).status).toBe(404)
    expect((await get(registry, `/v2/l/blobs/${large.digest}`)).status).toBe(404)
    await logs(registry, `${large.digest} is not sent`)
    expect(registry.log()).toMatch(new RegExp(`${large.digest} is not sent: /.*: damaged\n`))
    const ranged = await start(['-b', aBundle(tree).asFolder()])
    const part = await get(ranged, `/v2/l/blobs/${large.digest}`, { Range: 'bytes=1-2' })
    expect(part.status).toBe(404)
    const other = aBundle(layout([named(tool, 'y:1')])).asFolder()
    const deep = await startAtTerminal(['-b', aBundle(tree).asFolder(), '-b', other, '--deep'])
    expect((await get(deep, `/v2/l/blobs/${large.digest}`)).status).toBe(404)
    expect((await get(deep, '/v2/l/manifests/1')).status).toBe(404)
  })

  test('an intact copy is served instead of a damaged one', async () => {
    const layer = app.layers[0] ?? app.config
    const damaged = layout([named(app, 'x:1')])
    damaged.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    const registry = await start([
      '-b',
      aBundle(damaged).asFolder(),
      '-b',
      aBundle([named(app, 'y:1')]).asFolder(),
    ])
    expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
  })

  test('the complete files of a truncated tar are served', async () => {
    const bytes = treeTar(
      new Map([
        ['a_1.tar', treeTar(layout([named(app)]))],
        ['b_1.tar', treeTar(layout([named(tool)]))],
      ]),
    )
    const path = join(mkdtempSync(join(tempFolder, 'bad-')), 'cut.tar')
    writeFileSync(path, bytes.subarray(0, bytes.length - 5000))
    const registry = await start(['-b', path])
    expect(await names(registry)).toEqual(['a:1'])
    expect(registry.log()).toContain('damaged or too many files at byte ')
  })
})

describe('a bundle that changes while it is served', () => {
  const path = `/v2/l/blobs/${large.digest}`
  const make = () => {
    const file = join(mkdtempSync(join(tempFolder, 'bad-')), 'b.tar')
    writeFileSync(
      file,
      treeTar(layout([{ root: withLarge, with: [app.config, large], name: 'l:1' }])),
    )
    return file
  }
  const replace = (file: string, bytes: Buffer) => {
    writeFileSync(`${file}.new`, bytes)
    renameSync(`${file}.new`, file)
  }
  const other = treeTar(layout([named(tool, 'l:1')]))
  const changed = 'changed since it was indexed: reload the registry (SIGHUP)'
  const errorOf = async (registry: Running, url: string) => {
    const { status, body } = await get(registry, url)
    return [status, JSON.parse(`${body}`).errors[0].message]
  }

  test.each<readonly [string, (file: string) => void]>([
    ['replaced', file => replace(file, other)],
    ['cut', file => truncateSync(file, 1_000_000)],
    ['written to', file => appendFileSync(file, 'x')],
  ])('%s: the log and the answer say that it changed', async (_, change) => {
    const file = make()
    const registry = await start(['-b', file])
    expect((await get(registry, path)).status).toBe(200)
    change(file)
    expect(await errorOf(registry, path)).toEqual([404, `b.tar: ${changed}`])
    expect(await errorOf(registry, '/v2/l/manifests/1')).toEqual([404, `b.tar: ${changed}`])
    expect((await get(registry, '/healthz')).status).toBe(200)
    expect(registry.log()).toContain(`@${large.digest} is not sent: ${file}: ${changed}\n`)
    expect(registry.log()).toContain(`l:1 is not sent: ${file}: ${changed}\n`)
    expect(registry.log()).not.toContain('damaged')
  })

  test('removed: the log and the answer say that it does not exist', async () => {
    const file = make()
    const registry = await start(['-b', file])
    // Renaming the file itself would change its ctime.
    const folder = dirname(file)
    renameSync(folder, `${folder}.away`)
    const problem = "b.tar: ENOENT: no such file or directory, stat 'b.tar'"
    expect(await errorOf(registry, path)).toEqual([404, problem])
    renameSync(`${folder}.away`, folder)
    expect((await get(registry, path)).status).toBe(200)
    expect(registry.log()).not.toContain('damaged')
  })

  test('replaced after it was damaged: the reload serves the new file', async () => {
    const file = make()
    const good = readFileSync(file)
    const wrong = Buffer.from(good)
    const at = wrong.indexOf(large.bytes) + 6_000_000
    wrong[at] = (wrong[at] ?? 0) ^ 1
    writeFileSync(file, wrong)
    const registry = await start(['-b', file])
    expect(await errorOf(registry, path)).toEqual([404, 'b.tar: damaged'])
    replace(file, good)
    expect(await errorOf(registry, path)).toEqual([404, `b.tar: ${changed}`])
    const name = `l@${large.digest} is not sent: ${file}`
    await logs(registry, `${name}: changed since`)
    expect(registry.log()).toMatch(new RegExp(`${name}: damaged\n[^]*${name}: changed since`))
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    expect((await get(registry, path)).status).toBe(200)
  })

  test('not readable for a moment: it is neither damaged nor missing, and is sent later', async () => {
    const file = make()
    const registry = await start(['-b', file])
    const socket = connect(registry.port, '127.0.0.1')
    let answers = ''
    socket.on('data', data => {
      answers += data.toString('latin1')
    })
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    await until('the first answer', () => answers.endsWith('ok\n'))
    const open = readdirSync(`/proc/${registry.process.pid}/fd`).map(Number)
    const firstFree = open.findIndex((_, number) => !open.includes(number))
    const limit = (files: number) =>
      runOrThrow('prlimit', '--pid', `${registry.process.pid}`, `--nofile=${files}:`)
    limit(firstFree < 0 ? open.length : firstFree)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const problem = "EMFILE: too many open files, open 'b.tar'"
    await until('the second answer', () => answers.includes(`"message":"b.tar: ${problem}"`))
    expect(answers).toContain('HTTP/1.1 503 ')
    limit(1000)
    expect((await get(registry, path)).status).toBe(200)
    socket.destroy()
    expect(registry.log()).toContain(`@${large.digest} is not sent: ${file}: EMFILE`)
    expect(registry.log()).not.toContain('damaged')
  })

  test('truncated during a response: the client does not get the announced length', async () => {
    const file = make()
    const registry = await start(['-b', file])
    const socket = connect(registry.port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await new Promise(done => socket.once('readable', done))
    truncateSync(file, 500_000)
    let length = 0
    for await (const chunk of socket) length += chunk.length
    expect(length).toBeLessThan(large.size)
    expect((await get(registry, '/healthz')).status).toBe(200)
  })
})

describe('links', () => {
  test('out of the bundle and loops of links are skipped', async () => {
    const bundle = aBundle(below('inside', layout([named(app, 'x:1')]))).asFolder()
    const outside = aBundle([named(tool, 'secret:1')]).asFolder()
    symlinkSync(outside, join(bundle, 'out'))
    symlinkSync('/etc/passwd', join(bundle, 'passwd.tar'))
    symlinkSync('..', join(bundle, 'inside/up'))
    symlinkSync('loop', join(bundle, 'loop'))
    symlinkSync('nowhere', join(bundle, 'broken'))
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['x:1'])
    expect((await get(registry, `/v2/x/blobs/${tool.config.digest}`)).status).toBe(404)
    expect(registry.log()).toContain('out is not served: a link out of the bundle')
    expect(registry.log()).toContain('passwd.tar is not served')
  })
})

describe('broken and hostile gzips', () => {
  test('a broken nested archive is reported, and the others are served', async () => {
    const good = gzipSync(treeTar(layout([named(app)])))
    const registry = await start([
      '-b',
      aBundle(
        new Map([
          ['a_1.tar.gz', good],
          ['b_1.tar.gz', good.subarray(0, good.length - 20)],
          ['c_1.tar.gz', gzipSync(Buffer.alloc(30_000_000))],
          ['d_1.tar', Buffer.from('text')],
          ['e_1.tar.zst', Buffer.from('28b52ffd00', 'hex')],
        ]),
      ).asFolder(),
    ])
    expect(await names(registry)).toEqual(['a:1'])
    for (const name of ['b_1', 'c_1', 'd_1', 'e_1']) {
      expect(registry.log()).toMatch(new RegExp(`warning: .*${name}\\.tar`))
    }
  })

  test('the nesting of archives is limited', async () => {
    let bytes = treeTar(layout([named(app, 'x:1')]))
    for (let i = 0; i < 20; i++) bytes = tar([{ path: 'inner.tar', content: bytes }])
    const bundle = aBundle(new Map([['deep.tar', bytes], ...goodTar])).asFolder()
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toEqual(['good:1'])
    expect((await get(registry, '/v2/x/manifests/1')).status).toBe(404)
  })
})

describe('clients', () => {
  const bundle = aBundle([{ root: withLarge, with: [app.config, large], name: 'l:1' }]).asFolder()
  const path = `/v2/l/blobs/${large.digest}`
  const open = (registry: Running) =>
    new Promise<Socket>(done => {
      const socket = connect(registry.port, '127.0.0.1', () => done(socket))
      socket.on('error', () => {})
    })

  test('that disconnect or never read leave nothing open', async () => {
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
    await closesDescriptors(registry, before)
    expect((await pull(registry, 'l', '1')).digest).toBe(withLarge.digest)
  })

  test('that only connect, ten thousand of them, do not block others', async () => {
    const registry = await start(['-b', bundle])
    const sockets: Socket[] = []
    for (let i = 0; i < 10_000; i += 100) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(registry)))))
    }
    expect((await pull(registry, 'l', '1')).digest).toBe(withLarge.digest)
    expect(descriptors(registry)).toBeLessThan(1200)
    for (const socket of sockets) socket.destroy()
    await closesDescriptors(registry, 60)
  }, 60_000)

  test('that read slowly, a thousand of them, do not block others', async () => {
    const registry = await start(['-b', bundle])
    const sockets: Socket[] = []
    for (let i = 0; i < 1200; i++) {
      const socket = connect({ port: registry.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      socket.on('error', () => {}).pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      sockets.push(socket)
      if (i % 100 === 0) await pause(20)
    }
    expect((await pull(registry, 'l', '1')).digest).toBe(withLarge.digest)
    for (const socket of sockets) socket.destroy()
    await closesDescriptors(registry, 60)
  }, 60_000)

  test('that only connect do not end a download from the same address', async () => {
    const registry = await start(['-b', bundle])
    await get(registry, path)
    const download = await open(registry)
    let length = 0
    download.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await new Promise(done => download.once('readable', done))
    const sockets = await Promise.all(Array.from({ length: 400 }, () => open(registry)))
    await until('idle connections are closed', () => sockets.some(({ destroyed }) => destroyed))
    for await (const chunk of download) length += chunk.length
    expect(length).toBeGreaterThan(large.size)
    for (const socket of sockets) socket.destroy()
    await closesDescriptors(registry, 60)
  })

  test('from one port to two addresses are two clients', async () => {
    const registry = await start(['-b', bundle, '-H', '0.0.0.0'])
    const connected = (host: string, localPort: number) =>
      new Promise<Socket | null>(done => {
        const from = { localAddress: '127.0.0.1', localPort }
        const socket = connect({ port: registry.port, host, ...from })
        socket.once('connect', () => done(socket)).once('error', () => done(null))
      })
    // Two connections may share a local port only if it is given by number; some ports are in use.
    let localPort = 20_000 + (process.pid % 10_000)
    let [first, second]: (Socket | null)[] = []
    while (!first || !second) {
      localPort++
      first = await connected('127.0.0.1', localPort)
      second = first && (await connected('127.0.0.2', localPort))
    }
    const socket = first
    second.destroy()
    await pause(100)
    let answer = ''
    socket.on('data', data => {
      answer += data
    })
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await new Promise(done => socket.once('close', done))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('that send a hundred requests without reading are limited', async () => {
    const registry = await start(['-b', bundle])
    const socket = await open(registry)
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(100))
    await pause(500)
    expect(socket.destroyed || descriptors(registry) < 60).toBe(true)
    expect((await get(registry, path)).status).toBe(200)
    expect(rss(registry)).toBeLessThan(200 << 20)
  })

  test('that send a body with a request get the next answers too', async () => {
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
    await until('the last answer', () => answers.includes('200 OK'))
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

describe('documents with fields of any type', () => {
  const entry = (digest: unknown) => ({ mediaType: app.manifest.mediaType, digest, size: 5 })
  const good = { ...entry(app.manifest.digest), size: app.manifest.size }
  const texts: readonly unknown[] = [
    { manifests: [...[5, null, {}, ['a'], true].map(entry), 5, null, 'x'] },
    { manifests: 'x' },
    {
      manifests: [
        { ...good, annotations: 7 },
        { ...good, annotations: { a: null } },
      ],
    },
  ]
  test.each(texts)('index.json: %j', async text => {
    const tree = layout([named(app)])
    tree.set('index.json', Buffer.from(JSON.stringify(text)))
    const bundle = aBundle(new Map([['bad.tar', treeTar(tree)], ...goodTar])).asFolder()
    const registry = await start(['-b', bundle])
    expect(await names(registry)).toContain('good:1')
  })

  const items: readonly unknown[] = [
    { Config: 'c', RepoTags: 'x:1', Layers: 'l' },
    { Config: 5, RepoTags: { a: 1 }, Layers: 7 },
    { Config: 'c', RepoTags: [5, null], Layers: [null, {}] },
  ]
  test.each(items)('manifest.json: %j', async item => {
    const entries = new Map([
      ['c', Buffer.from('{"rootfs": {"diff_ids": ["md5:abc", 5]}}')],
      ['l', Buffer.from('layer')],
      ['manifest.json', Buffer.from(JSON.stringify([item]))],
    ])
    const bundle = aBundle(new Map([['bad.tar', treeTar(entries)], ...goodTar])).asFolder()
    const registry = await startAtTerminal(['-b', bundle, '--deep'])
    expect(await names(registry)).toContain('good:1')
    const { body } = await get(registry, '/v2/x/manifests/1')
    expect(`${body}`).not.toContain('md5:')
  })

  test('a media type with a line break is not sent', async () => {
    const text = JSON.parse(`${app.manifest.bytes}`)
    text.mediaType = 'a/b\r\nX: y'
    const root = content(Buffer.from(JSON.stringify(text)), app.manifest.mediaType)
    const tree = layout([{ root, with: [app.config, ...app.layers], name: 'x:1' }])
    const registry = await start(['-b', aBundle(tree).asFolder()])
    const { status, headers } = await get(registry, '/v2/x/manifests/1')
    expect([status, headers['content-type']]).toEqual([200, app.manifest.mediaType])
  })

  test('the sizes of a manifest that indexes list many times are counted once', async () => {
    const list = (of: {
      readonly digest: string
      readonly size: number
      readonly mediaType: string
    }) => {
      const { digest, size, mediaType } = of
      const manifests = [
        { digest, size, mediaType },
        { digest, size, mediaType },
      ]
      const type = 'application/vnd.oci.image.index.v1+json'
      return content(
        Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests })),
        type,
      )
    }
    const all = [app.manifest]
    for (let i = 0; i < 40; i++) all.push(list(all.at(-1) ?? app.manifest))
    const root = all.at(-1) ?? app.manifest
    const tree = layout([{ root, with: [...all, app.config, ...app.layers], name: 'x:1' }])
    const { code, stdout } = await runAtTerminal(['--check', '-b', aBundle(tree).asFolder()])
    expect(code).toBe(0)
    const bytes = [...all, app.config, ...app.layers].reduce((sum, { size }) => sum + size, 0)
    expect(stdout).toBe(`x:1  linux/amd64  ${bytes} B  ${root.digest}\n`)
  })
})

const goodTar = [['good.tar', treeTar(layout([named(tool, 'good:1')]))]] as const

test('a file that could not be read is read again', async () => {
  const folder = mkdtempSync(join(tempFolder, 'moved-'))
  const path = join(folder, 'file')
  writeFileSync(path, large.bytes)
  const extent = fileExtent(path)
  renameSync(folder, `${folder}.away`)
  await expect(findIntact([extent], large.digest)).rejects.toThrow(`${path}: ENOENT`)
  renameSync(`${folder}.away`, folder)
  expect(await findIntact([extent], large.digest)).toBe(extent)
})

test('a file that is written to while it is sent is not sent completely', async () => {
  const path = join(tempFolder, 'written')
  writeFileSync(path, large.bytes)
  let length = 0
  const read = async () => {
    for await (const chunk of streamExtent(fileExtent(path))) {
      if (!length) writeFileSync(path, Buffer.alloc(large.size))
      length += chunk.length
    }
  }
  await expect(read()).rejects.toThrow('changed since it was indexed')
  expect(length).toBeLessThan(large.size)
})

test('a log that cannot be written does not end the service', async () => {
  const port = await freePort()
  const bundle = aBundle([named(app, 'x:1')]).asFolder()
  const log = openSync('/dev/full', 'w')
  const child = spawn(node, [script, '-b', bundle, '-H', '127.0.0.1', '-p', `${port}`], {
    stdio: ['ignore', 'ignore', log],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const isHealthy = async () => (await get({ port }, '/healthz').catch(() => null))?.status === 200
  await until('the registry serves', isHealthy)
  for (let i = 0; i < 20; i++) expect((await get({ port }, '/v2/')).status).toBe(200)
  expect(child.exitCode).toBe(null)
})

test('a read error in the middle of a file is an error of the stream', async () => {
  // Reading /proc/self/mem gives EIO where no memory is mapped.
  const path = '/proc/self/mem'
  const read = async () => {
    for await (const chunk of streamExtent(partOf(fileExtent(path), 0, 1 << 20))) {
      expect(chunk).toBeDefined()
    }
  }
  await expect(read()).rejects.toThrow(/EIO/)
})

test('no path leads out of the bundle', async () => {
  const registry = await start(['-b', aBundle([named(app, 'x:1')]).asFolder()])
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
    app.manifest.digest,
  )
  expect((await run(['-b', '/proc/self/mem'])).code).toBe(1)
})
