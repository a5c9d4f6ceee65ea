/**
 * Loads three kinds of files as modules: templates, JSON Schemas and bundled programs. esbuild and vite
 * each have a plugin with the same loaders; no generated file is written to the disk.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'
import Handlebars from 'handlebars'

/** The project's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

const templateFile = join(root, 'src/codec/template.ts')

const loaders = { hbs: templateModule, validator: validatorModule, bundle: bundleModule }

const kindOf = specifier => /\.(hbs)$|\?(validator|bundle)$/.exec(specifier)?.slice(1).find(Boolean)

const isAsset = /\.hbs$|\?(?:validator|bundle)$/

/** The assets for esbuild. */
export const esbuildAssets = {
  name: 'gen-node-assets',
  setup(builder) {
    builder.onResolve({ filter: isAsset }, args => ({
      namespace: 'gen-node-asset',
      path: resolve(args.resolveDir, args.path.replace(/\?.*$/, '')),
      pluginData: kindOf(args.path),
      suffix: `?${kindOf(args.path)}`,
    }))
    builder.onLoad({ filter: /.*/, namespace: 'gen-node-asset' }, async args => ({
      contents: await loaders[args.pluginData](args.path),
      loader: 'js',
      resolveDir: dirname(args.path),
      watchFiles: [args.path],
    }))
  },
}

/** The assets for vite and vitest. */
export const viteAssets = {
  name: 'gen-node-assets',
  enforce: 'pre',
  resolveId(specifier, importer) {
    if (importer === undefined || !isAsset.test(specifier)) return null
    const path = specifier.replace(/\?.*$/, '')
    const folder = dirname(importer.replace(/\?.*$/, ''))
    // The name has no file extension: vite would transform the module as JSON or TypeScript.
    return `\0asset:${kindOf(specifier)}:${resolve(folder, path)}:`
  },
  load(id) {
    const [, kind, path] = /^\0asset:(\w+):(.*):$/s.exec(id) ?? []
    return kind === undefined ? null : loaders[kind](path)
  },
}

/** Compiles a template into a function, which throws where an expression has no value. */
async function templateModule(path) {
  const ast = Handlebars.parse(await readFile(path, 'utf8'))
  const knownHelpers = makeStrict(ast)
  const code = Handlebars.precompile(ast, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers,
  })
  return `import { template } from ${JSON.stringify(templateFile)}
export default template(${code})
`
}

/** Makes every expression strict, and returns the names of the called helpers. */
function makeStrict(ast) {
  const names = {}
  const visitor = new Handlebars.Visitor()
  const { MustacheStatement, SubExpression } = Handlebars.Visitor.prototype
  visitor.MustacheStatement = call => {
    if (call.params.length > 0) names[call.path.original] = true
    MustacheStatement.call(visitor, call)
  }
  visitor.SubExpression = call => {
    names[call.path.original] = true
    SubExpression.call(visitor, call)
  }
  visitor.PathExpression = path => {
    // Handlebars' own strict mode does not check the arguments of helpers.
    path.strict = true
  }
  visitor.accept(ast)
  return names
}

/** Compiles a JSON Schema into a function without eval, which browsers can forbid, for a fast start. */
async function validatorModule(path) {
  const schema = JSON.parse(await readFile(path, 'utf8'))
  const Dialect = String(schema.$schema).includes('2020-12') ? Ajv2020 : Ajv
  const ajv = new Dialect({
    allErrors: true,
    verbose: false,
    strict: true,
    // A schema expresses "one of both" by `anyOf: [{required: [a]}, {required: [b]}]`.
    strictRequired: false,
    allowUnionTypes: true,
    // The messages are in model/rules.ts. With a function for each $ref the code has a third of the size.
    messages: false,
    inlineRefs: false,
    code: { source: true, esm: true },
  })
  const { outputFiles } = await build({
    // The generated code loads helpers by `require`, which browsers and vitest do not have.
    stdin: { contents: standalone.default(ajv, ajv.compile(schema)), resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  })
  return outputFiles[0].text
}

const bundles = new Map()

/** Bundles a program into the text that runs on nodes, once per process. */
async function bundleModule(path) {
  const text = bundles.get(path) ?? bundle(path)
  bundles.set(path, text)
  return `export default ${JSON.stringify(await text)}\n`
}

/** Bundles a program into one minified text for Node 18.3 and later. */
export async function bundle(path) {
  const { outputFiles } = await buildProgram(path)
  return outputFiles[0].text
}

/** The source files of a bundle, relative to the root folder. */
export async function bundleInputs(path) {
  const { metafile } = await buildProgram(path)
  return Object.keys(metafile.inputs).filter(name => !name.startsWith('builtin:'))
}

/** Imports each module of Node once: esbuild repeats the import for every file that has it. */
const sharedBuiltins = {
  name: 'shared-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/, namespace: 'file' }, ({ path }) => ({
      path,
      namespace: 'builtin',
    }))
    builder.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `export { default } from '${path}'`,
    }))
  },
}

function buildProgram(path) {
  return build({
    absWorkingDir: root,
    plugins: [sharedBuiltins],
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    metafile: true,
    write: false,
  })
}
