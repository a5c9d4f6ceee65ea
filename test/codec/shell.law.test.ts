/** L7: `sh` parses quoted arguments to the same texts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shellArgument, shellCommand } from '../../src/codec/shell.ts'
import { describeWith, judge, randomRuns, runs } from '../lib/judge.ts'
import { argumentLists, specialTexts } from './arguments.ts'

describe('shellArgument', () => {
  it.each([
    ['/usr/bin/k=v', '/usr/bin/k=v'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", `'it'\\''s'`],
    ['$x', '"\\$x"'],
    ['~', "'~'"],
  ])('prints %s as %s', (text, printed) => expect(shellArgument(text)).toBe(printed))
})

describeWith([judge('sh', 'sh')], 'sh', () => {
  it('parses the same arguments', () => {
    fc.assert(
      fc.property(argumentLists, list => {
        const { stdout } = runs(['sh', '-c', `printf '%s\\036' ${shellCommand(list)}`])
        expect(stdout.split('\x1e').slice(0, -1)).toEqual(list)
      }),
      { numRuns: randomRuns(60), examples: [[specialTexts]] },
    )
  })

  it('assigns the same text', () => {
    for (const text of specialTexts) {
      const { stdout } = runs(['sh', '-c', `x=${shellArgument(text)}; printf '%s' "$x"`])
      expect(stdout).toBe(text)
    }
  })
})
