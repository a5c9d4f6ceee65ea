import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { checkFlags, flagTable, readFlagValues } from '../../src/registry/flags.ts'
import { serveRegistry } from '../../src/registry/serve.ts'
import { openStore } from '../../src/registry/store/store.ts'
import { describeWith, root } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
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
import {
  get,
  logs,
  node,
  run,
  runAsNobody,
  runAtTerminal,
  script,
  start,
  tempFolder,
} from './lib/program.ts'
import { names, pull } from './lib/pull.ts'

const bundle = aBundle([named(app, 'x:1')]).asFolder()
const remedy = '; check the path, chmod -R a+rX on it, and a+x on its parents'
const signed = aBundle([named(app, 'x:1')]).asTar('signed.tar')
writeFileSync(`${signed}.sig`, 'AAAA')

describe('a start that fails prints one line and ends with a code', () => {
  test.each<readonly [string, readonly string[], number, RegExp]>([
    [
      'a bundle that does not exist',
      ['-p', '0', '-b', '/nowhere/b.tar'],
      1,
      /: \/nowhere\/b\.tar: ENOENT: .*; check the path, chmod/,
    ],
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
      ['-p', '0', '-b', signed, '--cosign-key', '/nowhere'],
      1,
      /: \/nowhere is not a readable ECDSA or RSA public key in PEM form: ENOENT: /,
    ],
    [
      'a file that is not an archive',
      ['-b', script, '-p', '0'],
      1,
      /: \/.*\/registry\.mjs: not a tar with files$/m,
    ],
    [
      'a missing file of users',
      ['-p', '0', '-b', bundle, '--auth-file', '/nowhere'],
      1,
      /: \/nowhere is not a readable file of users: ENOENT: /,
    ],
    [
      'a folder instead of the file of users',
      ['-p', '0', '-b', bundle, '--auth-file', '/usr'],
      1,
      /: \/usr is not a readable file of users: EISDIR: /,
    ],
    [
      'an empty file of users',
      ['-p', '0', '-b', bundle, '--auth-file', '/dev/null'],
      1,
      /: \/dev\/null is not a readable file of users: it is empty$/m,
    ],
    [
      'an address of another machine',
      ['-p', '0', '-b', bundle, '-H', '192.0.2.1'],
      1,
      /: listen EADDRNOTAVAIL: .* 192\.0\.2\.1: check --host and --port, and ss -ltnp$/m,
    ],
    [
      'a name that is no host',
      ['-p', '0', '-b', bundle, '-H', 'no.invalid'],
      1,
      /: getaddrinfo E.* no\.invalid: check --host and --port, and ss -ltnp$/m,
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
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { code, stderr } = await run(['-b', '/nowhere', '-H', '127.0.0.1', '-p', `${port}`])
    other.close()
    expect([code, stderr]).toEqual([
      1,
      `registry: listen EADDRINUSE: address already in use 127.0.0.1:${port}: check --host and --port, and ss -ltnp\n`,
    ])
  })

  test.each<readonly [string, (folder: string) => void]>([
    ['no file', () => {}],
    ['a file that is not an image', folder => writeFileSync(join(folder, 'README'), 'x')],
    [
      'an incomplete image, as while a bundle is copied',
      folder => {
        const tree = layout([named(app, 'x:1')])
        tree.delete(blobPath(app.config.digest))
        writeTree(folder, tree)
      },
    ],
  ])('a folder with %s', async (_, fill) => {
    const folder = mkdtempSync(join(tempFolder, 'no-image-'))
    fill(folder)
    const { code, stderr } = await run(['-p', '0', '-b', folder])
    const lastLine = stderr.trim().split('\n').at(-1)
    expect([code, lastLine]).toEqual([1, `registry: no image in ${folder}${remedy}`])
  })
})

