/** The examples of the README are what the program prints. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesFolder, plansOf, sourceOf } from '../lib/cases.ts'
import { read } from '../lib/source-tree.ts'
import { loadSpec, locate, renderText, treeOf } from '../lib/stages.ts'

const readme = read('README.md')
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
const spec = blocks.find(([, language]) => language === 'yaml')?.[2] ?? ''
const consoles = blocks.flatMap(([, language, text]) =>
  language === 'console' ? [text ?? ''] : [],
)
const folder = mkdtempSync(join(tmpdir(), 'gen-node-readme-'))

beforeAll(() => {
  const token = readFileSync(join(casesFolder, 'cluster/files/worker.token'))
  writeFileSync(join(folder, 'worker.token'), token)
})
afterAll(() => rmSync(folder, { recursive: true }))

it('the output of inspect is the listing and the file of the example', () => {
  const plan = plansOf(sourceOf(spec), folder).find(one => one.name === 'w1')
  const tree = treeOf(plan!)
  const lines = tree.entries.map(entry => {
    const size = entry.kind === 'file' ? String(entry.content.length) : ''
    return `${entry.mode.toString(8).padStart(4, '0')} ${entry.owner} ${size.padStart(4)} … ${entry.path}`
  })
  const [shown = ''] = consoles
  expect(shown).toContain(`${lines.join('\n')}\nenabled: ${tree.enabled.join(' ')}\n`)
  const hosts = tree.entries.find(one => one.path.endsWith('/quay.io/hosts.toml'))
  expect(shown).toContain(hosts?.kind === 'file' ? Buffer.from(hosts.content).toString() : null)
})

it('the output of check is the finding of the example', () => {
  const [, shown = ''] = consoles
  const wrong = spec.replace(
    'registry.k8s.io, fallback: none',
    'registry.k8s.io, endpont: "http://192.168.1.20:5000"',
  )
  const source = { ...sourceOf(wrong), name: 'cluster.yaml' }
  const said = renderText(locate(source, loadSpec(source).diagnostics), { colour: false })
  expect(shown.replace(/^\$.*\n/, '').trim()).toBe(said.trim())
})
