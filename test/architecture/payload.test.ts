/** The registry program and the user-data that contains it: their parts and their sizes. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { andThen, defaultFormat, load, plan, render } from '../../src/index.ts'
import { bundle, bundleInputs, root } from '../../src/tools/assets.mjs'

const entry = join(root, 'src/registry/main.ts')
const maxPayloadBytes = 11 * 1024

it('the payload is made of files in src/registry only', async () => {
  const inputs = await bundleInputs(entry)
  expect(inputs).toContain('src/registry/main.ts')
  expect(inputs.filter(path => !path.startsWith('src/registry/'))).toEqual([])
})

it('the payload is ASCII text that imports only modules of Node', async () => {
  const text = await bundle(entry)
  expect(text).toMatch(/^[\n\x20-\x7e]*$/)
  const imports = [...text.matchAll(/\bfrom\s*"([^"]+)"/g)].map(([, name]) => name)
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter(name => !name?.startsWith('node:'))).toEqual([])
})

it('the payload is at most 11 KiB by gzip -9', async () => {
  expect(gzipSync(await bundle(entry), { level: 9 }).length).toBeLessThanOrEqual(maxPayloadBytes)
})

it.each([
  ['worker', 4 * 1024],
  ['controller', 14 * 1024],
])('the user-data of a %s with default settings is at most %d bytes, gzipped', (role, maxBytes) => {
  const source = {
    name: 'flags',
    text: null,
    overrides: [
      { path: ['nodes', 0, 'name'], value: role, flag: `--role ${role}` },
      { path: ['nodes', 0, 'role'], value: role, flag: `--role ${role}` },
      { path: ['bootstrap'], value: '192.168.1.10', flag: '--bootstrap-ip 192.168.1.10' },
    ],
  }
  const nothing = { files: new Map(), trees: new Map(), env: new Map(), sops: new Map() }
  const planned = andThen(load(source), spec => plan(spec, nothing))
  const target = { node: role, format: defaultFormat }
  const outcome = andThen(planned, value => render(value, target, { gzip: 'always', options: {} }))
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  expect(outcome.value[0]?.bytes.length).toBeLessThanOrEqual(maxBytes)
})
