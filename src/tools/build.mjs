/** Makes dist/: the command line, the library, the registry and the schema. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundle, esbuildAssets, root } from './assets.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Node's own modules, fetched when the code that wants them runs: as plain imports all of them would
 * be loaded before the first line, HTTP and TLS of the registry included.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer }) => {
      if (!isBuiltin(path)) return null
      // Only for sub-commands that are programs of their own; loading it takes 8 ms.
      const unused = path.endsWith('child_process') && importer.includes('node_modules/commander')
      return { path: unused ? 'nothing' : path, namespace: 'builtin' }
    })
    builder.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: path === 'nothing' ? '' : `module.exports = process.getBuiltinModule('${path}')`,
      loader: 'js',
    }))
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // One letter beyond Latin 1 would double the memory of the program's text, and slow its reading.
  charset: 'ascii',
  legalComments: 'linked',
  define: { GEN_NODE_VERSION: JSON.stringify(version) },
  logLevel: 'error',
  metafile: true,
  write: false,
}

/** Builds everything and puts it into `folder`; what is half-built is never seen there. */
export async function buildAll(folder = join(root, 'dist')) {
  const [cli, library, registry] = await Promise.all([
    build({
      ...common,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(folder, 'gen-node.mjs'),
      format: 'iife',
      // Not `node`: packages' forms for browsers are ES modules, of which only what is used is kept.
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'node20',
      plugins: [lazyBuiltins, esbuildAssets],
    }),
    build({
      ...common,
      entryPoints: ['src/index.ts'],
      outfile: join(folder, 'index.mjs'),
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      // @iarna/toml reads `global.Date`, which browsers do not have.
      define: { ...common.define, global: 'globalThis' },
      plugins: [esbuildAssets],
    }),
    bundle(join(root, 'src/registry/main.ts')),
  ])
  mkdirSync(folder, { recursive: true })
  const schema = JSON.parse(readFileSync(join(root, 'src/model/v1.schema.json'), 'utf8'))
  put(join(folder, 'schema.json'), `${JSON.stringify(schema, null, 2)}\n`)
  put(join(folder, 'registry.mjs'), registry)
  for (const file of library.outputFiles) put(file.path, file.contents)
  for (const file of cli.outputFiles) {
    if (file.path.endsWith('LEGAL.txt')) put(file.path, file.contents)
    else putProgram(file.path, file.text)
  }
  return { cli: cli.metafile, library: library.metafile }
}

/**
 * The program is one file that works alone. Beside it lies what V8 made of it when it was built:
 * where that is there and of the same Node, starting takes 25 ms less. It is found by the digest of
 * the program, for V8 itself compares no more than lengths.
 */
function putProgram(path, code) {
  const digest = createHash('sha256').update(code).digest('hex').slice(0, 16)
  const cache = `${basename(path, '.mjs')}-${digest}.v8`
  const folder = join(path, '..')
  const compiled = join(folder, cache)
  const temporary = `${compiled}.${process.pid}`
  const warmUp = `
    const { Script } = require('node:vm')
    const { readFileSync, writeFileSync, writeSync } = require('node:fs')
    const script = new Script(${JSON.stringify(code)}, { filename: 'gen-node' })
    process.argv.splice(1, Infinity, 'gen-node', '--role', 'worker', '--bootstrap-ip', '192.0.2.1')
    script.runInThisContext()
    process.on('exit', () => writeFileSync(${JSON.stringify(temporary)}, script.createCachedData()))`
  const { status } = spawnSync(process.execPath, ['-'], {
    input: warmUp,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  for (const name of readdirSync(folder).filter(one => one.endsWith('.v8') && one !== cache)) {
    rmSync(join(folder, name))
  }
  if (status === 0) renameSync(temporary, compiled)
  else rmSync(temporary, { force: true })
  const program = `#!/usr/bin/env node
const { getBuiltinModule } = process
const { Script } = getBuiltinModule('node:vm')
let cachedData
try {
  cachedData = getBuiltinModule('node:fs').readFileSync(new URL('${cache}', import.meta.url))
} catch {}
new Script(${JSON.stringify(code)}, { filename: 'gen-node', cachedData }).runInThisContext()
`
  put(path, program, 0o755)
}

function put(path, content, mode = 0o644) {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, content)
  chmodSync(temporary, mode)
  renameSync(temporary, path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildAll()
