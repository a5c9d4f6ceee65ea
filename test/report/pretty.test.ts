import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'
import { renderText } from '../../src/report/pretty.ts'
import { aLocated, rangeOf } from './located.ts'

const plain = (...located: ReturnType<typeof aLocated>[]) =>
  renderText(located, { colour: false, widthOf: characterWidth })
/** The column of the first caret, without the gutter, and the number of carets. */
const carets = (text: string) => {
  const line = text.split('\n').find(printed => /^ *\| *\^/.test(printed)) ?? ''
  return [line.indexOf('^') - line.indexOf('|') - 2, line.split('^').length - 1]
}

describe('the text', () => {
  it('is the message, the position, up to two lines above, the carets, the help', () => {
    const text = 'mirrors:\n  - host: quay.io\n    endpont: http://10.0.0.1:5000\n'
    expect(
      plain(
        aLocated(text, 'endpont', {
          message: 'unknown key "endpont"',
          help: 'did you mean "endpoint"?',
        }),
      ),
    ).toBe(
      `error[spec/unknown-key]: unknown key "endpont"
 --> node.yaml:3:5
1 | mirrors:
2 |   - host: quay.io
3 |     endpont: http://10.0.0.1:5000
  |     ^^^^^^^
  = help: did you mean "endpoint"?
`,
    )
  })

  it('aligns line numbers', () => {
    const text = `${'a: 1\n'.repeat(9)}bad: 1\n`
    expect(plain(aLocated(text, 'bad')).split('\n').slice(1, 6)).toEqual([
      '  --> node.yaml:10:1',
      ' 8 | a: 1',
      ' 9 | a: 1',
      '10 | bad: 1',
      '   | ^^^',
    ])
  })

  it('shows a second range', () => {
    const text = 'a: 1\nb: 2\na: 3\n'
    const also = [{ range: rangeOf(text, 'a'), note: 'first declared here' }]
    const shown = plain({ ...aLocated(text, 'a: 3'), also })
    expect(shown).toContain('note: first declared here\n --> node.yaml:1:1\n')
  })

  it('shows a flag as typed', () => {
    const shown = plain(aLocated('', '', { text: null, range: null, file: '--role wroker' }))
    expect(shown).toBe('error[spec/unknown-key]: it is wrong\n --> --role wroker\n')
  })

  it('has colour only with the option', () => {
    expect(plain(aLocated('a', 'a'))).not.toContain('\x1b')
    expect(renderText([aLocated('a', 'a')], { colour: true, widthOf: characterWidth })).toContain(
      '\x1b[1;31merror[spec/unknown-key]\x1b[0m',
    )
  })
})

describe('the carets', () => {
  it.each([
    ['ascii', 'key: bad', [5, 3]],
    ['double-width characters', '日本: bad', [6, 3]],
    ['halfwidth characters', 'ｱ: bad', [3, 3]],
    ['combining characters', 'e\u0301: bad', [3, 3]],
    ['emoji', '😀: bad', [4, 3]],
    ['tabs', 'a:\tbad', [6, 3]],
    ['a double-width range', 'a: 日本bad', [3, 7]],
  ])('have the right column with %s', (_, text, expected) => {
    expect(carets(plain(aLocated(text, text.endsWith('日本bad') ? '日本bad' : 'bad')))).toEqual(
      expected,
    )
  })

  it('mark the end of the text', () => {
    expect(
      carets(plain({ ...aLocated('abc', 'abc'), range: { start: 3, end: 3, line: 1, column: 4 } })),
    ).toEqual([3, 1])
    expect(
      carets(plain({ ...aLocated('', ''), range: { start: 0, end: 0, line: 1, column: 1 } })),
    ).toEqual([0, 1])
  })

  it('mark the first line of a range of several lines', () => {
    expect(carets(plain(aLocated('a: x\nb: y\n', 'a: x\nb: y')))).toEqual([0, 4])
  })

  it('are visible in a very long line', () => {
    const shown = plain(aLocated(`a: ${'x'.repeat(5000)} bad ${'y'.repeat(5000)}`, 'bad'))
    for (const line of shown.split('\n')) expect(line.length).toBeLessThan(130)
    const [column = 0] = carets(shown)
    const line =
      shown
        .split('\n')
        .find(printed => printed.startsWith('1 |'))
        ?.slice(4) ?? ''
    expect(line.slice(column, column + 3)).toBe('bad')
  })

  it('ignore Windows line ends', () => {
    expect(plain(aLocated('a: 1\r\nbad: 2\r\n', 'bad'))).toContain('2 | bad: 2\n  | ^^^\n')
  })
})

describe('control characters', () => {
  it('of a spec are not printed', () => {
    const shown = plain(
      aLocated('a: \x1b[2J\u202e bad', 'bad', { message: 'no \x1b]0;x\x07', file: 'x\x1b.yaml' }),
    )
    expect(shown).not.toMatch(/[\x1b\x07\u202e]/)
  })
})
