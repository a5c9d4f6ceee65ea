import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plain } from '../../src/codec/plain.ts'
import { printDetail } from '../../src/emit/foreign/detail-texts.ts'
import { seed } from '../property/specs.ts'

describe('printDetail', () => {
  it('prints lines without escapes, so that a diff shows the changed line', () => {
    const value = {
      list: ['a', ['curl', '-u', 'b'], { name: 'c', value: 1 }, 'if true; then\n\techo "d"\nfi'],
      text: 'e\nf\n',
      empty: [],
      '10': '10',
    }
    expect(printDetail(value)).toBe(
      [
        '10: "10"',
        'empty: []',
        'list:',
        '  - a',
        '  - ["curl", "-u", "b"]',
        '  - name: c',
        '    value: 1',
        '  - |-',
        '    if true; then',
        '    \techo "d"',
        '    fi',
        'text: |',
        '  e',
        '  f',
        '',
      ].join('\n'),
    )
    expect(printDetail('a')).toBe('a\n')
    expect(printDetail(['a', 'b'])).toBe('- a\n- b\n')
  })

  it('does not depend on the order of keys', () => {
    expect(printDetail({ a: 1, b: 2 })).toBe(printDetail({ b: 2, a: 1 }))
  })

  const text = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.stringMatching(/^[-ab:1 \n"'[\]{}|,]{0,8}$/),
    fc.constantFrom(
      'true',
      'null',
      '1',
      '',
      '-',
      '- a',
      '|',
      '|-',
      '[]',
      '{}',
      'a: b',
      'a:',
      '["a"]',
    ),
  )
  const { value } = fc.letrec<{ readonly value: Plain }>(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.constantFrom(null, true, false, 0, 1, 1.5),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    ),
  }))

  it('prints different values as different texts', () => {
    const texts = new Map<string, string>()
    const canonical = (item: Plain): Plain =>
      typeof item !== 'object' || item === null
        ? item
        : Array.isArray(item)
          ? item.map(canonical)
          : Object.fromEntries(
              Object.entries(item)
                .map(([key, inner]) => [key, canonical(inner as Plain)] as const)
                .sort(([a], [b]) => (a < b ? -1 : 1)),
            )
    for (const item of fc.sample(value, { seed, numRuns: 20_000 })) {
      const printed = printDetail(item)
      const json = JSON.stringify(canonical(item))
      expect(texts.get(printed) ?? json, printed).toBe(json)
      texts.set(printed, json)
    }
  })
})
