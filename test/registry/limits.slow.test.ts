import { spawn } from 'node:child_process'
import { scryptSync } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAuthFile } from '../../src/registry/server/auth.ts'
import { until } from '../lib/network.ts'
import { aBundle, app } from './lib/bundle.ts'
import { content, layout, manifest, named } from './lib/image.ts'
import {
  freePort,
  get,
  logs,
  node,
  type Running,
  raw,
  script,
  start,
  tempFolder,
} from './lib/program.ts'

const bundle = aBundle([named(app, 'x:1')]).asFolder()

/** The memory of a process, in bytes. */
function rss(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** The processor time of a registry in seconds; a tick is 10 ms. */
function processorSeconds({ process: { pid } }: Running): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

describe('a log that is not read', () => {
  test('needs no memory and does not delay the end; the log counts the dropped lines', async () => {
    const port = await freePort()
    const child = spawn(node, [script, '-b', bundle, '-H', '127.0.0.1', '-p', `${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exit = new Promise(done => child.once('exit', done))
    const isHealthy = () =>
      get({ port }, '/healthz').then(
        ({ status }) => status === 200,
        () => false,
      )
    await until('the registry serves', isHealthy)
    const before = rss(child.pid)
    const request = `GET /v2/?${'x'.repeat(12_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
    const last = 'GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    for (let i = 0; i < 300; i++) await raw({ port }, request.repeat(20) + last)
    expect(rss(child.pid) - before).toBeLessThan(60 << 20)
    let log = ''
    child.stderr.on('data', data => {
      log += data
    })
    await until('the log is read', () => log.length > 2_000_000)
    await pause(200)
    await get({ port }, '/healthz')
    await until('the dropped lines are counted', () => /\d+ lines lost/.test(log))
    child.stderr.pause()
    for (let i = 0; i < 30; i++) await raw({ port }, request.repeat(20) + last)
    const begin = performance.now()
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
    expect(performance.now() - begin).toBeLessThan(8000)
  }, 60_000)
})

test('ten thousand idle connections from many addresses cost little', async () => {
  const registry = await start(['-b', bundle, '-H', '0.0.0.0'])
  const sockets: Socket[] = []
  const open = (at: number) =>
    new Promise<void>(done => {
      const localAddress = `127.0.${1 + (at >> 8)}.${1 + (at & 127)}`
      const socket = connect({ port: registry.port, host: '127.0.0.1', localAddress })
      socket.once('connect', done).on('error', () => done())
      sockets.push(socket)
    })
  for (let at = 0; at < 10_000; at += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => open(at + i)))
  }
  expect((await get(registry, '/healthz')).status).toBe(200)
  expect(readdirSync(`/proc/${registry.process.pid}/fd`).length).toBeLessThan(1100)
  expect(processorSeconds(registry)).toBeLessThan(6)
  for (const socket of sockets) socket.destroy()
}, 120_000)

describe('SIGHUP', () => {
  const images = Array.from({ length: 1500 }, (_, at) => {
    const config = content(Buffer.from(JSON.stringify({ at })), 'application/x')
    return { root: manifest(config, []), with: [config], name: `many:${at}` }
  })

  test('many of them cause two loads, and requests are answered meanwhile', async () => {
    const registry = await start(['-b', aBundle(layout(images)).asFolder()])
    const reloads = () => registry.log().match(/reloaded/g)?.length ?? 0
    registry.process.kill('SIGHUP')
    let answers = 0
    while (reloads() === 0) {
      expect((await get(registry, '/healthz')).status).toBe(200)
      answers++
    }
    expect(answers).toBeGreaterThan(20)
    for (let i = 0; i < 30; i++) {
      registry.process.kill('SIGHUP')
      await pause(2)
    }
    await until('two loads are done', () => reloads() >= 3)
    await pause(2000)
    expect(reloads()).toBeLessThanOrEqual(4)
  }, 60_000)
})

test('missed names beyond two thousand are counted and logged too', async () => {
  const registry = await start(['-b', bundle])
  for (let at = 0; at < 2100; at += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => get(registry, `/v2/no/manifests/${at + i}`)),
    )
  }
  await get(registry, '/v2/no/manifests/last')
  await logs(registry, 'no:last is not in the bundle')
  expect(`${(await get(registry, '/metrics')).body}`).toContain('misses_total{name="no:last"} 1')
}, 60_000)

describe('HTTP', () => {
  test('content accepts ranges, and says so', async () => {
    const registry = await start(['-b', bundle])
    const { headers } = await get(registry, `/v2/x/blobs/${app.config.digest}`, {}, 'HEAD')
    expect(headers['accept-ranges']).toBe('bytes')
  })

  test('two Host headers are refused', async () => {
    const registry = await start(['-b', bundle])
    const answer = await raw(
      registry,
      'GET /v2/ HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
  })
})

test('the time of a check does not tell the scheme of a user in a mixed file', async () => {
  const file = join(tempFolder, 'mixed-users')
  const hash = scryptSync('secret', 'salt', 32).toString('base64')
  writeFileSync(
    file,
    `sha:{SHA256}${Buffer.alloc(32).toString('base64')}\nscrypt:{SCRYPT}${hash}\n`,
  )
  const authenticate = readAuthFile(file)
  const milliseconds = async (name: string) => {
    const begin = performance.now()
    for (let i = 0; i < 5; i++) {
      const header = `Basic ${Buffer.from(`${name}:wrong ${i}`).toString('base64')}`
      expect(await authenticate(header, { destroyed: false })).toBe(false)
    }
    return performance.now() - begin
  }
  await milliseconds('scrypt')
  const slowest = await milliseconds('scrypt')
  for (const name of ['sha', 'nobody']) {
    expect(await milliseconds(name)).toBeGreaterThan(slowest / 4)
  }
})
