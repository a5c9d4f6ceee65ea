/** The golden cases: specs with their files, and plans. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readX509 } from '../../src/cli/io/x509.ts'
import { defaultFormats, nodeNames, plan as planAll, render, runbook } from '../../src/index.ts'
import { root } from './source-tree.ts'
import {
  loadSpec,
  locate,
  type Need,
  type NodePlan,
  needs,
  type Outcome,
  plan,
  renderText,
  type Source,
  type Spec,
  type Supplies,
  type TreeItem,
} from './stages.ts'

/** The folder of the golden cases. */
export const casesFolder = join(root, 'test/golden/cases')

/** One golden case. */
export interface Case {
  readonly name: string
  readonly folder: string
  readonly source: Source
}

/** Every golden case, by name. */
export function cases(): readonly Case[] {
  return readdirSync(casesFolder)
    .sort()
    .map(name => {
      const folder = join(casesFolder, name)
      const text = readFileSync(join(folder, 'spec.yaml'), 'utf8')
      return { name, folder, source: { name: 'spec.yaml', text, overrides: [] } }
    })
}

/** A source of this text. */
export function sourceOf(text: string): Source {
  return { name: 'spec.yaml', text, overrides: [] }
}

/** Reads the certificates of cases and rules, which are made for the year 2026. */
export const x509In2026 = readX509(Date.UTC(2026, 5, 1) / 1000)

/** The plans of a source, whose references are read below a folder; diagnostics are thrown. */
export function plansOf(source: Source, folder: string): readonly NodePlan[] {
  const spec = good(source, loadSpec(source))
  return good(source, plan(spec, fetch(needs(spec), folder)))
}

/** The loaded spec of a source; diagnostics are thrown. */
export function specOf(source: Source): Spec {
  return good(source, loadSpec(source))
}

/** The value of an outcome; its diagnostics are thrown. */
export function good<T>(source: Source, outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new Error(renderText(locate(source, outcome.diagnostics), { colour: false }))
}

/** The run book of a case, as for rendering all nodes into a folder. */
export function runbookOf({ source, folder }: Case): string {
  const spec = good(source, loadSpec(source))
  const planned = good(source, planAll(spec, fetch(needs(spec), folder)))
  const artifacts = nodeNames(planned).flatMap(node =>
    defaultFormats.flatMap(format =>
      good(source, render(planned, { node, format }, { gzip: 'auto', options: {} })),
    ),
  )
  return runbook(planned, defaultFormats, artifacts)
}

/** A run book without the sizes of artifacts, which change with every commit to the registry program. */
export function withoutSizes(text: string): string {
  return text.replaceAll(/^(\| `[^`]+` \|) \d+ \|$/gm, '$1 … |')
}

/** The files and folders that a spec needs, read below a folder. */
export function fetch(needed: readonly Need[], folder: string): Supplies {
  const files = new Map<string, Uint8Array>()
  const trees = new Map<string, readonly TreeItem[]>()
  for (const need of needed) {
    if (need.kind === 'file') files.set(need.file, readFileSync(join(folder, need.file)))
    if (need.kind === 'tree') trees.set(need.folder, treeBelow(join(folder, need.folder)))
  }
  return {
    files,
    trees,
    env: new Map([['GOLDEN_PASSWORD', 'correct horse']]),
    sops: new Map(),
  }
}

/** Every entry below a local folder, by path. */
export function treeBelow(folder: string): readonly TreeItem[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry): TreeItem => {
      const full = join(entry.parentPath, entry.name)
      const path = relative(folder, full)
      if (entry.isSymbolicLink()) return { kind: 'link', path, target: readlinkSync(full) }
      if (entry.isDirectory()) return { kind: 'directory', path }
      const executable = (lstatSync(full).mode & 0o100) !== 0
      return { kind: 'file', path, content: readFileSync(full), executable }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
