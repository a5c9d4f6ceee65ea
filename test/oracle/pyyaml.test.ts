/** YAML 1.1 as PyYAML reads it: the same values, and the same refusals. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseYaml11 } from '../../src/codec/pyyaml.ts'
import { describeWith, randomRuns } from '../lib/judge.ts'
import { answers, pythonWith } from './lib/python.ts'

const scalars = fc.oneof(
  fc.constantFrom(
    ...'yes No on OFF y n true True TRUE tRUE ~ null Null 0 00 010 08 0o10 0x1F 0b11 1_0 +1 -1 1:30 -1:30 01:30 190:20:30.15 1. .5 1.5 1e3 1.0e3 1.0e+3 1.5E-2 .inf -.INF +.inf .nan .NaN = < 2026-01-01 2026-1-1 a:b a#b -a ?a :a'.split(
      ' ',
    ),
    '2026-01-01 10:00:00',
    '2026-01-01T10:00:00Z',
    '"a\\tb"',
    "'it''s'",
    '!!str 12',
    '!!int "12"',
    '!!float 1.5',
    '!!bool yes',
    '!!null x',
    '!!binary QUJD',
    '! 12',
    '! "12"',
    '!x 1',
    'a  b',
    '',
    '[yes, 010]',
    '{a: no, "b": 1}',
    '*one',
    '&one two',
    '|\n    a\n     b\n',
    '>-\n    a\n    b\n\n    c\n',
  ),
  fc.stringMatching(/^[-+]?[0-9_.:eExXobB+-]{1,6}$/),
)
const document = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'yes', '2', 'c d', '<<', '"<<"', '&m m'), scalars), {
    minLength: 1,
    maxLength: 5,
  })
  .map(pairs => pairs.map(([key, value]) => `${key}: ${value}\n`).join(''))

/** Pieces of YAML that are joined at random; most of the results are invalid. */
const pieces = [
  ...['a', 'b', '1', 'yes', '~', 'é', '😀', '\xa0', '\ufeff', '2026-01-01', 'x'.repeat(60)],
  ...['- ', '-', '? ', '?', ': ', ':', ',', '[', ']', '{', '}', '<<', '<<: ', '=', '=: ', '`', '@'],
  ...['\n', '\n  ', '\n ', '\n\n', ' ', '  ', '\t', '\r', '\r\n', '\x85', '\u2028', '\u2029'],
  ...['#', ' #c', '|', '>', '|-\n', '>+\n', '|2\n', '&a ', '*a', '!!str ', '!!int ', '! ', '!<x>'],
  ...['"', "'", '\\', '"\\n"', '"\\x41"', '"\\ud83d"', '---', '\n---\n', '...', '\n...\n', '%'],
  ...['%YAML 1.1\n', '%TAG ! !x\n', 'a: b\n', '- a\n', 'a:\n  - b\n', '{a: b}', '[a, b]', '[a: b]'],
  ...['k: |\n  t\n', 'k: >\n  t\n  u\n\n  v\n', '!!set {a}', '!!omap [a: 1]', 'k: |\n  t'],
]
const anyText = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
  .map(parts => parts.join(''))

const program = `
import datetime, json, re, sys, yaml
from cloudinit import safeyaml
def plain(o):
    if isinstance(o, dict): return {'map': [[plain(k), plain(v)] for k, v in o.items()]}
    if isinstance(o, set): return {'set': [plain(k) for k in sorted(o, key=repr)]}
    if isinstance(o, (list, tuple)): return [plain(v) for v in o]
    if isinstance(o, str): return re.sub('[\\ud800-\\udfff]', '?', o)
    if isinstance(o, bytes): return {'bytes': o.decode('latin1')}
    if isinstance(o, (datetime.date, datetime.datetime)): return {'moment': 1}
    if isinstance(o, float): return {'float': repr(o) if o != o or abs(o) == float('inf') else o + 0.0}
    if isinstance(o, int) and not isinstance(o, bool): return {'float': float(o) + 0.0}
    return o
out = []
for text in json.load(sys.stdin):
    try: out.append({'value': plain(safeyaml.load(text))})
    except Exception as e: out.append('refused')
json.dump(out, sys.stdout)`

/** A value of ours in the form that the program prints. */
const printable = (value: unknown): unknown => {
  if (value instanceof Map) return { map: [...value].map(pair => pair.map(printable)) }
  if (Array.isArray(value)) return value.map(printable)
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') }
  if (typeof value === 'number') {
    const name = Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
    return { float: Number.isFinite(value) ? value + 0 : name }
  }
  if (typeof value === 'string') return value.replaceAll(/\p{Surrogate}/gu, '?')
  if (typeof value !== 'object' || value === null) return value
  return 'set' in value && Array.isArray(value.set)
    ? { set: value.set.map(printable).sort() }
    : { moment: 1 }
}

describeWith([pythonWith('cloudinit.safeyaml')], 'PyYAML', () => {
  it.for([
    ['scalars', document, 4000],
    ['any text', anyText, 20_000],
  ] as const)('reads the same values from %s', ([, arbitrary, times]) => {
    const texts = fc.sample(arbitrary, randomRuns(times))
    const expected = answers(program, texts)
    for (const [at, text] of texts.entries()) {
      const read = parseYaml11(text)
      if (!read.ok && !read.isRefused) continue
      expect(read.ok ? { value: printable(read.value) } : 'refused', text).toEqual(expected[at])
    }
  })
})
