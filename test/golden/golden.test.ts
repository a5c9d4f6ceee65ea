/**
 * What each case leaves on a node, as files to read and to compare. GOLDEN=record writes them anew
 * and fails, so that it cannot be left on.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/codec/hash.ts'
import { parseTar, type SpecialTarEntry, type TarEntry } from '../../src/codec/tar.ts'
import { k0sFacts } from '../../src/distro/k0s/facts.ts'
import { cases, plansOf } from '../lib/cases.ts'
import { artifactOf } from '../lib/rendered.ts'
import { defaultFormats, type NodePlan, type TreeEntry, treeOf } from '../lib/stages.ts'

const record = process.env.GOLDEN === 'record'

// The registry program changes with every commit to it; it has tests of its own.
const program = /\/registry\.mjs$/
// A worker, nodes with the registry, and a node with secrets and certificates.
const rootfsCases = ['every-node', 'k0s-1.36-worker', 'mirrors']
const manifest = /\/manifest\.sha256$/

for (const one of cases()) {
  describe(one.name, () => {
    const plans = plansOf(one.source, one.folder)
    for (const plan of plans) {
      const folder = join(one.folder, 'out', plan.name)
      it(`${plan.name}: the tree`, () => compare(folder, 'tree', treeFiles(plan)))
      if (rootfsCases.includes(one.name)) {
        it(`${plan.name}: the root file system`, () =>
          compare(folder, 'rootfs', rootfsListing(plan)))
      }
      // Bytes with the registry program inside would change with every commit to it.
      if (plan.files.some(file => program.test(file.path))) continue
      it(`${plan.name}: the bytes`, () => compare(folder, 'bytes', artifacts(plan)))
    }
  })
}

it('the newest fact has a case', () => {
  const versions = cases().map(one => one.name)
  const newest = k0sFacts.at(-1)
  expect(versions.some(name => name.startsWith(`k0s-1.${newest?.since}-`))).toBe(true)
})

function treeFiles(plan: NodePlan): ReadonlyMap<string, Uint8Array> {
  const tree = treeOf(plan)
  const lines = tree.entries.map(lineOf)
  const also = [
    ...tree.enabled.map(unit => `enabled ${unit}`),
    ...tree.users.map(user => `user ${user.name} (${user.authorizedKeys.length} keys)`),
  ]
  const files = tree.entries.flatMap(entry =>
    entry.kind === 'file' && !program.test(entry.path) && !manifest.test(entry.path)
      ? [[`root${entry.path}`, entry.content] as const]
      : [],
  )
  const text = [...lines, ...also].map(line => `${line}\n`).join('')
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

/** The archive of a root file system as lines, with what is in it for its reader only. */
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

function compare(node: string, what: string, files: ReadonlyMap<string, Uint8Array>): void {
  const folder = join(node, what)
  if (record) {
    rmSync(folder, { recursive: true, force: true })
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), bytes)
    }
    expect.fail('recorded; run again without GOLDEN=record')
  }
  expect(existsSync(folder), `${folder} is recorded: GOLDEN=record`).toBe(true)
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  for (const [name, bytes] of files) {
    expect(readFileSync(join(folder, name)).toString('latin1'), name).toBe(
      Buffer.from(bytes).toString('latin1'),
    )
  }
  expect(there.sort()).toEqual([...files.keys()].sort())
}
