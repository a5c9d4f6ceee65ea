/** The patterns that Go refuses, judged by Go itself: random texts of characters with a meaning. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { re2Error } from '../../src/codec/re2.ts'
import { describeWith, judge, optional, runOrThrow, runs } from '../lib/judge.ts'

const parts = [
  ...[
    'a',
    'b',
    '1',
    '/',
    '-',
    '.',
    '^',
    '$',
    '*',
    '+',
    '?',
    '|',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
  ],
  ...[
    '(?:',
    '(?i)',
    '(?i:',
    '(?=',
    '(?!',
    '(?<=',
    '(?<!',
    '(?>',
    '(?P<n>',
    '(?<m>',
    '(?P=n)',
    '(?x)',
  ],
  ...[
    '\\',
    '\\d',
    '\\.',
    '\\1',
    '\\12',
    '\\b',
    '\\Z',
    '\\z',
    '\\pL',
    '\\p{Greek}',
    '\\x41',
    '\\x{41}',
  ],
  ...[
    '[^',
    '[a-z]',
    '[z-a]',
    '[[:alpha:]]',
    '[[:nosuch:]]',
    '[^]]',
    '{2}',
    '{2,}',
    '{3,2}',
    '{1001}',
  ],
  ...['\\Qa+', '\\E', '\\k', '\\K', '(.*)', '^rancher/', '$1'],
]
const pattern = fc
  .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 9 })
  .map(list => list.join(''))

describeWith([optional(judge('go', 'go'))], 'regular expressions of Go', () => {
  it('are accepted and refused as Go does', { timeout: 120_000 }, () => {
    const program = join(mkdtempSync(join(tmpdir(), 'gen-node-go-')), 'compile-patterns')
    runOrThrow('go', 'build', '-o', program, join(import.meta.dirname, 'lib/compile-patterns.go'))
    const patterns = [...new Set(fc.sample(pattern, { numRuns: 20000, seed: 20261125 }))]
    const { stdout } = runs([program], JSON.stringify(patterns))
    const errors = JSON.parse(stdout) as readonly string[]
    const differences = patterns.flatMap((text, at) => {
      const isRefused = errors[at] !== ''
      return isRefused === (re2Error(text) !== null)
        ? []
        : [`${text}  Go: ${errors[at] || 'accepts'}`]
    })
    expect(differences.slice(0, 20)).toEqual([])
  })
})
