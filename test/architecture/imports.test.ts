/** Which room may import which rooms and packages, as the table in ARCHITECTURE.md shows it. */
import { expect, it } from 'vitest'
import { codeOf, filesBelow, type Import, imports, read } from '../lib/source-tree.ts'

/** Rooms, or files of rooms, that a room may import; type imports count too. */
const allowedRooms: Readonly<Record<string, readonly string[]>> = {
  report: [],
  codec: ['report/place.ts'],
  model: ['report', 'codec'],
  plan: ['report', 'codec'],
  distro: ['report', 'codec', 'model', 'plan', 'templates', 'registry/main.ts?bundle'],
  emit: ['report', 'codec', 'plan', 'templates'],
  convert: ['report', 'codec'],
  view: ['report', 'codec', 'model', 'plan', 'emit (types)', 'templates'],
  'index.ts': ['report', 'codec', 'model', 'plan', 'distro', 'emit', 'convert', 'view', 'rules.ts'],
  'rules.ts': ['report', 'codec', 'model', 'plan', 'distro', 'emit', 'convert', 'view'],
  registry: [],
  secrets: ['codec', 'index.ts (types)'],
  cli: ['index.ts', 'report', 'registry', 'secrets'],
  tools: [],
}

/** The files that import a package; no other file may. */
const allowedPackages: Readonly<Record<string, readonly string[]>> = {
  yaml: ['src/codec/yaml.ts'],
  '@iarna/toml': ['src/codec/toml.ts'],
  'toml-eslint-parser': ['src/codec/toml-document.ts'],
  handlebars: ['src/codec/template.ts', 'src/tools/assets.mjs'],
  '@noble/hashes': ['src/codec/hash.ts'],
  pako: ['src/codec/gzip.ts'],
  'ipaddr.js': ['src/codec/address.ts'],
  'get-east-asian-width': ['src/codec/character-width.ts'],
  'age-encryption': ['src/secrets/age.ts'],
  commander: ['src/cli/args/command-tree.ts'],
  diff: ['src/view/masked-diff.ts'],
  ajv: ['src/tools/assets.mjs'],
  esbuild: ['src/tools/assets.mjs', 'src/tools/build.mjs'],
}

/** Rooms that may import Node's own modules. */
const roomsWithNode = ['registry', 'secrets', 'cli', 'tools']

const core = [
  'report',
  'codec',
  'model',
  'plan',
  'distro',
  'emit',
  'convert',
  'view',
  'index.ts',
  'rules.ts',
]

/** `src/emit/emitter.ts` is in `emit`, `src/index.ts` in `index.ts`. */
function roomOf(path: string): string {
  const [top, second] = path.split('/')
  return top === 'src' ? (second ?? '') : (top ?? '')
}

function isAllowed({ file, target, specifier, typeOnly }: Import): boolean {
  if (target === null) return true
  const room = roomOf(target)
  if (room === roomOf(file)) return true
  const path = `${target.replace(/^src\//, '')}${/\?.*$/.exec(specifier)?.[0] ?? ''}`
  const allowed = allowedRooms[roomOf(file)] ?? []
  return (
    allowed.includes(room) ||
    allowed.includes(path) ||
    (typeOnly && allowed.includes(`${room} (types)`))
  )
}

it('ARCHITECTURE.md shows these rooms and packages', () => {
  const namesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  const [, table = ''] = read('ARCHITECTURE.md').split(/^\| room \| content .*\n.*\n/m)
  const rows =
    table
      .split('\n\n')[0]
      ?.split('\n')
      .map(line => line.split(' | ')) ?? []
  const shown = rows.map(([room, , rooms, packages]) => [
    namesIn(room)[0],
    { rooms: namesIn(rooms), packages: namesIn(packages).sort() },
  ])
  const expected = Object.entries(allowedRooms).map(([room, rooms]) => {
    const packages = Object.entries(allowedPackages)
      .filter(([, files]) => files.some(file => roomOf(file) === room))
      .map(([name]) => name)
    const modules = roomsWithNode.includes(room) ? ['node:'] : []
    return [room, { rooms, packages: [...packages, ...modules].sort() }]
  })
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected))
})

it('every import between rooms is allowed', () => {
  expect(imports().filter(entry => !isAllowed(entry))).toEqual([])
})

it('every package is imported by its own files only', () => {
  const wrong = imports().filter(({ file, target, specifier }) => {
    if (target !== null || specifier.startsWith('node:')) return false
    const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''
    return !allowedPackages[name]?.includes(file)
  })
  expect(wrong).toEqual([])
})

it('only the registry, the secrets, the command line and the tools import modules of Node', () => {
  const wrong = imports().filter(
    ({ file, specifier }) => specifier.startsWith('node:') && !roomsWithNode.includes(roomOf(file)),
  )
  expect(wrong).toEqual([])
})

it('the registry imports modules of Node and nothing else', () => {
  const wrong = imports().filter(
    ({ file, specifier, target }) =>
      roomOf(file) === 'registry' &&
      !specifier.startsWith('node:') &&
      roomOf(target ?? '') !== 'registry',
  )
  expect(wrong).toEqual([])
})

it('a distribution imports neither another distribution nor its templates', () => {
  const distributionOf = (path: string | null) =>
    /^(?:src\/distro|templates)\/([^/]+)\//.exec(path ?? '')?.[1] ?? null
  const wrong = imports().filter(({ file, target }) => {
    const distribution = distributionOf(target)
    if (distribution === null || distribution === 'parts') return false
    const tables = ['src/distro/distros.ts']
    return distributionOf(file) !== distribution && !tables.includes(file)
  })
  expect(wrong).toEqual([])
})

it('a format imports no other format', () => {
  const formatOf = (path: string | null) => /^src\/emit\/([^/]+)\//.exec(path ?? '')?.[1] ?? null
  const wrong = imports().filter(({ file, target }) => {
    const format = formatOf(target)
    if (format === null || format === 'foreign') return false
    return formatOf(file) !== format && file !== 'src/emit/emitters.ts'
  })
  expect(wrong).toEqual([])
})

it('the core uses neither the clock, nor random values, nor the process, nor promises', () => {
  const impure = filesBelow('src', /\.ts$/)
    .filter(file => core.includes(roomOf(file)))
    .filter(file =>
      /\bDate\b|Math\.random|\basync\b|\bawait\b|\bprocess\.|\bBuffer\b/.test(codeOf(read(file))),
    )
  expect(impure).toEqual([])
})

it('there are no import cycles, type imports included', () => {
  const edges = new Map<string, string[]>()
  for (const { file, target } of imports()) {
    if (target !== null) edges.set(file, [...(edges.get(file) ?? []), target])
  }
  const visited = new Set<string>()
  const cyclesFrom = (file: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (visited.has(file)) return []
    const cycle = (edges.get(file) ?? []).flatMap(next => cyclesFrom(next, [...trail, file]))
    visited.add(file)
    return cycle
  }
  expect([...edges.keys()].flatMap(file => cyclesFrom(file, []))).toEqual([])
})
