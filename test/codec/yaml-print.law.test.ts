/** L1: YAML 1.2, parseYaml11 and PyYAML parse the printed text to the same value. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Plain } from '../../src/codec/plain.ts'
import { parseYaml11, plainOf } from '../../src/codec/pyyaml.ts'
import { printYaml } from '../../src/codec/yaml-print.ts'
import { python } from '../lib/box.ts'
import { describeWith, pyYaml, randomRuns, runs } from '../lib/judge.ts'

const ambiguousTexts = [
  'yes on NO y N true False null ~ 1:30 12:34:56 2026-01-01 1_000 0b1 0_7 0o7 0x1f = << - --- ...',
  '1e3 e1 -E5 .5 .inf -.inf .nan 1. +1 -1 * & ! % @ ` ? : :a a: a:b #a a#b [a] {a} | > " \' , -a -- --a',
]
  .join(' ')
  .split(' ')
const specialText = fc.constantFrom(
  ...[
    ...ambiguousTexts,
    '',
    ' ',
    'a b',
    'a: b',
    'a #b',
    '? a',
    '- a',
    '0644',
    '\t',
    'a\tb',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\0',
    '\x7f',
    '\ufffe',
    '😀',
    'é',
    '\r\n',
    '\r',
    'x'.repeat(1200),
  ],
)
const randomLines = fc
  .array(
    fc.oneof(
      specialText,
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ maxLength: 80 }),
    ),
    {
      maxLength: 7,
    },
  )
  .map(parts => parts.join('\n'))
const yamlLikeText = fc
  .array(
    fc.constantFrom(
      'a',
      ' a',
      '',
      '# c',
      'k: v',
      '  - x',
      '\tt',
      'é',
      '---',
      '...',
      '%YAML',
      'a  b',
    ),
    {
      maxLength: 8,
    },
  )
  .map(parts => parts.join('\n'))
const text = fc
  .oneof(specialText, randomLines, yamlLikeText, fc.string({ unit: 'grapheme' }))
  .map(value =>
    value.replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, ''),
  )
const { value: anyValue } = fc.letrec<{ value: Plain }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => n + 0 || 0),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
}))

/** PyYAML's values of documents as JSON, or its error for a document that it refuses. */
function valuesByPyYaml(documents: readonly string[]): readonly unknown[] {
  const program = `
import json, sys, yaml
out = []
for text in json.load(sys.stdin):
    try:
        out.append({'value': yaml.safe_load(text)})
    except Exception as e:
        out.append({'error': str(e)})
json.dump(out, sys.stdout, default=lambda o: {'not json': repr(o)})`
  const { code, stdout, stderr } = runs([python, '-c', program], JSON.stringify(documents), 300_000)
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

describeWith([pyYaml], 'PyYAML', () => {
  test('parses printed YAML to the same value', () => {
    const values = fc.sample(anyValue, randomRuns(6000))
    const results = valuesByPyYaml(values.map(printYaml))
    for (const [at, value] of values.entries()) {
      expect(results[at], printYaml(value)).toEqual({ value: JSON.parse(JSON.stringify(value)) })
    }
  })
})

describe('printYaml', () => {
  test('is parsed to the same value by YAML 1.2 and by parseYaml11', () => {
    fc.assert(
      fc.property(anyValue, value => {
        const printed = printYaml(value)
        expect(parse(printed, { version: '1.2' })).toEqual(JSON.parse(JSON.stringify(value)))
        const read = parseYaml11(printed)
        if (!read.ok) throw new Error(`${read.reason}\n${printed}`)
        expect(plainOf(read.value)).toEqual(value)
      }),
      { numRuns: randomRuns(2000) },
    )
  })

  test('prints blocks, lists and quotes in their usual form', () => {
    const value = {
      write_files: [
        { path: '/etc/a.toml', permissions: '0644', content: 'x = 1\n\n[y]\n  z = 2\n' },
        { path: '/b', content: ' in front\nend' },
        { path: '/c', content: 'end\n\n' },
      ],
      runcmd: [['systemctl', 'enable', '--now', 'a.service'], 'echo hi'],
      empty: {},
      none: [],
    }
    expect(printYaml(value)).toBe(`write_files:
- path: /etc/a.toml
  permissions: '0644'
  content: |
    x = 1

    [y]
      z = 2
- path: /b
  content: |2-
     in front
    end
- path: /c
  content: |+
    end

runcmd:
- [systemctl, enable, --now, a.service]
- 'echo hi'
empty: {}
none: []
`)
  })
})
