import { describe, expect, it } from 'vitest'
import { keyText, parseYaml11, plainOf } from '../../src/codec/pyyaml.ts'

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
    ['a: |\n  x', 'x'],
    ['a: |\n  x\n', 'x\n'],
    ['a: >\n  x\n   y\n  z', 'x\n y\nz'],
    ['a: |1\n  x\n', ' x\n'],
    ['a: |+\n  x\n\n', 'x\n\n'],
    ['a: "x\u2028 y"', 'x\u2028y'],
    ['a: x\r\n  y\x85  z', 'x y z'],
    ['a: "\\ud83d\\ude00"', '\udc00\ude00'],
    ['%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1', '1'],
    ['a: !!set {x, y}', { set: ['x', 'y'] }],
    ['a: !!omap [x: 1]', [['x', 1]]],
    ['a: !!str {=: x}', 'x'],
  ])('gives %j the value %j', (text, value) => expect(plainOf(parsed(text))).toEqual({ a: value }))

  it('keeps dates, bytes and nothing as keys', () => {
    const text = '2026-01-01: 1\n? !!binary eA==\n: 2\n~: 3'
    expect([...(parsed(text) as Map<never, never>).keys()].map(keyText)).toEqual([
      '2026-01-01',
      'x',
      'null',
    ])
  })

  it('takes equal keys for one key, and gives the paths of those that occur twice', () => {
    const read = parseYaml11('a: [{b: 1, b: 2}]\n1: x\ntrue: y\n<<: {c: 1}\nc: 2\nc: 3')
    expect(read.ok && plainOf(read.value)).toEqual({ a: [{ b: 2 }], 1: 'y', c: 3 })
    expect(read.ok && read.repeatedKeys).toEqual([['a', 0, 'b'], ['1'], ['c']])
  })

  it.each([
    ['a: &x 1\nb: &x 2', 'line 2, column 4: duplicate anchor "x"'],
    ['a: *x', 'line 1, column 4: undefined anchor "x"'],
    ['a:\tb', 'line 1, column 3: unexpected "\\t"'],
    ['a: b\t\n', 'line 1, column 5: unexpected "\\t"'],
    ['- a\n\t- b', 'line 2, column 1: unexpected "\\t"'],
    [': a', 'line 1, column 1: this is not a key of the mapping above'],
    ['a: b: c', 'line 1, column 5: a value is not allowed here'],
    ['a: 1\nb', 'line 2, column 1: ":" is missing after this key'],
    ['a: [b?c]', 'line 1, column 6: "," or "]" is missing'],
    ['a: x\u2028b', 'line 2, column 1: ":" is missing after this key'],
    ['a: "b', 'line 1, column 6: the quoted text has no end'],
    ['a: @b', 'line 1, column 4: unexpected "@"'],
    ['a: 1\n---\nb: 2', 'line 2, column 1: the document ends before this'],
    ['%YAML 2.0\n---\na', 'line 1, column 1: YAML 2.0 is unknown'],
    [`${'x'.repeat(1025)}: 1`, 'line 1, column 1026: a value is not allowed here'],
    ['<<: 1', '"<<" needs a mapping or a list of mappings'],
    ['? [a]\n: 1', 'a key that is a list, a mapping or a set'],
    ['a: !!int x', '"x" is not valid for the tag "tag:yaml.org,2002:int"'],
    ['a: !x y', '"y" is not valid for the tag "!x"'],
    ['a: !!map [b]', 'the tag "tag:yaml.org,2002:map" on a list'],
    ['a: 2026-02-30', '"2026-02-30" is not valid for the tag "tag:yaml.org,2002:timestamp"'],
    ['- <<', '"<<" is not valid for the tag "tag:yaml.org,2002:merge"'],
    ['a\u0001', 'YAML does not allow the character U+0001'],
  ])('refuses %j', (text, reason) => {
    expect(parseYaml11(text)).toEqual({ ok: false, reason, isRefused: true })
  })

  it.each([
    ['nesting that may exceed the call stack of Python', '['.repeat(100_000)],
    ['an alias inside its own anchor', 'a: &x [*x]'],
    [
      'merges of merges',
      `a0: &a0 {x: 1}\n${Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} {<<: [*a${at}, *a${at}]}\n`).join('')}`,
    ],
  ])('does not read %s', (_, text) => {
    const reason = 'it is too deep or too large'
    expect(parseYaml11(text)).toEqual({ ok: false, reason, isRefused: false })
  })
})
