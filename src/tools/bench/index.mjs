/** `npm run bench`: measures speeds and sizes, and prints each figure with its bound. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { gzipSync } from 'node:zlib'
import { root } from '../assets.mjs'
import { buildAll } from '../build.mjs'

const program = join(root, 'dist/gen-node.cjs')
const worker = ['--role', 'worker', '--bootstrap-ip', '192.168.1.10']
const controller = ['--role', 'controller', '--bootstrap-ip', '192.168.1.10']
const KiB = 1024

/** Prints a figure with its upper bound; a figure above it sets the exit code. */
function printFigure(title, figure, bound, unit) {
  const verdict = figure <= bound ? 'pass' : 'FAIL'
  const withUnit = value => `${Number.isInteger(value) ? value : value.toFixed(2)}${unit}`
  console.log(
    `${verdict}  ${title.padEnd(52)} ${withUnit(figure).padStart(12)}  bound ${withUnit(bound)}`,
  )
  if (figure > bound) process.exitCode = 1
}

/** Compares medians; the runs take turns, so that a busy machine slows both equally. */
function startUp(rounds = 21) {
  const calls = [
    ['-e', '0'],
    [program, ...worker],
  ]
  const times = calls.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, call] of calls.entries()) {
      const begin = performance.now()
      spawnSync(process.execPath, call, { stdio: 'ignore' })
      times[index].push(performance.now() - begin)
    }
  }
  const [node, genNode] = times.map(list => list.sort((a, b) => a - b)[rounds >> 1])
  console.log(
    `      node -e 0: ${node.toFixed(1)} ms, gen-node: ${genNode.toFixed(1)} ms (median of ${rounds})`,
  )
  printFigure('start to end of gen-node --role worker', genNode / node, 2.2, ' x')
}

function cluster(nodes) {
  const line = index =>
    index < 3
      ? `  - {name: c${index}, role: controller, address: 10.0.0.${index + 1}}`
      : `  - {name: w${index}, role: worker, address: 10.1.${index >> 8}.${index & 255}, labels: {zone: z${index % 5}}}`
  const lines = Array.from({ length: nodes }, (_, index) => line(index))
  return `apiVersion: gen-node/v1\nname: bench\ndistro: {version: 1.33.4}\nnodes:\n${lines.join('\n')}\n`
}

/** The process writes its peak memory to a file when it ends. */
async function thousandNodes(folder) {
  const spec = join(folder, 'cluster.yaml')
  writeFileSync(spec, cluster(1000))
  const recorder = join(folder, 'record-memory.mjs')
  writeFileSync(
    recorder,
    `process.on('exit', () => process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(join(folder, 'rss'))}, String(process.resourceUsage().maxRSS)))`,
  )
  const begin = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', recorder, program, spec, '-q', '-o', join(folder, 'out/')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const code = await new Promise(done => child.on('exit', done))
  const seconds = (performance.now() - begin) / 1000
  if (code !== 0) throw new Error(`1,000 nodes: exit code ${code}`)
  printFigure('1,000 nodes to a directory, both formats', seconds, 4, ' s')
  printFigure('  peak memory', Number(readFileSync(join(folder, 'rss'), 'utf8')) / KiB, 400, ' MB')
}

function sizes() {
  const output = (args, ...more) => {
    const call = [program, ...args, '-q', ...more]
    const { stdout, status } = spawnSync(process.execPath, call, { maxBuffer: 1 << 26 })
    if (status !== 0) throw new Error(`${args.join(' ')}: exit code ${status}`)
    return stdout
  }
  // With --gzip always, the files inside are not compressed again.
  const gzipped = args => output(args, '--gzip', 'always').length
  const ignition = args => gzipSync(output(args, '-f', 'ignition'), { level: 9 }).length
  printFigure("a worker's user-data, gzipped", gzipped(worker), 4 * KiB, ' B')
  printFigure("a controller's user-data, gzipped", gzipped(controller), 14 * KiB, ' B')
  console.log(
    `      as Ignition: worker ${ignition(worker)} B, controller ${ignition(controller)} B`,
  )
  const registry = readFileSync(join(root, 'dist/registry.mjs'))
  console.log(`      registry payload: ${registry.length} B minified`)
  const payloadBytes = gzipSync(registry, { level: 9 }).length
  printFigure('the registry payload, gzip -9', payloadBytes, 11 * KiB, ' B')
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
