/** The schema knows the distributions by their names only. */
import { expect, it } from 'vitest'
import { schema, schemaAt } from '../../src/model/schema.ts'
import { read } from '../lib/source-tree.ts'

const names = schema.$defs?.distroName?.enum ?? []

it('the names of distributions are in one definition only', () => {
  expect(names).not.toEqual([])
  const lines = read('src/model/v1.schema.json').split('\n')
  // containerd is also a program of the other distributions.
  const own = names.filter(name => name !== 'containerd')
  const found = lines.filter(line => own.some(name => new RegExp(`\\b${name}\\b`).test(line)))
  expect(found).toHaveLength(1)
  expect(found[0]).toContain('"distroName": {')
})

it('a distribution can be written as a name or as a mapping with a name', () => {
  expect(schemaAt(['distro', 'name'])?.enum).toEqual(names)
  expect(schemaAt(['distro'])?.type).toEqual(['string', 'object'])
})
