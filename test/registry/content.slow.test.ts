import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { type ContainerdBox, line1, line2, openContainerd } from '../lib/containerd-box.ts'
import { describeWith, runOrThrow } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { aBundle, app } from './lib/bundle.ts'
import { blobPath, content, digestOf, image, layout, manifest, named, noise } from './lib/image.ts'
import { get, logs, node, type Running, script, start, tempFolder } from './lib/program.ts'

const large = content(noise('checked while it is sent', 270_000_000), 'application/x')
const entry = { root: manifest(app.config, [large]), with: [app.config, large], name: 'l:1' }
const path = `/v2/l/blobs/${large.digest}`
const wrong = Buffer.from(large.bytes)
wrong[269_000_000] = (wrong[269_000_000] ?? 0) ^ 1

const withWrong = () => {
  const tree = layout([entry])
  tree.set(blobPath(large.digest), wrong)
  return aBundle(tree).asFolder()
}

/** The body that arrives until the connection ends, and the status line. */
async function receive(registry: Running, target: string) {
  const socket = connect(registry.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  await new Promise(done => socket.on('data', chunk => chunks.push(chunk)).once('close', done))
  const bytes = Buffer.concat(chunks)
  const end = bytes.indexOf('\r\n\r\n') + 4
  return { status: Number(bytes.subarray(9, 12)), body: bytes.subarray(end) }
}

/** The bytes that the registry has read, from files and from the network. */
function readBytes({ process: { pid } }: Running): number {
  return Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

describe('large content that is not checked yet', () => {
  test('is sent, and without its last part if it is damaged; then it is not found', async () => {
    const registry = await start(['-b', withWrong()])
    const { status, body } = await receive(registry, path)
    expect(status).toBe(200)
    expect(body.length).toBeGreaterThan(large.size / 2)
    expect(body.length).toBeLessThan(large.size)
    await logs(registry, `${large.digest} is not sent`)
    for (const method of ['GET', 'HEAD']) {
      expect((await get(registry, path, {}, method)).status).toBe(404)
    }
    expect((await get(registry, path, { Range: 'bytes=100-199' })).status).toBe(404)
  })

  test('a part of it waits for the digest of the whole', async () => {
    const bad = await start(['-b', withWrong()])
    expect((await get(bad, path, { Range: 'bytes=100-199' })).status).toBe(404)
    const good = await start(['-b', aBundle([entry]).asFolder()])
    const part = await get(good, path, { Range: 'bytes=100-199' })
    expect([part.status, part.body.equals(large.bytes.subarray(100, 200))]).toEqual([206, true])
  })

  test('the next request gets the next copy', async () => {
    const registry = await start(['-b', withWrong(), '-b', aBundle([entry]).asFolder()])
    expect((await receive(registry, path)).body.length).toBeLessThan(large.size)
    const { status, body } = await receive(registry, path)
    expect([status, digestOf(body)]).toEqual([200, large.digest])
  })

  test('is read once after a reload, and not at all by HEAD', async () => {
    const registry = await start(['-b', aBundle([entry]).asFolder()])
    expect((await get(registry, path)).status).toBe(200)
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    const before = readBytes(registry)
    expect((await get(registry, path, {}, 'HEAD')).status).toBe(200)
    const afterHead = readBytes(registry)
    expect(afterHead - before).toBeLessThan(10_000)
    expect((await get(registry, path)).status).toBe(200)
    expect(readBytes(registry) - afterHead).toBeLessThan(large.size * 1.1)
  })
})

describe('files that change', () => {
  const blob = content(noise('exchanged', 300_000), 'application/x')
  const small = { root: manifest(app.config, [blob]), with: [app.config, blob], name: 's:1' }
  const blobFile = (folder: string) => join(folder, blobPath(blob.digest))

  /** Exchanges two paths without end: renameat2 with RENAME_EXCHANGE. */
  function exchange(first: string, second: string): void {
    const code = `import ctypes, sys
rename = ctypes.CDLL(None).renameat2
while True: rename(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 2)`
    const child = spawn('python3', ['-c', code, first, second])
    onTestFinished(() => void child.kill('SIGKILL'))
  }

  test.each([
    ['a blob', blob],
    ['a manifest', small.root],
  ])(
    '%s that is exchanged all the time is right or not sent',
    async (_, { digest, size }) => {
      const folder = aBundle([small]).asFolder()
      const registry = await start(['-b', folder])
      const file = join(folder, blobPath(digest))
      writeFileSync(`${file}.other`, Buffer.alloc(size, 'x'))
      exchange(file, `${file}.other`)
      const target = `/v2/s/${digest === blob.digest ? 'blobs' : 'manifests'}/${digest}`
      const statuses = new Set<number>()
      for (let i = 0; i < 3000; i++) {
        const { status, body } = await get(registry, target).catch(() => ({
          status: 0,
          body: null,
        }))
        statuses.add(status)
        if (status === 200) expect(digestOf(body ?? Buffer.alloc(0))).toBe(digest)
      }
      expect([...statuses].filter(status => ![0, 200, 404].includes(status))).toEqual([])
    },
    60_000,
  )

  test('a FIFO in the place of a blob does not block the program', async () => {
    const folder = aBundle([small]).asFolder()
    const registry = await start(['-b', folder])
    const file = blobFile(folder)
    runOrThrow('mkfifo', `${file}.fifo`)
    exchange(file, `${file}.fifo`)
    for (let i = 0; i < 2000; i++) {
      await get(registry, `/v2/s/blobs/${blob.digest}`).catch(() => null)
    }
    expect((await get(registry, '/healthz')).status).toBe(200)
  }, 60_000)

  test('a blob that is overwritten in place, with its former mtime, is not sent', async () => {
    const folder = aBundle([small]).asFolder()
    const registry = await start(['-b', folder])
    const target = `/v2/s/blobs/${blob.digest}`
    expect((await get(registry, target)).status).toBe(200)
    const reference = join(folder, 'reference')
    runOrThrow('touch', '-r', blobFile(folder), reference)
    const bytes = Buffer.from(blob.bytes)
    bytes[0] = (bytes[0] ?? 0) ^ 1
    writeFileSync(blobFile(folder), bytes)
    runOrThrow('touch', '-r', reference, blobFile(folder))
    expect((await get(registry, target)).status).toBe(404)
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    expect((await get(registry, target)).status).toBe(404)
    await logs(registry, 'damaged')
  })
})

describe.each([
  ['containerd 1', line1],
  ['containerd 2', line2],
])('%s', (_, line) => {
  describeWith([line.inBox], 'with a damaged layer at the first of its hosts', () => {
    let box: ContainerdBox
    beforeAll(async () => {
      box = await openContainerd([], line)
    })
    afterAll(() => box?.close())

    /** Starts registries at 5010 and 5011; the layer of the first is damaged. */
    async function serveTwice(seed: string) {
      const big = image(seed, 'amd64', 20_000_000)
      const [layer] = big.layers
      const tree = layout([named(big, 'quay.io/damaged:1')])
      const bundles = [aBundle(tree).asFolder(), aBundle(tree).asFolder()]
      const bytes = Buffer.from(layer?.bytes ?? '')
      bytes[19_000_000] = (bytes[19_000_000] ?? 0) ^ 1
      writeFileSync(join(bundles[0] ?? '', blobPath(layer?.digest ?? '')), bytes)
      const registries = bundles.map((bundle, at) =>
        box.start([node, script, '-b', bundle, '-p', `${5010 + at}`]),
      )
      for (const registry of registries) {
        await until('the registry serves', async () => registry.output().includes('serving'))
      }
      return { big, registries }
    }

    function pullFrom(ports: readonly number[]) {
      const hosts = join(tempFolder, `hosts-${line.major}-${ports.length}`)
      mkdirSync(join(hosts, 'quay.io'), { recursive: true })
      const mirrors = ports.map(port => `[host."http://127.0.0.1:${port}"]\n`)
      const server = `server = "http://127.0.0.1:${ports.at(-1)}"\n`
      writeFileSync(join(hosts, 'quay.io/hosts.toml'), server + mirrors.join(''))
      return box.pull('quay.io/damaged:1', hosts)
    }

    it('gets a clear error from a single host, and the image from the second of two hosts', async () => {
      const { big, registries } = await serveTwice('twice')
      expect(await pullFrom([5010, 5011])).toMatchObject({ code: 0, digest: big.manifest.digest })
      expect(registries[0]?.output()).toContain(': damaged')
      for (const registry of registries) await registry.stop()
      await serveTwice('once')
      expect(await pullFrom([5010])).toMatchObject({
        code: 1,
        error: expect.stringContaining('not found'),
      })
    }, 120_000)
  })
})
