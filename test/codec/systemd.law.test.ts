/** L7: systemd parses quoted arguments and paths to the same texts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemdArgument, systemdLine, systemdPath } from '../../src/codec/systemd.ts'
import { describeWith, randomRuns } from '../lib/judge.ts'
import { commandArguments, dump, systemdReader } from '../lib/systemd-reader.ts'
import { argumentLists, specialTexts } from './arguments.ts'

describe('unit files', () => {
  it.each([
    ['/usr/bin/k0s', '/usr/bin/k0s'],
    ['', '""'],
    ['a b', '"a b"'],
    ['$x', '$$x'],
    ['%h', '%%h'],
    ['a\nb', '"a\\x0ab"'],
    ['"', '"\\""'],
  ])('have the argument %j as %s', (text, printed) => {
    expect(systemdArgument(text)).toBe(printed)
  })

  it('have an unescaped dollar sign in paths', () => {
    expect(systemdPath('/srv/$x')).toBe('"/srv/$x"')
    expect(systemdPath('/srv/%h')).toBe('/srv/%%h')
  })

  it('have values without line breaks', () => {
    expect(systemdLine(' 100 %\r\nof x\n')).toBe('100 %% of x')
  })
})

describeWith([systemdReader], 'systemd', () => {
  const unit = (argv: string, more = '') =>
    `[Unit]\nDefaultDependencies=no\n${more}[Service]\nType=oneshot\nExecStart=/bin/echo ${argv}\n`
  // systemd escapes C1 control characters in its dump.
  const withoutC1 = (list: readonly string[]) => list.filter(text => /^[^\x80-\x9f]*$/.test(text))

  it('parses the same arguments', () => {
    fc.assert(
      fc.property(argumentLists, list => {
        const expected = withoutC1(list)
        const dumped = commandArguments(dump(unit(expected.map(systemdArgument).join(' '))))
        // systemd turns `$$` into `$` when it starts the program: systemd.service(5).
        expect(dumped.slice(1).map(text => text.replaceAll('$$', '$'))).toEqual(expected)
      }),
      { numRuns: randomRuns(15), examples: [[specialTexts]] },
    )
  })

  it('parses the same mount paths', () => {
    for (const path of [
      '/srv/a b',
      '/srv/$x',
      '/srv/%h',
      '/srv/"q"',
      "/srv/it's",
      '/srv/a\\b',
      '/é',
    ]) {
      const dumped = dump(unit('', `RequiresMountsFor=${systemdPath(path)}\n`))
      expect(dumped).toContain(`RequiresMountsFor: ${path} (origin-file)`)
    }
  })
})
