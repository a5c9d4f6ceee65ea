import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GoJson, parseGoJson } from '../../src/codec/go-json.ts'

/** The value as JSON.parse gives it; the last of repeated keys counts. */
function plainOf(json: GoJson): unknown {
  switch (json.kind) {
    case 'object':
      return Object.fromEntries(json.members.map(({ key, value }) => [key, plainOf(value)]))
    case 'list':
      return json.items.map(plainOf)
    case 'number':
      return Number(json.literal)
    case 'null':
      return null
    default:
      return json.value
  }
}

function parsed(text: string): unknown {
  const json = parseGoJson(text)
  return json.ok ? plainOf(json.value) : json
}

it('gives the values of JSON.parse', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      expect(parsed(`\r\n ${text}\t`)).toEqual(JSON.parse(text))
    }),
  )
})

it('accepts and refuses the texts that JSON.parse accepts and refuses', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\u00e9',
    '0',
    '-1',
    '1.5e3',
    '01',
    '.',
  ]
  const texts = fc.array(fc.constantFrom(...pieces, 'true', 'null', ' ', '\n'), { maxLength: 9 })
  fc.assert(
    fc.property(texts, ([...list]) => {
      const text = list.join('')
      expect(parseGoJson(text).ok, text).toBe(isJson(text))
    }),
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

it('keeps repeated keys and the offsets of keys and values', () => {
  const json = parseGoJson('{"a": 1, "a": [2.50]}')
  expect(json).toMatchObject({
    value: {
      start: 0,
      end: 21,
      members: [
        { key: 'a', start: 1, end: 4, value: { literal: '1', start: 6, end: 7 } },
        { key: 'a', start: 9, end: 12, value: { start: 14, items: [{ literal: '2.50' }] } },
      ],
    },
  })
})

it('replaces an escaped half of a surrogate pair, as Go does', () => {
  expect(parsed('"\\ud83d\\ude00 \\ud83d x \\ude00"')).toBe('😀 \ufffd x \ufffd')
})

describe('broken JSON', () => {
  it.each([
    ['', 0, 'value'],
    ['{"a": 1,}', 8, 'key'],
    ['{a: 1}', 1, 'key'],
    ['{"a" 1}', 5, 'colon'],
    ['{"a": }', 6, 'value'],
    ['{"a": 1 "b"', 8, 'comma-or-brace'],
    ['[1, 2', 5, 'comma-or-bracket'],
    ['[1,]', 3, 'value'],
    ['"a\n"', 2, 'closing-quote'],
    ['"\\x"', 1, 'escape'],
    ['-x', 1, 'digit'],
    ['1.x', 2, 'digit'],
    ['{} {}', 3, 'end'],
    ['\ufeff{}', 0, 'value'],
    ['// x', 0, 'value'],
  ])('%j breaks at %d: %s', (text, offset, expected) => {
    expect(parseGoJson(text)).toEqual({ ok: false, offset, expected })
  })

  it('includes 10,001 levels, which a recursive parser would not survive', () => {
    expect(parseGoJson('['.repeat(10_000) + ']'.repeat(10_000)).ok).toBe(true)
    expect(parseGoJson('['.repeat(10_001))).toMatchObject({ expected: 'less-nesting' })
  })
})
