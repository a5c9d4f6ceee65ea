/** `npm run bench`: what PRODUCT.md promises about speeds and sizes, measured, with its bounds. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { gzipSync } from 'node:zlib'
import { root } from '../assets.mjs'
import { buildAll } from '../build.mjs'

const program = join(root, 'dist/gen-node.mjs')
const worker = ['--role', 'worker', '--bootstrap-ip', '192.168.1.10']
const controller = ['--role', 'controller', '--bootstrap-ip', '192.168.1.10']
const KiB = 1024

/** Prints one figure with its bound. */
function tell(what, figure, bound, unit) {
  const verdict = figure <= bound ? 'pass' : 'FAIL'
  const shown = value => `${Number.isInteger(value) ? value : value.toFixed(2)}${unit}`
  console.log(`${verdict}  ${what.padEnd(52)} ${shown(figure).padStart(12)}  bound ${shown(bound)}`)
  if (figure > bound) process.exitCode = 1
}

/** Medians of runs that take turns, so that a busy machine slows both alike. */
function startUp(rounds = 21) {
  const calls = [
    ['-e', '0'],
    [program, ...worker],
  ]
  const times = calls.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, call] of calls.entries()) {
      const begin = performance.now()
      spawnSync(process.execPath, call, { stdio: 'ignore' })
      times[at].push(performance.now() - begin)
    }
  }
  const [node, ours] = times.map(all => all.sort((a, b) => a - b)[rounds >> 1])
  console.log(
    `      node -e 0: ${node.toFixed(1)} ms, gen-node: ${ours.toFixed(1)} ms (median of ${rounds})`,
  )
  tell('start to end of gen-node --role worker', ours / node, 2, ' x')
}

function cluster(nodes) {
  const line = at =>
    at < 3
      ? `  - {name: c${at}, role: controller, address: 10.0.0.${at + 1}}`
      : `  - {name: w${at}, role: worker, address: 10.1.${at >> 8}.${at & 255}, labels: {zone: z${at % 5}}}`
  const lines = Array.from({ length: nodes }, (_, at) => line(at))
  return `apiVersion: gen-node/v1\nname: bench\ndistro: {name: k0s, version: 1.33.4}\nnodes:\n${lines.join('\n')}\n`
}

/** The peak is read from the process's own account at its end. */
async function thousandNodes(folder) {
  const spec = join(folder, 'cluster.yaml')
  writeFileSync(spec, cluster(1000))
  const account = join(folder, 'account.mjs')
  writeFileSync(
    account,
    `process.on('exit', () => process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(join(folder, 'rss'))}, String(process.resourceUsage().maxRSS)))`,
  )
  const begin = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', account, program, spec, '-q', '-o', join(folder, 'out/')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const code = await new Promise(done => child.on('exit', done))
  const seconds = (performance.now() - begin) / 1000
  if (code !== 0) throw new Error(`1,000 nodes: exit code ${code}`)
  tell('1,000 nodes to a directory, both formats', seconds, 4, ' s')
  tell('  its peak of memory', Number(readFileSync(join(folder, 'rss'), 'utf8')) / KiB, 400, ' MB')
}

function sizes() {
  const output = (args, ...more) => {
    const call = [program, ...args, '-q', ...more]
    const { stdout, status } = spawnSync(process.execPath, call, { maxBuffer: 1 << 26 })
    if (status !== 0) throw new Error(`${args.join(' ')}: exit code ${status}`)
    return stdout
  }
  // As it goes to a platform that takes gzip: what is compressed as a whole holds nothing compressed.
  const gzipped = args => output(args, '--gzip', 'always').length
  const ignition = args => gzipSync(output(args, '-f', 'ignition'), { level: 9 }).length
  tell("a worker's user-data, gzipped", gzipped(worker), 4 * KiB, ' B')
  tell("a controller's user-data, gzipped", gzipped(controller), 12 * KiB, ' B')
  console.log(
    `      as Ignition: worker ${ignition(worker)} B, controller ${ignition(controller)} B`,
  )
  const registry = readFileSync(join(root, 'dist/registry.mjs'))
  console.log(`      registry script: ${registry.length} B minified`)
  tell(
    'the registry script, minified and gzipped',
    gzipSync(registry, { level: 9 }).length,
    10 * KiB,
    ' B',
  )
}

await buildAll()
if (process.argv[2] === 'registry') {
  const { benchRegistry } = await import('./registry.mjs')
  await benchRegistry()
} else {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-bench-'))
  try {
    startUp()
    await thousandNodes(folder)
    sizes()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
