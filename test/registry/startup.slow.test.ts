import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
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
import { checkFlags, flagTable, readFlagValues } from '../../src/registry/flags.ts'
import { makeLog } from '../../src/registry/log.ts'
import { serveRegistry } from '../../src/registry/serve.ts'
import { openStore } from '../../src/registry/store/store.ts'
import { aBundle, app, bundleFile, tool } from './lib/bundle.ts'
import {
  blobPath,
  content,
  image,
  layout,
  manifest,
  named,
  noise,
  treeTar,
  writeTree,
} from './lib/image.ts'
import { get, node, run, runAtTerminal, script, start, tempFolder } from './lib/program.ts'
import { names, pull } from './lib/pull.ts'

const bundle = aBundle([named(app, 'x:1')]).asFolder()

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return
    await pause(25)
  }
  throw new Error('the condition did not become true within 5 s')
}

describe('a start that fails prints one line and ends with a code', () => {
  test.each<readonly [string, readonly string[], number, RegExp]>([
    ['a bundle that does not exist', ['-p', '0', '-b', '/nowhere/b.tar'], 1, /\/nowhere\/b\.tar/],
    ['no flags', [], 2, /--bundle-path is missing/],
    ['an unknown flag', ['--bundle', 'x'], 2, /Unknown option '--bundle'/],
    ['an argument without a flag', ['x'], 2, /Unexpected argument 'x'/],
    ['a missing value', ['-b'], 2, /--bundle-path <value>' argument missing/],
    ['an invalid port', ['-b', bundle, '-p', '70000'], 1, /port should be >= 0 and < 65536/],
    [
      'a certificate without a key',
      ['-b', bundle, '--tls-cert', 'x'],
      2,
      /--tls-cert and --tls-key/,
    ],
    [
      'a key that does not exist',
      ['-p', '0', '-b', script, '--verify', '--cosign-key', '/nowhere'],
      1,
      /./,
    ],
    ['a file that is not an archive', ['-b', script, '-p', '0'], 1, /registry\.mjs/],
    [
      'a missing file of users',
      ['-p', '0', '-b', bundle, '--auth-file', '/nowhere'],
      1,
      /\/nowhere/,
    ],
  ])('%s', async (_, flags, code, line) => {
    const ended = await run(flags)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(line)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(ended.stdout).toBe('')
  })

  test('a port in use is reported before the bundle is read', async () => {
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
})

describe('signals', () => {
  test('SIGHUP reloads, keeps connections, and changes nothing when the reload fails', async () => {
    const folder = aBundle([named(app, 'x:1')]).asFolder()
    const registry = await start(['-b', folder])
    const socket = connect(registry.port, '127.0.0.1')
    let seen = ''
    socket.on('data', data => {
      seen += data
    })
    const requestManifest = () => socket.write('GET /v2/x/manifests/1 HTTP/1.1\r\nHost: x\r\n\r\n')
    requestManifest()
    await until(() => seen.includes(app.manifest.digest))
    writeTree(folder, layout([named(tool, 'x:1')]))
    registry.process.kill('SIGHUP')
    await until(() => registry.log().includes('reloaded'))
    requestManifest()
    await until(() => seen.includes(tool.manifest.digest))
    socket.destroy()
    rmSync(folder, { recursive: true })
    registry.process.kill('SIGHUP')
    await until(() => registry.log().includes('reload failed, nothing is changed'))
    expect((await get(registry, '/healthz')).status).toBe(200)
    expect(await names(registry)).toEqual(['x:1'])
  })

  test('SIGTERM and SIGINT: new connections are refused, running requests finish', async () => {
    const large = content(noise('drain', 40_000_000), 'application/x')
    const root = manifest(app.config, [large])
    const folder = aBundle([{ root, with: [app.config, large], name: 'l:1' }]).asFolder()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const registry = await start(['-b', folder])
      const socket = connect(registry.port, '127.0.0.1')
      let length = 0
      socket.write(`GET /v2/l/blobs/${large.digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await new Promise(done => socket.once('readable', done))
      registry.process.kill(signal)
      await pause(200)
      await expect(get(registry, '/healthz')).rejects.toThrow(/ECONNREFUSED/)
      for await (const chunk of socket) length += chunk.length
      expect(length).toBeGreaterThan(40_000_000)
      expect(await registry.exit).toBe(0)
    }
  })
})

test('a reload that fails, and --check at the same time, keep the unpacked copy that is served', async () => {
  const storage = join(tempFolder, 'keep-storage')
  const bytes = gzipSync(treeTar(layout([named(app, 'x:1')])))
  const packed = bundleFile('b.tar.gz', bytes)
  const registry = await start(['-b', packed, '-s', storage])
  const serves = async () =>
    expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
  writeFileSync(packed, bytes.subarray(0, bytes.length - 30))
  registry.process.kill('SIGHUP')
  await until(() => registry.log().includes('reload failed, nothing is changed'))
  await serves()
  writeFileSync(packed, bytes)
  expect((await runAtTerminal(['--check', '-b', packed, '-s', storage])).code).toBe(0)
  await serves()
  expect(readdirSync(storage)).toHaveLength(2)
  registry.process.kill('SIGHUP')
  await until(() => registry.log().includes('reloaded'))
  await serves()
  await until(() => readdirSync(storage).length === 1)
})

test('a digest that is being computed does not delay the end', async () => {
  const folder = aBundle([named(app, 'x:1')]).asFolder()
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

test('a client that sends no request does not delay the end', async () => {
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

test('systemd is notified when the socket accepts connections', async () => {
  const bin = join(tempFolder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $@" > ${bin}/call\n`)
  chmodSync(join(bin, 'systemd-notify'), 0o755)
  const env = { NOTIFY_SOCKET: '/run/x', PATH: `${bin}:${process.env.PATH}` }
  await start(['-b', bundle], env)
  await until(
    () =>
      existsSync(join(bin, 'call')) && `${readFileSync(join(bin, 'call'))}` === '/run/x --ready\n',
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

test('the program also runs inside another program', async () => {
  const port = 20_000 + (process.pid % 20_000)
  const argv = ['-b', bundle, '-p', `${port}`, '-H', '127.0.0.1']
  const flags = checkFlags(readFlagValues(argv, {}, flagTable), {})
  const ended = serveRegistry(flags, openStore, makeLog('text'))
  await until(() =>
    get({ port }, '/healthz').then(
      () => true,
      () => false,
    ),
  )
  expect((await pull({ port } as never, 'x', '1')).digest).toBe(app.manifest.digest)
  process.emit('SIGTERM', 'SIGTERM')
  expect(await ended).toBe(0)
})

test('after kill -9 while unpacking, the next start serves everything', async () => {
  const many = Array.from({ length: 4 }, (_, i) => image(`kill ${i}`, 'amd64', 4_000_000))
  const tree = layout(many.map((saved, tag) => named(saved, `x:${tag}`)))
  const packed = bundleFile('b.tar.gz', gzipSync(treeTar(tree), { level: 1 }))
  const storage = join(tempFolder, 'kill-storage')
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
