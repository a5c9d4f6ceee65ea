import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'
import { cellsOf, printable, totalWidth } from '../../src/report/cells.ts'

const cells = (text: string, hidden: readonly { start: number; end: number }[] = []) =>
  cellsOf(text, 0, text.length, hidden, characterWidth)

describe('cellsOf', () => {
  it('has one cell for each character, with its width', () => {
    expect(cells('a日😀\u0301')).toEqual([
      { shown: 'a', width: 1, start: 0, end: 1 },
      { shown: '日', width: 2, start: 1, end: 2 },
      { shown: '😀', width: 2, start: 2, end: 4 },
      { shown: '\u0301', width: 0, start: 4, end: 5 },
    ])
  })

  it('has the printable form of tabs and control characters', () => {
    expect(cells('\t\x1b\u202e').map(({ shown, width }) => [shown, width])).toEqual([
      ['    ', 4],
      ['\u241b', 1],
      ['\ufffd', 1],
    ])
  })

  it('has one cell for a secret', () => {
    const masked = cells('a: secret!', [{ start: 3, end: 9 }])
    expect(masked.map(({ shown }) => shown).join('')).toBe('a: ***!')
    expect(masked[3]).toEqual({ shown: '***', width: 3, start: 3, end: 9 })
    expect(totalWidth(masked)).toBe(7)
  })

  it('starts inside a secret and ends inside a secret', () => {
    const [cell, ...others] = cellsOf('secret', 2, 4, [{ start: 0, end: 6 }], characterWidth)
    expect(cell).toEqual({ shown: '***', width: 3, start: 2, end: 4 })
    expect(others).toEqual([])
  })
})

it('printable keeps line breaks and replaces other control characters', () => {
  expect(printable('a\tb\nc\x07\u2028')).toBe('a    b\nc\u2407\ufffd')
})
