/**
 * The tree of every node and its configs as recorded files, and the run book of some clusters.
 * GOLDEN=record writes them again and fails, so that it cannot stay set.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/codec/hash.ts'
import { parseTar, type SpecialTarEntry, type TarEntry } from '../../src/codec/tar.ts'
import { containerdFacts } from '../../src/distro/containerd/facts.ts'
import { k0sFacts } from '../../src/distro/k0s/facts.ts'
import { cases, fetch, plansOf, runbookOf, specOf, withoutSizes, x509In2026 } from '../lib/cases.ts'
import { artifactOf } from '../lib/rendered.ts'
import {
  defaultFormats,
  type NodePlan,
  needs,
  plan,
  type TreeEntry,
  treeOf,
} from '../lib/stages.ts'

const record = process.env.GOLDEN === 'record'

// The registry program changes with every commit to it; it has its own tests.
const program = /\/registry\.mjs$/
// A worker, nodes with the registry, and a node with secrets and certificates.
const rootfsCases = ['every-node', 'k0s-1.36-worker', 'mirrors']
const manifest = /\/manifest\.sha256$/

// Tokens in the spec; a registry outside the cluster; a chart that the first boot takes from it; a registry
// with TLS, and nodes that wait for tokens.
const runbookCases = [
  ...['cluster', 'containerd-2.3', 'external-registry', 'k0rdent-external', 'k3s-cluster'],
  'registry-guarded',
]

for (const golden of cases()) {
  const { name, source, folder: caseFolder } = golden
  describe(name, () => {
    const plans = plansOf(source, caseFolder)
    if (runbookCases.includes(name)) {
      it('the run book', () =>
        compareFile(join(caseFolder, 'out/RUNBOOK.md'), withoutSizes(runbookOf(golden))))
    }
    for (const plan of plans) {
      const folder = join(caseFolder, 'out', plan.name)
      it(`${plan.name}: the tree`, () => compare(folder, 'tree', treeFiles(plan)))
      if (rootfsCases.includes(name)) {
        it(`${plan.name}: the root file system`, () =>
          compare(folder, 'rootfs', rootfsListing(plan)))
      }
      // Bytes with the registry program inside would change with every commit to it.
      if (plan.files.some(file => program.test(file.path))) continue
      it(`${plan.name}: the bytes`, () => compare(folder, 'bytes', artifacts(plan)))
    }
  })
}

it.each(cases())('$name: there are no errors, also not in certificates', ({ source, folder }) => {
  const spec = specOf(source)
  const { diagnostics } = plan(spec, fetch(needs(spec), folder), x509In2026)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
})

it('the newest fact has a case', () => {
  const versions = cases().map(golden => golden.name)
  const newest = k0sFacts.at(-1)
  expect(versions.some(name => name.startsWith(`k0s-1.${newest?.since}-`))).toBe(true)
  const containerd = containerdFacts.at(-1)?.since.join('.')
  expect(versions).toContain(`containerd-${containerd}`)
})

function treeFiles(plan: NodePlan): ReadonlyMap<string, Uint8Array> {
  const tree = treeOf(plan)
  const lines = tree.entries.map(lineOf)
  const others = [
    ...tree.enabled.map(unit => `enabled ${unit}`),
    ...tree.users.map(user => `user ${user.name} (${user.authorizedKeys.length} keys)`),
  ]
  const files = tree.entries.flatMap(entry =>
    entry.kind === 'file' && !program.test(entry.path) && !manifest.test(entry.path)
      ? [[`root${entry.path}`, entry.content] as const]
      : [],
  )
  const text = [...lines, ...others].map(line => `${line}\n`).join('')
  return new Map([['tree.txt', Buffer.from(text)], ...files])
}

function lineOf(entry: TreeEntry): string {
  const mode = entry.mode.toString(8).padStart(4, '0')
  const start = `${entry.kind === 'file' ? '-' : entry.kind.charAt(0)}${mode} ${entry.owner}`
  if (entry.kind === 'link') return `${start} ${entry.path} -> ${entry.target}`
  if (entry.kind === 'directory') return `${start} ${entry.path}`
  if (program.test(entry.path) || manifest.test(entry.path)) return `${start} ${entry.path}`
  return `${start} ${entry.path} ${entry.content.length} ${sha256(entry.content).slice(0, 12)}`
}

function artifacts(plan: NodePlan): ReadonlyMap<string, Uint8Array> {
  return new Map(
    defaultFormats.map(format => {
      const { path, bytes } = artifactOf(plan, { format })
      return [path, bytes] as const
    }),
  )
}

/** The archive of a root file system as lines, with its comments. */
function rootfsListing(plan: NodePlan): ReadonlyMap<string, Uint8Array> {
  const tar = parseTar(artifactOf(plan, { format: 'rootfs' }).bytes)
  const lines = tar?.entries.map(tarLineOf) ?? []
  return new Map([['listing.txt', Buffer.from([`# ${tar?.comment}`, ...lines, ''].join('\n'))]])
}

function tarLineOf(entry: TarEntry | SpecialTarEntry): string {
  const mode = entry.mode.toString(8).padStart(4, '0')
  const path = `/${entry.path}`
  const changes = program.test(path) || manifest.test(path)
  const content =
    entry.kind === 'file' && !changes
      ? ` ${entry.content.length} ${sha256(entry.content).slice(0, 12)}`
      : ''
  const target = 'target' in entry ? ` -> ${entry.target}` : ''
  const comment = entry.comment === null ? '' : ` # ${entry.comment}`
  return `${entry.kind} ${mode} ${entry.uid}:${entry.gid}${content} ${path}${target}${comment}`
}

/** Compares a text with its recorded file. */
function compareFile(path: string, text: string): void {
  if (record) {
    writeRecorded(path, Buffer.from(text))
    expect.fail('recorded; run again without GOLDEN=record')
  }
  expect(existsSync(path), `${path} is recorded: GOLDEN=record`).toBe(true)
  expect(readFileSync(path, 'utf8')).toBe(text)
}

function writeRecorded(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** Compares files of a node with its recorded folder, which has no others. */
function compare(node: string, part: string, files: ReadonlyMap<string, Uint8Array>): void {
  const folder = join(node, part)
  if (record) {
    rmSync(folder, { recursive: true, force: true })
    for (const [name, bytes] of files) writeRecorded(join(folder, name), bytes)
    expect.fail('recorded; run again without GOLDEN=record')
  }
  expect(existsSync(folder), `${folder} is recorded: GOLDEN=record`).toBe(true)
  const recorded = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  for (const [name, bytes] of files) {
    expect(readFileSync(join(folder, name)).toString('latin1'), name).toBe(
      Buffer.from(bytes).toString('latin1'),
    )
  }
  expect([...recorded].sort()).toEqual([...files.keys()].sort())
}
