/**
 * One folder per rule: an input that breaks it, the printed findings, and a corrected input.
 * GOLDEN=record writes the printed findings and fails, so that it cannot be left on.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isClusterFormat, plan as planAll, render } from '../../src/index.ts'
import { fetch, x509In2026 } from '../lib/cases.ts'
import { type Rendering, rendered, usual } from '../lib/rendered.ts'
import { decrypted } from '../lib/sops-files.ts'
import { root } from '../lib/source-tree.ts'
import {
  convertToMirrors,
  type Diagnostic,
  decodeSpec,
  inspect,
  type Located,
  loadSpec,
  locate,
  needs,
  plan,
  renderText,
  rules,
  type Source,
} from '../lib/stages.ts'

const home = join(root, 'test/rules')
const record = process.env.GOLDEN === 'record'
const folders = readdirSync(home, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .flatMap(room => readdirSync(join(home, room.name)).map(name => `${room.name}/${name}`))
  .sort()

it('every rule has a folder, and every folder has a rule', () => {
  expect(folders).toEqual(Object.keys(rules).sort())
})

it('only rules that need the command line have no fixture that runs here', () => {
  const described = folders.filter(id => existsSync(join(home, id, 'bad.md')))
  expect(described).toEqual([
    'emit/secret-too-large',
    'plan/identity-in-image',
    'plan/secret-in-image',
    'size/over-budget',
    'sops/identity-unreadable',
    'sops/program-failed',
    'spec/outside-folder',
    'spec/too-large',
  ])
})

for (const id of folders) {
  const folder = join(home, id)
  const names = readdirSync(folder)
  const bad = names.find(name => /^bad\.(?:yaml|user-data|ign|toml)$/.test(name))
  if (bad === undefined) continue
  describe(id, () => {
    it('the bad input gives this rule only, at its position', async () => {
      const found = await findingsOf(folder, bad)
      const printed = textOf(found)
      const golden = join(folder, 'bad.txt')
      if (record) {
        writeFileSync(golden, printed)
        expect.fail('recorded; run again without GOLDEN=record')
      }
      expect([...new Set(found.map(finding => finding.rule))]).toEqual([id])
      const contents = readFileSync(join(folder, bad), 'utf8')
      for (const finding of found) expectPosition(finding, contents)
      expect(printed).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : 'GOLDEN=record')
    })

    it('the good input gives no findings', async () => {
      expect(textOf(await findingsOf(folder, bad.replace('bad', 'good')))).toBe('')
    })
  })
}

function textOf(found: readonly Located[]): string {
  return renderText(found, { colour: false })
}

/** A range is inside its text, or inside the input where the text is not shown, and its line and column match. */
function expectPosition({ text, range, also }: Located, contents: string): void {
  const shown = text ?? contents
  for (const place of [range, ...also.map(other => other.range)]) {
    if (place === null) {
      expect(text).toBeNull()
      continue
    }
    const before = shown.slice(0, place.start).split('\n')
    expect(place.start).toBeLessThanOrEqual(place.end)
    expect(place.end).toBeLessThanOrEqual(shown.length)
    expect([place.line, place.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1])
  }
}

async function findingsOf(folder: string, name: string): Promise<readonly Located[]> {
  const bytes = readFileSync(join(folder, name))
  if (!name.endsWith('.yaml')) {
    const source = { name, text: null, overrides: [] }
    const read = name.endsWith('.toml') ? convertToMirrors : inspect
    return locate(source, read(bytes).diagnostics)
  }
  const text = decodeSpec(bytes)
  if (!text.ok) return locate({ name, text: null, overrides: [] }, text.diagnostics)
  const source = { name, text: text.value, overrides: [] }
  return locate(source, await specFindings(source, folder))
}

async function specFindings(source: Source, folder: string): Promise<readonly Diagnostic[]> {
  const spec = loadSpec(source)
  if (!spec.ok) return spec.diagnostics
  const available = needs(spec.value).filter(
    need => need.kind === 'env' || existsSync(join(folder, nameOf(need))),
  )
  const supplies = { ...fetch(available, folder), sops: await decrypted(available, folder) }
  const plans = plan(spec.value, supplies, x509In2026)
  const found = [...spec.diagnostics, ...plans.diagnostics]
  if (!plans.ok) return found
  const wanted = wantOf(folder, source.name)
  if (wanted !== null && isClusterFormat(wanted.format)) {
    const planned = planAll(spec.value, fetch(available, folder))
    if (!planned.ok) return found
    const target = { format: wanted.format, node: null }
    return [...found, ...render(planned.value, target, wanted).diagnostics]
  }
  return wanted === null
    ? found
    : [...found, ...plans.value.flatMap(nodePlan => rendered(nodePlan, wanted).diagnostics)]
}

function nameOf(need: { readonly kind: string; readonly file?: string; readonly folder?: string }) {
  return need.file ?? need.folder ?? ''
}

/** The options of rendering: want.json has those of the bad and of the good input. */
function wantOf(folder: string, name: string): Rendering | null {
  const file = join(folder, 'want.json')
  if (!existsSync(file)) return null
  const wants = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Partial<Rendering>>
  return { ...usual, gzip: 'auto', ...wants[name.replace('.yaml', '')] }
}
