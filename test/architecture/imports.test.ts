/** The import rules between rooms, packages and Node. */
import { expect, it } from 'vitest'
import { codeOf, filesBelow, imports, read } from '../lib/source-tree.ts'

/** Each room with the rooms that it may import. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  report: [],
  codec: ['report'],
  model: ['report', 'codec'],
  plan: ['report', 'codec'],
  distro: ['report', 'codec', 'model', 'plan', 'templates'],
  emit: ['report', 'codec', 'plan'],
  'index.ts': ['rules.ts', 'view', 'report', 'codec', 'model', 'plan', 'distro', 'emit'],
  registry: [],
  'rules.ts': ['report', 'plan', 'model', 'distro', 'emit'],
  view: ['report', 'codec', 'model', 'plan', 'emit', 'index.ts', 'templates', 'cli'],
  cli: ['index.ts', 'report', 'registry', 'view'],
  tools: [],
}

/** Each package with the only files that may import it. */
const doors: Readonly<Record<string, readonly string[]>> = {
  yaml: ['src/codec/yaml.ts', 'src/codec/yaml-print.ts', 'src/codec/pyyaml.ts'],
  '@iarna/toml': ['src/codec/toml.ts'],
  handlebars: ['src/codec/template.ts', 'src/tools/assets.mjs'],
  '@noble/hashes': ['src/codec/hash.ts'],
  'get-east-asian-width': ['src/codec/character-width.ts'],
  'ipaddr.js': ['src/codec/address.ts'],
  pako: ['src/codec/gzip.ts'],
  commander: ['src/cli/args/command-tree.ts'],
  diff: ['src/view/masked-diff.ts'],
  ajv: ['src/tools/assets.mjs'],
  esbuild: ['src/tools/assets.mjs', 'src/tools/build.mjs'],
}

const core = ['report', 'codec', 'model', 'plan', 'distro', 'emit', 'index.ts', 'rules.ts']

function roomOf(path: string): string {
  const [top, second] = path.split('/')
  return top === 'src' ? (second ?? '') : (top ?? '')
}

it('a room imports only the rooms that its row allows', () => {
  const wrong = imports().filter(one => {
    if (one.target === null) return false
    const [from, to] = [roomOf(one.file), roomOf(one.target)]
    // The registry enters plans as text, never as code.
    const asText = from === 'distro' && one.specifier.endsWith('registry/main.ts?bundle')
    return from !== to && !asText && !arrows[from]?.includes(to)
  })
  expect(wrong).toEqual([])
})

it('a distribution sees neither another distribution nor the texts of another', () => {
  const shared = ['distro.ts', 'distros.ts', 'parts', 'rules.ts']
  const folderOf = (path: string) => /^(?:src\/distro|templates)\/([^/]+)\//.exec(path)?.[1] ?? null
  const wrong = imports().filter(({ file, target }) => {
    const folder = target === null ? null : folderOf(target)
    if (folder === null || shared.includes(folder) || file === 'src/distro/distros.ts') return false
    return folderOf(file) !== folder
  })
  expect(wrong).toEqual([])
})

it('a package is imported only by the files of its row', () => {
  const wrong = imports().filter(one => {
    if (one.target !== null || one.specifier.startsWith('node:')) return false
    const name = /^(@[^/]+\/)?[^/]+/.exec(one.specifier)?.[0] ?? ''
    return !doors[name]?.includes(one.file)
  })
  expect(wrong).toEqual([])
})

it('the core uses no Node module, clock, random number, process or promise', () => {
  const node = imports().filter(
    one => core.includes(roomOf(one.file)) && one.specifier.startsWith('node:'),
  )
  expect(node).toEqual([])
  const impure = filesBelow('src', /\.ts$/)
    .filter(file => core.includes(roomOf(file)))
    .filter(file =>
      /\bDate\b|Math\.random|\basync\b|\bawait\b|\bprocess\./.test(codeOf(read(file))),
    )
  expect(impure).toEqual([])
})

it('the registry imports only Node modules and its own files', () => {
  const others = imports().filter(
    one =>
      roomOf(one.file) === 'registry' &&
      !one.specifier.startsWith('node:') &&
      roomOf(one.target ?? '') !== 'registry',
  )
  expect(others).toEqual([])
})

it('no other room imports cli or tools', () => {
  const wrong = imports().filter(
    one =>
      ['cli', 'tools'].includes(roomOf(one.target ?? '')) &&
      roomOf(one.file) !== 'view' &&
      roomOf(one.target ?? '') !== roomOf(one.file),
  )
  expect(wrong).toEqual([])
})

it('imports form no cycle, type imports included', () => {
  const edges = new Map<string, string[]>()
  for (const one of imports()) {
    if (one.target !== null) edges.set(one.file, [...(edges.get(one.file) ?? []), one.target])
  }
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return []
    const cycle = (edges.get(file) ?? []).flatMap(next => visit(next, [...trail, file]))
    done.add(file)
    return cycle
  }
  expect([...edges.keys()].flatMap(file => visit(file, []))).toEqual([])
})
