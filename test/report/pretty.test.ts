import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'
import { renderText } from '../../src/report/pretty.ts'
import { at, rangeOf } from './located.ts'

const plain = (...located: ReturnType<typeof at>[]) =>
  renderText(located, { colour: false, widthOf: characterWidth })
/** The column of the first caret and how many there are, without the gutter. */
const carets = (text: string) => {
  const line = text.split('\n').find(one => /^ *\| *\^/.test(one)) ?? ''
  return [line.indexOf('^') - line.indexOf('|') - 2, line.split('^').length - 1]
}

describe('the look', () => {
  it('is the sentence, the place, two lines above, a caret, the help', () => {
    const text = 'mirrors:\n  - host: quay.io\n    endpont: http://10.0.0.1:5000\n'
    expect(
      plain(
        at(text, 'endpont', { message: 'unknown key "endpont"', help: 'did you mean "endpoint"?' }),
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

  it('aligns numbers of different width', () => {
    const text = `${'a: 1\n'.repeat(9)}bad: 1\n`
    expect(plain(at(text, 'bad')).split('\n').slice(1, 6)).toEqual([
      '  --> node.yaml:10:1',
      ' 8 | a: 1',
      ' 9 | a: 1',
      '10 | bad: 1',
      '   | ^^^',
    ])
  })

  it('shows a second place', () => {
    const text = 'a: 1\nb: 2\na: 3\n'
    const also = [{ range: rangeOf(text, 'a'), note: 'first declared here' }]
    const shown = plain({ ...at(text, 'a: 3'), also })
    expect(shown).toContain('note: first declared here\n --> node.yaml:1:1\n')
  })

  it('of a flag is the flag', () => {
    const shown = plain(at('', '', { text: null, range: null, file: '--role wroker' }))
    expect(shown).toBe('error[spec/unknown-key]: it is wrong\n --> --role wroker\n')
  })

  it('has colour only on demand', () => {
    expect(plain(at('a', 'a'))).not.toContain('\x1b')
    expect(renderText([at('a', 'a')], { colour: true, widthOf: characterWidth })).toContain(
      '\x1b[1;31merror[spec/unknown-key]\x1b[0m',
    )
  })
})

describe('the caret', () => {
  it.each([
    ['ascii', 'key: bad', [5, 3]],
    ['wide characters', '日本: bad', [6, 3]],
    ['combining characters', 'e\u0301: bad', [3, 3]],
    ['emoji', '😀: bad', [4, 3]],
    ['tabs', 'a:\tbad', [6, 3]],
    ['a wide place', 'a: 日本bad', [3, 7]],
  ])('stands right with %s', (_, text, expected) => {
    expect(carets(plain(at(text, text.endsWith('日本bad') ? '日本bad' : 'bad')))).toEqual(expected)
  })

  it('stands at the end of the text', () => {
    expect(
      carets(plain({ ...at('abc', 'abc'), range: { start: 3, end: 3, line: 1, column: 4 } })),
    ).toEqual([3, 1])
    expect(
      carets(plain({ ...at('', ''), range: { start: 0, end: 0, line: 1, column: 1 } })),
    ).toEqual([0, 1])
  })

  it('keeps to the first line of a place of several', () => {
    expect(carets(plain(at('a: x\nb: y\n', 'a: x\nb: y')))).toEqual([0, 4])
  })

  it('stays in sight in a line without end', () => {
    const shown = plain(at(`a: ${'x'.repeat(5000)} bad ${'y'.repeat(5000)}`, 'bad'))
    for (const line of shown.split('\n')) expect(line.length).toBeLessThan(130)
    const [column = 0] = carets(shown)
    const line =
      shown
        .split('\n')
        .find(one => one.startsWith('1 |'))
        ?.slice(4) ?? ''
    expect(line.slice(column, column + 3)).toBe('bad')
  })

  it('minds Windows line ends', () => {
    expect(plain(at('a: 1\r\nbad: 2\r\n', 'bad'))).toContain('2 | bad: 2\n  | ^^^\n')
  })
})

describe('a terminal', () => {
  it('is not steered by a spec', () => {
    const shown = plain(
      at('a: \x1b[2J\u202e bad', 'bad', { message: 'no \x1b]0;x\x07', file: 'x\x1b.yaml' }),
    )
    expect(shown).not.toMatch(/[\x1b\x07\u202e]/)
  })
})
