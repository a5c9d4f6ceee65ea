/** Builds dist/: the command line with the package of age, the library, the registry and the schema. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundle, esbuildAssets, root } from './assets.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Loads modules of Node when the importing module runs. Plain imports would load all of them at
 * start, HTTP and TLS of the registry included.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer }) => {
      if (!isBuiltin(path)) return null
      // commander needs it only for subcommands that are separate programs; loading it takes 8 ms.
      const unused = path.endsWith('child_process') && importer.includes('node_modules/commander')
      return { path: unused ? 'nothing' : path, namespace: 'builtin' }
    })
    builder.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: path === 'nothing' ? '' : `module.exports = process.getBuiltinModule('${path}')`,
      loader: 'js',
    }))
  },
}

/** Keeps the package of age out of the command line: only SOPS files need it, and loading it takes 25 ms. */
const separateAge = {
  name: 'separate-age',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/age\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './age.mjs', external: true } : null,
    )
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // A single character beyond Latin-1 makes V8 store the whole text with two bytes per character.
  charset: 'ascii',
  legalComments: 'linked',
  define: { GEN_NODE_VERSION: JSON.stringify(version) },
  logLevel: 'error',
  metafile: true,
  write: false,
}

/** Builds everything into `folder`; each file is renamed to its name when it is complete. */
export async function buildAll(folder = join(root, 'dist')) {
  const [cli, age, library, registry] = await Promise.all([
    build({
      ...common,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(folder, 'cli.cjs'),
      format: 'cjs',
      // Not `node`: the ES modules of packages allow esbuild to drop unused code.
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'node20',
      plugins: [separateAge, lazyBuiltins, esbuildAssets],
    }),
    build({
      ...common,
      entryPoints: ['src/secrets/age.ts'],
      outfile: join(folder, 'age.mjs'),
      format: 'esm',
      platform: 'neutral',
      target: 'node20',
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
  writeComplete(join(folder, 'schema.json'), `${JSON.stringify(schema, null, 2)}\n`)
  writeComplete(join(folder, 'registry.mjs'), registry)
  for (const { outputFiles } of [library, age, cli]) {
    for (const file of outputFiles) writeComplete(file.path, file.contents)
  }
  writeComplete(join(folder, 'gen-node.cjs'), startFile, 0o755)
  return { cli: cli.metafile, library: library.metafile }
}

/**
 * The start file enables Node's compile cache before the program is loaded: from Node 22.1 on, a second
 * start is faster, and Node keeps the cache itself (https://nodejs.org/api/module.html). CommonJS,
 * because Node compiles it faster than an ES module.
 */
const startFile = `#!/usr/bin/env node
require('node:module').enableCompileCache?.()
require('./cli.cjs')
`

function writeComplete(path, content, mode = 0o644) {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, content)
  chmodSync(temporary, mode)
  renameSync(temporary, path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildAll()
