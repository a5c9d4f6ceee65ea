import { describe, expect, it } from 'vitest'
import { implicitTag, parsePyyamlScalar, yamlTag } from '../../src/codec/pyyaml-scalar.ts'

describe('a plain scalar', () => {
  it.each([
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['~', null],
    ['0o17', '0o17'],
    ['017', 15],
    ['0b11', 3],
    ['-0x1F', -31],
    ['1_000', 1000],
    ['1:30', 90],
    ['1:30.5', 90.5],
    ['1e3', '1e3'],
    ['1.5e+3', 1500],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['.NaN', Number.NaN],
    ['08', '08'],
    ['2026-01-01', { moment: '2026-01-01' }],
  ])('%s is %j', (text, value) => {
    expect(parsePyyamlScalar(implicitTag(text), text)).toEqual(value)
  })
})

it('a tag determines the type', () => {
  const read = (name: string, text: string) => parsePyyamlScalar(`${yamlTag}${name}`, text)
  expect(read('binary', 'aGk=')).toEqual(Uint8Array.of(0x68, 0x69))
  expect(read('str', '1')).toBe('1')
  expect(read('int', ' 12\x85')).toBe(12)
  expect(read('float', 'Infinity')).toBe(Number.POSITIVE_INFINITY)
})

it.each([
  ['binary', 'a'],
  ['binary', 'é'],
  ['bool', 'x'],
  ['float', 'x'],
  ['int', ''],
  ['int', '0b'],
  ['int', '12\ufeff'],
  ['timestamp', '2026-13-01'],
  ['timestamp', '2025-02-29'],
  ['timestamp', '2026-01-01 24:00:00'],
  ['timestamp', '2026-01-01T10:00:00+24:00'],
  ['value', '='],
])('the tag %s refuses %j', (name, text) => {
  expect(() => parsePyyamlScalar(`${yamlTag}${name}`, text)).toThrow('not valid for the tag')
})
