/**
 * `npm run bench -- registry`: gen-node's registry, Debian's nginx and docker-registry serve the same
 * files to the same clients. They take turns in one run, so that a busy machine slows all equally.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { bundle, root } from '../assets.mjs'
import { blobSize, makeImage, sparseArchive } from './image.mjs'

const MiB = 1 << 20
const rounds = 5

/** Measures the registry and prints each figure with its bound. */
export async function benchRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-bench-registry-'))
  const running = []
  try {
    const script = join(folder, 'registry.mjs')
    const text = await bundle(join(root, 'src/registry/main.ts'))
    writeFileSync(script, text)
    const payloadBytes = gzipSync(text, { level: 9 }).length
    printFigure('payload, gzip -9', payloadBytes, { atMost: 11 * 1024, unit: 'B' })
    const image = makeImage(folder)
    const servers = [
      await startRegistry(running, script, join(folder, 'layout'), image),
      await startNginx(running, folder, image),
      await startDistribution(running, folder, image),
    ].filter(Boolean)
    await firstPulls(servers)
    await throughput(servers)
    await manifestRate(servers)
    await memory(servers[0])
    await startOnMany(folder, script)
  } finally {
    // Not by SIGKILL: nginx's worker processes would stay.
    for (const child of running) child.kill()
    await pause(500)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Prints a figure with its bound; a figure out of its bound sets the exit code. */
function printFigure(title, figure, { atLeast, atMost, unit }) {
  const isWithin = atMost === undefined ? figure >= atLeast : figure <= atMost
  const rounded = Number.isInteger(figure) ? figure : figure.toFixed(2)
  const bound = atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`
  const verdict = isWithin ? 'pass' : 'FAIL'
  console.log(`${verdict}  ${title.padEnd(56)} ${rounded} ${unit} (${bound})`)
  if (!isWithin) process.exitCode = 1
}

function printNote(text) {
  console.log(`      ${text}`)
}

function startRegistry(running, script, path, image) {
  const port = 35_000 + (process.pid % 5000)
  const argv = [script, '-b', path, '-H', '127.0.0.1', '-p', `${port}`]
  const base = '/v2/bench/big'
  return startServer(running, 'gen-node', [process.execPath, ...argv], port, {
    blob: `${base}/blobs/sha256:${image.layer}`,
    manifest: `${base}/manifests/1`,
  })
}

function startNginx(running, folder, image) {
  const port = 40_000 + (process.pid % 5000)
  const config = join(folder, 'nginx.conf')
  // Debian's configuration, with the paths of this folder.
  writeFileSync(
    config,
    `worker_processes auto; daemon off; pid ${folder}/nginx.pid; user root;
events { worker_connections 768; }
http { sendfile on; tcp_nopush on; access_log ${folder}/access.log;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; root ${image.blobs}; } }
`,
  )
  const argv = ['nginx', '-c', config, '-e', join(folder, 'nginx.log')]
  return startServer(running, 'nginx', argv, port, {
    blob: `/${image.layer}`,
    manifest: `/${image.manifest}`,
  })
}

/** docker-registry reads its own folder layout, made of links to the same files. */
function startDistribution(running, folder, image) {
  const port = 45_000 + (process.pid % 5000)
  const base = join(folder, 'distribution/docker/registry/v2')
  const repository = join(base, 'repositories/bench/big')
  for (const digest of [image.layer, image.config, image.manifest]) {
    const data = join(base, 'blobs/sha256', digest.slice(0, 2), digest)
    mkdirSync(data, { recursive: true })
    symlinkSync(join(image.blobs, digest), join(data, 'data'))
    link(join(repository, '_layers/sha256', digest), digest)
  }
  link(join(repository, '_manifests/revisions/sha256', image.manifest), image.manifest)
  link(join(repository, '_manifests/tags/1/current'), image.manifest)
  const config = join(folder, 'distribution.yml')
  writeFileSync(
    config,
    `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${folder}/distribution}, maintenance: {readonly: {enabled: true}}}
http: {addr: "127.0.0.1:${port}"}
`,
  )
  return startServer(running, 'docker-registry', ['docker-registry', 'serve', config], port, {
    blob: `/v2/bench/big/blobs/sha256:${image.layer}`,
    manifest: '/v2/bench/big/manifests/1',
  })
}

function link(folder, digest) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'link'), `sha256:${digest}`)
}

/** Starts a server and waits for it; a server that is not installed is left out with a note. */
async function startServer(running, name, [program, ...argv], port, paths) {
  const child = spawn(program, argv, {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  })
  const failed = new Promise(done => child.once('error', done))
  running.push(child)
  for (let i = 0; i < 200; i++) {
    if (await Promise.race([failed, answers(port, paths.manifest)])) {
      if (child.pid === undefined) break
      return { name, port, pid: child.pid, ...paths }
    }
    await pause(25)
  }
  printNote(`${name} is left out: it is not installed or does not start`)
  return undefined
}

const accept = 'application/vnd.oci.image.manifest.v1+json, */*'

function answers(port, path) {
  return new Promise(done => {
    const request = get({ host: '127.0.0.1', port, path, headers: { accept }, agent: false })
    request.once('error', () => done(false))
    request.once('response', response => {
      response.resume()
      done(response.statusCode === 200)
    })
  })
}

/** Prints speed and time to the first byte of a first pull. */
async function firstPulls(servers) {
  for (const server of servers) {
    const argv = ['-sf', '-o', '/dev/null', '-w', '%{time_starttransfer} %{time_total}']
    const { stdout } = spawnSync('curl', [...argv, `http://127.0.0.1:${server.port}${server.blob}`])
    const [firstByte, total] = `${stdout}`.split(' ').map(Number)
    const speed = blobSize / MiB / total
    const title = `first pull: ${server.name} ${speed.toFixed(0)} MiB/s`
    printNote(`${title}, first byte after ${(firstByte * 1000).toFixed(0)} ms`)
    if (server === servers[0]) {
      printFigure('first byte of a first pull', firstByte * 1000, { atMost: 500, unit: 'ms' })
    }
  }
}

