/** The registry program that goes into user-data: what it is made of, and how large it is. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { bundle, bundleInputs, root } from '../../src/tools/assets.mjs'

const entry = join(root, 'src/registry/main.ts')
const maxBytes = 11 * 1024

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
  expect(gzipSync(await bundle(entry), { level: 9 }).length).toBeLessThanOrEqual(maxBytes)
})
