import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { serveRegistry } from '../../src/registry/serve.ts'
import { describeWith, root, runs } from '../lib/judge.ts'
import {
  blobPath,
  content,
  image,
  index,
  layout,
  manifest,
  named,
  noise,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { get, node, room, run, script, start } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'

const one = image('one')
const two = image('two')
const bundle = writeTree(join(room, 'startup'), layout([named(one, 'x:1')]))

async function until(true_: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await true_()) return
    await pause(25)
  }
  throw new Error('it never came')
}

describe('one clear line and an exit code', () => {
  test.each<readonly [string, readonly string[], number, RegExp]>([
    ['no bundle', ['-b', '/nowhere/b.tar'], 1, /\/nowhere\/b\.tar/],
    ['no flags', [], 2, /--bundle-path is missing/],
    ['an unknown flag', ['--bundle', 'x'], 2, /--bundle is unknown/],
    ['a stray word', ['x'], 2, /x is unknown/],
    ['a value that is missing', ['-b'], 2, /-b needs a value/],
    ['a port that is none', ['-b', bundle, '-p', '70000'], 2, /--port 70000/],
    ['half of TLS', ['-b', bundle, '--tls-cert', 'x'], 2, /--tls-cert needs --tls-key/],
    ['a key as a URL', ['-b', bundle, '--cosign-key', 'https://x/k'], 2, /bring it along/],
    ['a file that is no archive', ['-b', script, '-p', '0'], 1, /registry\.mjs/],
    ['an empty folder of users', ['-b', bundle, '--auth-file', '/nowhere'], 1, /\/nowhere/],
  ])('%s', async (_, flags, code, line) => {
    const ended = await run(flags)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(line)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(ended.stdout).toBe('')
  })

  test('a port in use is known before anything is read', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await until(() => other.listening)
    const { port } = other.address() as { port: number }
    const { code, stderr } = await run(['-b', '/nowhere', '-H', '127.0.0.1', '-p', `${port}`])
    other.close()
    expect([code, stderr]).toEqual([
      1,
      `registry: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    ])
  })

  test('--help, and -d', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const flag of ['-b, --bundle-path', '-p, --port', '--cosign-key', '-d, --background']) {
      expect(stdout).toContain(flag)
    }
    const registry = await start(['-b', bundle, '-d'])
    expect(registry.log()).toMatch(/^-d: .*unit/)
  })
})

describe('the environment', () => {
  test.each([
    ['GEN_NODE_REGISTRY_BUNDLE_PATH', 'GEN_NODE_REGISTRY_LOG'],
    ['K0RDENTD_AIRGAP_BUNDLE_PATH', 'K0RDENTD_REGISTRY_LOG'],
  ])('%s stands for --bundle-path', async (path, log) => {
    const { code, stdout } = await run(['--check'], { [path]: bundle, [log]: 'json' })
    expect([code, stdout.split(' ')[0]]).toEqual([0, 'x:1'])
  })

  test('a flag is stronger than the environment', async () => {
    const env = { GEN_NODE_REGISTRY_BUNDLE_PATH: '/nowhere', GEN_NODE_REGISTRY_PORT: '1' }
    const registry = await start(['-b', bundle], env)
    expect(await names(registry)).toEqual(['x:1'])
  })

  test('older names', async () => {
    const ended = async (env: Record<string, string>) => (await run(['-b', bundle], env)).stderr
    expect(await ended({ K0RDENTD_REGISTRY_PORT: '70000' })).toContain('--port 70000')
    expect(await ended({ K0RDENT_COSIGN_KEY: 'https://x' })).toContain('--cosign-key')
    expect(await ended({ K0RDENTD_VERIFY_SIGNATURE: 'true' })).toContain('needs --cosign-key')
    expect(await ended({ K0RDENTD_REGISTRY_HOST: '256.1.1.1' })).toContain('256.1.1.1')
    const storage = join(room, 'older-storage')
    const packed = join(room, 'older.tar.gz')
    writeFileSync(packed, gzipSync(treeTar(layout([named(one, 'x:1')]))))
    const env = { K0RDENTD_REGISTRY_STORAGE: storage }
    expect((await run(['--check', '-b', packed], env)).code).toBe(0)
    expect(readFileSync(join(storage, `${readdirSync(storage)[0]}`))).toHaveLength(
      treeTar(layout([named(one, 'x:1')])).length,
    )
  })
})

function sizeOf({ manifest, config, layers }: ReturnType<typeof image>): number {
  return [manifest, config, ...layers].reduce((sum, one) => sum + one.size, 0)
}

describe('--check', () => {
  test('prints names, platforms, sizes and digests, and stops', async () => {
    const both = index([one, image('arm', 'arm64')])
    const arm = image('arm', 'arm64')
    const tree = layout([
      named(two, 'quay.io/b/c:2'),
      {
        root: both,
        with: [one, arm].flatMap(i => [i.manifest, i.config, ...i.layers]),
        name: 'a:1',
      },
    ])
    const { code, stdout, stderr } = await run([
      '--check',
      '-b',
      writeTree(join(room, 'check'), tree),
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      `quay.io/b/c:2  linux/amd64  ${sizeOf(two)} B  ${two.manifest.digest}\n` +
        `a:1  linux/amd64,linux/arm64  ${both.size + sizeOf(one) + sizeOf(arm)} B  ${both.digest}\n`,
    )
  })

  test('finds what is missing by names, and with --deep what is damaged', async () => {
    const tree = layout([named(one, 'a:1'), named(two, 'b:2')])
    tree.delete(blobPath(two.config.digest))
    const incomplete = writeTree(join(room, 'incomplete'), tree)
    const shallow = await run(['--check', '-b', incomplete])
    expect([shallow.code, shallow.stdout.split(' ')[0]]).toEqual([1, 'a:1'])
    expect(shallow.stderr).toBe(`warning: b:2 lacks ${two.config.digest}\n`)
    const layer = one.layers[0] ?? one.config
    const damaged = layout([named(one, 'a:1')])
    damaged.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    const folder = writeTree(join(room, 'damaged'), damaged)
    expect((await run(['--check', '-b', folder])).code).toBe(0)
    const deep = await run(['--check', '--deep', '-b', folder])
    expect([deep.code, deep.stdout]).toEqual([1, ''])
    expect(deep.stderr).toContain(`${layer.digest} is damaged`)
  })
})

test('what is printed reaches a slow reader whole', () => {
  const many = Array.from({ length: 3000 }, (_, i) => named(one, `x:${i}`))
  const folder = writeTree(join(room, 'many'), layout(many))
  const { stdout } = runs(['sh', '-c', `${node} ${script} --check -b ${folder} | (sleep 1; wc -l)`])
  expect(stdout.trim()).toBe('3000')
})

describe('signals', () => {
  test('SIGHUP reads again, drops no connection, and keeps what it had when that fails', async () => {
    const folder = writeTree(join(room, 'hup'), layout([named(one, 'x:1')]))
    const registry = await start(['-b', folder])
    const socket = connect(registry.port, '127.0.0.1')
    let seen = ''
    socket.on('data', data => {
      seen += data
    })
    const ask = () => socket.write('GET /v2/x/manifests/1 HTTP/1.1\r\nHost: x\r\n\r\n')
    ask()
    await until(() => seen.includes(one.manifest.digest))
    writeTree(folder, layout([named(two, 'x:1')]))
    registry.process.kill('SIGHUP')
    await until(() => registry.log().includes('everything is read again'))
    ask()
    await until(() => seen.includes(two.manifest.digest))
    socket.destroy()
    rmSync(folder, { recursive: true })
    registry.process.kill('SIGHUP')
    await until(() => registry.log().includes('nothing is changed'))
    expect((await get(registry, '/healthz')).status).toBe(200)
    expect(await names(registry)).toEqual(['x:1'])
  })

  test('SIGTERM and SIGINT: no new connections, running ones finish', async () => {
    const large = content(noise('drain', 40_000_000), 'application/x')
    const tree = layout([
      { root: manifest(one.config, [large]), with: [one.config, large], name: 'l:1' },
    ])
    const folder = writeTree(join(room, 'drain'), tree)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const registry = await start(['-b', folder])
      const socket = connect(registry.port, '127.0.0.1')
      let length = 0
      socket.write(`GET /v2/l/blobs/${large.digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await new Promise(done => socket.once('readable', done))
      registry.process.kill(signal)
      await pause(200)
      await expect(get(registry, '/healthz')).rejects.toThrow(/ECONNREFUSED/)
      for await (const piece of socket) length += piece.length
      expect(length).toBeGreaterThan(40_000_000)
      expect(await registry.exit).toBe(0)
    }
  })
})

test('a reading that fails, and a --check beside, leave the unpacked copy that is served', async () => {
  const packed = join(mkdtempSync(join(room, 'keep-')), 'b.tar.gz')
  const storage = join(room, 'keep-storage')
  const bytes = gzipSync(treeTar(layout([named(one, 'x:1')])))
  writeFileSync(packed, bytes)
  const registry = await start(['-b', packed, '-s', storage])
  const serves = async () =>
    expect((await pull(registry, 'x', '1')).digest).toBe(one.manifest.digest)
  writeFileSync(packed, bytes.subarray(0, bytes.length - 30))
  registry.process.kill('SIGHUP')
  await until(() => registry.log().includes('nothing is changed'))
  await serves()
  writeFileSync(packed, bytes)
  expect((await run(['--check', '-b', packed, '-s', storage])).code).toBe(0)
  await serves()
  expect(readdirSync(storage)).toHaveLength(2)
  registry.process.kill('SIGHUP')
  await until(() => registry.log().includes('everything is read again'))
  await serves()
  await until(() => readdirSync(storage).length === 1)
})

test('a hash under way does not hold up the end', async () => {
  const tree = layout([named(one, 'x:1')])
  const folder = writeTree(join(room, 'sparse'), tree)
  const digest = `sha256:${'a'.repeat(64)}`
  const path = join(folder, blobPath(digest))
  writeFileSync(path, '')
  truncateSync(path, 200 * 2 ** 30)
  const registry = await start(['-b', folder])
  const socket = connect(registry.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET /v2/x/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await pause(300)
  socket.destroy()
  await pause(100)
  registry.process.kill('SIGTERM')
  expect(await registry.exit).toBe(0)
}, 20_000)

test('a client that asks for nothing does not hold up the end', async () => {
  const registry = await start(['-b', bundle])
  const sockets = [connect(registry.port, '127.0.0.1'), connect(registry.port, '127.0.0.1')]
  for (const socket of sockets) socket.on('error', () => {})
  sockets[1]?.write('GET /v2/ HTTP/1.1\r\nHo')
  await pause(200)
  const before = Date.now()
  registry.process.kill('SIGTERM')
  expect(await registry.exit).toBe(0)
  expect(Date.now() - before).toBeLessThan(10_000)
})

test('readiness is told to systemd when the socket answers', async () => {
  const bin = join(room, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $@" > ${bin}/said\n`)
  chmodSync(join(bin, 'systemd-notify'), 0o755)
  const env = { NOTIFY_SOCKET: '/run/x', PATH: `${bin}:${process.env.PATH}` }
  await start(['-b', bundle], env)
  await until(
    () =>
      existsSync(join(bin, 'said')) && `${readFileSync(join(bin, 'said'))}` === '/run/x --ready\n',
  )
})

test('the log as JSON lines', async () => {
  const registry = await start(['-b', bundle, '--log=json'])
  await get(registry, '/v2/none/manifests/1')
  await until(() => registry.log().includes('"status":404'))
  const lines = registry
    .log()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(line => [line.level, line.text, line.status])).toEqual([
    ['info', expect.stringContaining('serving 1'), undefined],
    ['warn', 'none:1 is not in the bundle', undefined],
    ['info', 'request', 404],
  ])
})

test('the program also runs inside of another', async () => {
  const port = 20_000 + (process.pid % 20_000)
  const flags = ['-b', bundle, '-p', `${port}`, '-H', '127.0.0.1']
  const ended = serveRegistry(flags, {})
  await until(() =>
    get({ port }, '/healthz').then(
      () => true,
      () => false,
    ),
  )
  expect((await pull({ port } as never, 'x', '1')).digest).toBe(one.manifest.digest)
  process.emit('SIGTERM', 'SIGTERM')
  expect(await ended).toBe(0)
})

describeWith([root], 'space for what is unpacked', () => {
  // Compressed layers grow a little by gzip: the tar is smaller than what it is packed into.
  const packed = join(mkdtempSync(join(room, 'space-')), 'b.tar.gz')
  const bytes = treeTar(layout([named(image('space', 'amd64', 10_000_000), 'x:1')]))
  writeFileSync(packed, gzipSync(bytes))
  const storage = mkdtempSync(join(room, 'space-storage-'))
  const checkOn = (megabytes: number) => {
    const mount = `mount -t tmpfs -o size=${megabytes}m none ${storage}`
    const check = `${node} ${script} --check -b ${packed} -s ${storage}`
    return runs([
      'unshare',
      '--mount',
      'sh',
      '-c',
      `${mount} && ${check}; code=$?; ls ${storage}; exit $code`,
    ])
  }

  test('is enough where it is', () => {
    expect(checkOn(100)).toMatchObject({ code: 0, stderr: '' })
  })

  test('is missed before anything is written', () => {
    const { code, stdout, stderr } = checkOn(80)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^registry: b\.tar\.gz cannot be unpacked: .* has no space for 2\d{7} bytes more\n$/,
    )
  })
})

test('kill -9 while unpacking: the next start serves everything', async () => {
  const many = Array.from({ length: 4 }, (_, i) => image(`kill ${i}`, 'amd64', 4_000_000))
  const packed = join(mkdtempSync(join(room, 'kill-')), 'b.tar.gz')
  writeFileSync(
    packed,
    gzipSync(treeTar(layout(many.map((one, i) => named(one, `x:${i}`)))), { level: 1 }),
  )
  const storage = join(room, 'kill-storage')
  const rounds = Number(process.env.GEN_NODE_KILLS ?? 5)
  for (let i = 0; i < rounds; i++) {
    rmSync(storage, { recursive: true, force: true })
    const dying = spawn(node, [script, '-b', packed, '-s', storage, '-p', '0'])
    // From before the first byte to after the last one.
    await pause(40 + ((i * 37) % 160))
    dying.kill('SIGKILL')
    await new Promise(done => dying.once('close', done))
    const registry = await start(['-b', packed, '-s', storage])
    for (const [tag, expected] of many.entries()) {
      expect((await pull(registry, 'x', `${tag}`)).digest).toBe(expected.manifest.digest)
    }
    expect(readdirSync(storage).filter(name => name.endsWith('.part'))).toEqual([])
    registry.process.kill('SIGKILL')
  }
})

test('the script is plain text, needs nothing but Node, and is small', () => {
  const text = readFileSync(script)
  expect(text.every(byte => byte < 128)).toBe(true)
  const imports = [...text.toString('latin1').matchAll(/\bfrom\s*"([^"]+)"/g)].map(
    ([, name]) => name,
  )
  expect(imports.filter(name => !name?.startsWith('node:'))).toEqual([])
  expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(11 * 1024)
})
