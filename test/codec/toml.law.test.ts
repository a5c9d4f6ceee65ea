import parseToml from '@iarna/toml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printDottedToml, printToml } from '../../src/codec/toml.ts'

const tables = fc.letrec<{ table: Record<string, unknown> }>(tie => ({
  table: fc.dictionary(
    // The parser of the package refuses tables named like a method of Object, such as `toString`.
    fc.string({ minLength: 1, maxLength: 8 }).filter(key => !(key in {})),
    fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.array(fc.string(), { maxLength: 3 }),
      tie('table'),
    ),
    { maxKeys: 4, noNullPrototype: true },
  ),
})).table

/** The table without subtables that are empty: a dotted key cannot express one. */
function withoutEmpty(table: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([key, value]) => {
      if (typeof value !== 'object' || Array.isArray(value)) return [[key, value]]
      const subtable = withoutEmpty(value)
      return Object.keys(subtable).length === 0 ? [] : [[key, subtable]]
    }),
  )
}

describe('printToml', () => {
  it('is the inverse of a TOML parser', () => {
    fc.assert(
      fc.property(tables, table => {
        expect({ ...parseToml.parse(printToml(table)) }).toEqual(table)
      }),
      { examples: [[{ 'a b': { '': 'x' }, c: [] }]] },
    )
  })
  it('prints values first, then subtables', () => {
    expect(printToml({ b: { c: ['x'] }, a: true })).toBe('a = true\n\n[b]\nc = [ "x" ]\n')
  })
})

describe('printDottedToml', () => {
  it('is the inverse of a TOML parser', () => {
    fc.assert(
      fc.property(tables, table => {
        expect({ ...parseToml.parse(printDottedToml(table)) }).toEqual(withoutEmpty(table))
      }),
    )
  })
  it('prints each value with its whole key', () => {
    expect(
      printDottedToml({ host: { 'http://[fd00::1]:5000': { skip: true } }, server: 'x' }),
    ).toBe('host."http://[fd00::1]:5000".skip = true\nserver = "x"\n')
  })
})
