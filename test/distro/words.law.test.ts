/** L7: a word that was quoted survives the real shell and the real systemd. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shellArgument, shellCommand } from '../../src/codec/shell.ts'
import { systemdArgument, systemdPath } from '../../src/codec/systemd.ts'
import { describeWith, judge, randomRuns, runs } from '../lib/judge.ts'
import { commandWords, dump, systemdReader } from '../lib/systemd-reader.ts'

const odd = [
  '',
  ' ',
  "it's",
  '"q"',
  '$HOME',
  '${x}',
  '$$',
  '`id`',
  'a\\b',
  '\\',
  '%h',
  '%%',
  ';',
  '-n',
  '--',
  '!x',
  '*',
  '~',
  '#x',
  'a\nb',
  'a\tb',
  '\x01\x7f',
  'é ü',
  '😀',
  '&& x',
  '@x',
  '|',
  'a=b',
  '{}',
  '\r',
]
const word = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'$%\\"\'; \n\t{}a'), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const words = fc
  .array(word, { minLength: 1, maxLength: 12 })
  // No argument of any program holds a NUL.
  .map(list => list.map(one => one.replaceAll(/[\0\p{Cs}]/gu, '')))

describeWith([judge('sh', 'sh')], 'sh', () => {
  it('reads back the same words', () => {
    fc.assert(
      fc.property(words, list => {
        const { stdout } = runs(['sh', '-c', `printf '%s\\036' ${shellCommand(list)}`])
        expect(stdout.split('\x1e').slice(0, -1)).toEqual(list)
      }),
      { numRuns: randomRuns(60), examples: [[odd]] },
    )
  })

  it('assigns the same word', () => {
    for (const one of odd) {
      const { stdout } = runs(['sh', '-c', `x=${shellArgument(one)}; printf '%s' "$x"`])
      expect(stdout).toBe(one)
    }
  })
})

describeWith([systemdReader], 'systemd', () => {
  const unit = (argv: string, more = '') =>
    `[Unit]\nDefaultDependencies=no\n${more}[Service]\nType=oneshot\nExecStart=/bin/echo ${argv}\n`
  // Unicode's own odd ones are not printed as they are.
  const plain = (list: readonly string[]) => list.filter(one => /^[^\x80-\x9f]*$/.test(one))

  it('passes on the same arguments', () => {
    fc.assert(
      fc.property(words, list => {
        const wanted = plain(list)
        const said = commandWords(dump(unit(wanted.map(systemdArgument).join(' '))))
        // `$$` becomes `$` when the program is started, as `man systemd.service` says.
        expect(said.slice(1).map(one => one.replaceAll('$$', '$'))).toEqual(wanted)
      }),
      { numRuns: randomRuns(15), examples: [[odd]] },
    )
  })

  it('needs the same mounts', () => {
    for (const path of [
      '/srv/a b',
      '/srv/$x',
      '/srv/%h',
      '/srv/"q"',
      "/srv/it's",
      '/srv/a\\b',
      '/é',
    ]) {
      const said = dump(unit('', `RequiresMountsFor=${systemdPath(path)}\n`))
      expect(said).toContain(`RequiresMountsFor: ${path} (origin-file)`)
    }
  })
})
