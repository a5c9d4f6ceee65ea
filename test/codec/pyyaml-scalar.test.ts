import { describe, expect, it } from 'vitest'
import { implicitTag, parsePyyamlScalar } from '../../src/codec/pyyaml-scalar.ts'

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
  expect(parsePyyamlScalar('binary', 'aGk=')).toEqual(Uint8Array.of(0x68, 0x69))
  expect(parsePyyamlScalar('str', '1')).toBe('1')
  expect(() => parsePyyamlScalar('binary', 'a')).toThrow('not valid for the tag')
  expect(() => parsePyyamlScalar('float', 'x')).toThrow('not a number')
})