/** MiB per second with a number of clients; curl needs little processor time itself. */
async function measure({ port, blob }, clients) {
  const begin = performance.now()
  const ends = Array.from({ length: clients }, () => {
    const child = spawn('curl', ['-sf', '-o', '/dev/null', `http://127.0.0.1:${port}${blob}`])
    return new Promise((done, fail) => {
      child.once('error', fail)
      child.once('exit', code => (code ? fail(new Error(`curl ended with ${code}`)) : done()))
    })
  })
  await Promise.all(ends)
  return (clients * blobSize) / MiB / ((performance.now() - begin) / 1000)
}

async function throughput(servers) {
  for (const clients of [1, 8]) {
    const speeds = new Map(servers.map(server => [server.name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        speeds.get(server.name).push(await measure(server, clients))
      }
    }
    const median = name => speeds.get(name)?.sort((a, b) => a - b)[rounds >> 1]
    const figures = servers.map(({ name }) => `${name} ${median(name).toFixed(0)} MiB/s`)
    printNote(`1 GiB blob, ${clients} client(s), median of ${rounds}: ${figures.join(', ')}`)
    for (const [other, bound] of [
      ['nginx', 0.8],
      ['docker-registry', 1],
    ]) {
      if (!median(other)) continue
      const ratio = median('gen-node') / median(other)
      printFigure(`${clients} client(s) against ${other}`, ratio, { atLeast: bound, unit: 'x' })
    }
  }
}

async function manifestRate(servers) {
  const rates = []
  for (const { name, port, manifest } of servers) {
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    const begin = performance.now()
    let remaining = 10_000
    const client = async () => {
      while (remaining-- > 0) {
        await new Promise((done, fail) => {
          const options = { host: '127.0.0.1', port, path: manifest, agent, headers: { accept } }
          get(options, response => response.resume().once('end', done)).once('error', fail)
        })
      }
    }
    await Promise.all(Array.from({ length: 16 }, client))
    agent.destroy()
    rates.push(`${name} ${(10_000 / ((performance.now() - begin) / 1000)).toFixed(0)}/s`)
  }
  printNote(`manifests by tag, 16 clients (the client is Node, and the limit): ${rates.join(', ')}`)
}

async function memory({ port, pid, blob }) {
  const used = key =>
    Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) /
    1024
  const idle = used('VmRSS')
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, used('VmRSS'))
  }, 25)
  const end = performance.now() + 10_000
  let bytes = 0
  const pull = () =>
    new Promise((done, fail) => {
      const request = get({ host: '127.0.0.1', port, path: blob, agent: false }, response => {
        response.on('data', chunk => {
          bytes += chunk.length
          if (performance.now() > end) response.destroy()
        })
        response.once('close', done)
      })
      request.once('error', fail)
    })
  await Promise.all(Array.from({ length: 200 }, pull))
  clearInterval(watch)
  printNote(
    `200 clients: ${(bytes / MiB / 10).toFixed(0)} MiB/s together; idle memory ${idle.toFixed(0)} MiB`,
  )
  printFigure('memory while 200 clients pull', peak, { atMost: 120, unit: 'MiB' })
}

/** The start on 500 sparse archives of 40 MiB. */
async function startOnMany(folder, script) {
  const many = join(folder, 'many')
  mkdirSync(many)
  const started = performance.now()
  for (let i = 0; i < 500; i++) sparseArchive(join(many, `image-${i}_1.0.tar`), i)
  printNote(`500 archives made in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  const port = 50_000 + (process.pid % 5000)
  const cold = spawnSync('sh', ['-c', 'sync; echo 3 > /proc/sys/vm/drop_caches'], {
    stdio: 'ignore',
  })
  for (const state of [
    cold.status === 0 ? 'cold' : 'warm (the page cache cannot be dropped here)',
    'warm',
  ]) {
    const begin = performance.now()
    const argv = [script, '-b', many, '-H', '127.0.0.1', '-p', `${port}`]
    const child = spawn(process.execPath, argv, { stdio: 'ignore' })
    while (!(await answers(port, '/v2/image-499/manifests/1.0'))) {
      if (child.exitCode !== null) throw new Error('the registry ended')
      await pause(5)
    }
    const seconds = (performance.now() - begin) / 1000
    child.kill('SIGKILL')
    await new Promise(done => child.once('exit', done))
    printFigure(`start on 500 archives, 20 GB, ${state}`, seconds, { atMost: 2, unit: 's' })
  }
}
