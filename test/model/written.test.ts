/** The types of the written spec are generated: GOLDEN=record writes them and fails. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { schema } from '../../src/model/schema.ts'
import { writtenTypes } from '../../src/tools/written-types.mjs'
import { read, root } from '../lib/source-tree.ts'

it('written.ts is the output of the generator for the schema', () => {
  const generated = writtenTypes(schema)
  if (process.env.GOLDEN === 'record') {
    writeFileSync(join(root, 'src/model/written.ts'), generated)
    expect.fail('recorded; run again without GOLDEN=record')
  }
  expect(read('src/model/written.ts')).toBe(generated)
})
