import { describe, expect, it } from 'vitest'
import { parseYaml11, plainOf } from '../../src/codec/pyyaml.ts'

const parsed = (text: string) => {
  const result = parseYaml11(text)
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

describe('parseYaml11', () => {
  it.each([
    ['a: 1\na: 2', { a: 2 }],
    ['a: &x [1]\nb: *x', { a: [1], b: [1] }],
    ['a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
    ['<<: [{a: 1}, {a: 2, b: 2}]\nc: 3', { a: 1, b: 2, c: 3 }],
    ['<<: {a: 1}\n<<: {a: 2}', { a: 2 }],
    ['"<<": 1', { '<<': 1 }],
    ['=: 1', { '=': 1 }],
    ['a: ! "12"', { a: 12 }],
    ['', null],
  ])('parses %j', (text, value) => expect(plainOf(parsed(text))).toEqual(value))

  it('puts merged pairs first', () => {
    expect([...(parsed('b: 1\n<<: {a: 1}\nc: 1') as Map<string, number>).keys()]).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it.each([
    ['a: &x 1\nb: &x 2', 'duplicate anchor "x"'],
    ['a: *x', 'undefined anchor "x"'],
    ['<<: 1', '"<<" needs a mapping or a list of mappings'],
    ['? [a]\n: 1', 'a key that is not a text, number, boolean or null'],
    ['a: !!int x', '"x" is not an integer'],
    ['a: !x y', '"y" is not valid for the tag "!x"'],
    ['a: !!map [b]', 'tag "tag:yaml.org,2002:map" on a list'],
    ['- <<', '"<<" is not valid for the tag "merge"'],
    ['a\u0001', 'YAML does not allow the character U+0001'],
  ])('refuses %j', (text, reason) => expect(parseYaml11(text)).toEqual({ ok: false, reason }))

  it('refuses nesting that exceeds the call stack', () => {
    expect(parseYaml11('['.repeat(100_000))).toEqual({ ok: false, reason: 'nested too deeply' })
  })
})