describeWith([root], 'files that the user of the service cannot read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-rights-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)
  writeFileSync(at('closed.tar'), treeTar(layout([named(app, 'x:1')])))
  mkdirSync(at('parent'))
  writeFileSync(at('parent/below.tar'), '')
  writeTree(at('folder'), layout([named(app, 'x:1')]))
  writeTree(at('files'), layout([named(app, 'x:1')]))
  writeFileSync(at('secret'), 'x')
  chmodSync(folder, 0o755)
  for (const name of ['parent', 'folder']) chmodSync(at(name), 0o700)
  for (const name of ['closed.tar', 'secret']) chmodSync(at(name), 0o600)
  for (const path of readdirSync(at('files'), { recursive: true })) {
    const file = join(at('files'), `${path}`)
    if (statSync(file).isFile()) chmodSync(file, 0o600)
  }

  test.each<readonly [string, readonly string[], string]>([
    [
      'an archive',
      ['-b', at('closed.tar')],
      `${at('closed.tar')}: EACCES: permission denied, open '${at('closed.tar')}'${remedy}`,
    ],
    [
      'a folder above the bundle',
      ['-b', at('parent/below.tar')],
      `${at('parent/below.tar')}: EACCES: permission denied, stat '${at('parent/below.tar')}'${remedy}`,
    ],
    [
      'the folder of the bundle',
      ['-b', at('folder')],
      `${at('folder')}: EACCES: permission denied, scandir '${at('folder')}'${remedy}`,
    ],
    ['every file in the folder', ['-b', at('files')], `no image in ${at('files')}${remedy}`],
    [
      'the certificate',
      ['-b', at('files'), '--tls-cert', at('secret'), '--tls-key', at('secret')],
      `${at('secret')} is not a readable certificate in PEM form: EACCES: permission denied, open '${at('secret')}'`,
    ],
    [
      'the file of users',
      ['-b', at('files'), '--auth-file', at('secret')],
      `${at('secret')} is not a readable file of users: EACCES: permission denied, open '${at('secret')}'`,
    ],
  ])('%s', (_, flags, message) => {
    const { code, stderr } = runAsNobody(['-p', '0', ...flags])
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([1, `registry: ${message}`])
  })

  test('a storage folder that is not writable', () => {
    const packed = at('open.tar.gz')
    writeFileSync(packed, gzipSync(treeTar(layout([named(app, 'x:1')]))), { mode: 0o644 })
    const { code, stderr } = runAsNobody(['-p', '0', '-b', packed, '-s', at('new')])
    const problem = `cannot be unpacked to ${at('new')}: EACCES: permission denied, mkdir '${at('new')}'`
    expect([code, stderr]).toEqual([1, `registry: ${packed}: ${problem}\n`])
  })
})

function refusesConnections(error: Error): boolean {
  return /ECONNREFUSED/.test(error.message)
}

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
    await until('the first image is sent', () => seen.includes(app.manifest.digest))
    writeTree(folder, layout([named(tool, 'x:1')]))
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    requestManifest()
    await until('the second image is sent', () => seen.includes(tool.manifest.digest))
    socket.destroy()
    rmSync(folder, { recursive: true })
    registry.process.kill('SIGHUP')
    await logs(registry, 'reload failed')
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
      const isRefused = () => get(registry, '/healthz').then(() => false, refusesConnections)
      await until('connections are refused', isRefused)
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
  await logs(registry, 'reload failed')
  await serves()
  writeFileSync(packed, bytes)
  expect((await runAtTerminal(['--check', '-b', packed, '-s', storage])).code).toBe(0)
  await serves()
  expect(readdirSync(storage)).toHaveLength(2)
  registry.process.kill('SIGHUP')
  await logs(registry, 'reloaded')
  await serves()
  await until('the old copy is removed', () => readdirSync(storage).length === 1)
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
  const folderOfFds = `/proc/${registry.process.pid}/fd`
  const isOpen = () => readdirSync(folderOfFds).some(fd => linkOf(`${folderOfFds}/${fd}`) === path)
  await until('the file is open', isOpen)
  socket.destroy()
  registry.process.kill('SIGTERM')
  expect(await registry.exit).toBe(0)
}, 20_000)

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // The file was closed meanwhile.
    return undefined
  }
}

test('a client that sends no request does not delay the end', async () => {
  const registry = await start(['-b', bundle])
  const sockets = [connect(registry.port, '127.0.0.1'), connect(registry.port, '127.0.0.1')]
  for (const socket of sockets) socket.on('error', () => {})
  sockets[1]?.write('GET /v2/ HTTP/1.1\r\nHo')
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
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
    'systemd-notify is called',
    () =>
      existsSync(join(bin, 'call')) && `${readFileSync(join(bin, 'call'))}` === '/run/x --ready\n',
  )
})

test('the log as JSON lines', async () => {
  const registry = await start(['-b', bundle, '--log=json'])
  await get(registry, '/v2/none/manifests/1')
  await logs(registry, '"status":404')
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
  const argv = ['-b', bundle, '-p', '0', '-H', '127.0.0.1']
  const flags = checkFlags(readFlagValues(argv, {}, flagTable), {})
  const lines: string[] = []
  const ended = serveRegistry(flags, openStore, (_, message) => lines.push(message))
  await until('the registry serves', () => lines.length > 0)
  const port = Number(/^serving 1 repositories on 127\.0\.0\.1:(\d+)$/.exec(`${lines[0]}`)?.[1])
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
    registry.process.kill('SIGKILL')
    // A part is removed when no process wrote to it for a minute.
    const twoMinutesAgo = new Date(Date.now() - 120_000)
    for (const name of readdirSync(storage)) {
      if (name.endsWith('.part')) utimesSync(join(storage, name), twoMinutesAgo, twoMinutesAgo)
    }
    await start(['-b', packed, '-s', storage])
    expect(readdirSync(storage)).toHaveLength(1)
  }
})
