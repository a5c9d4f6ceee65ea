import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'

const widthOf = (character: string) => characterWidth(character.codePointAt(0) ?? 0)

describe('characterWidth', () => {
  it.each([
    ['a letter', 'a'],
    ['an accented letter', 'é'],
    ['an ambiguous character', '§'],
    ['a halfwidth katakana', 'ｱ'],
    ['a halfwidth hangul', 'ﾡ'],
    ['a control picture', '␛'],
  ])('is 1 for %s', (_, character) => expect(widthOf(character)).toBe(1))

  it.each([
    ['a han character', '日'],
    ['a kana', 'か'],
    ['a hangul syllable', '한'],
    ['a fullwidth letter', 'Ａ'],
    ['an emoji', '😀'],
    ['an ideographic space', '\u3000'],
    ['a han character of plane 2', '\u{20000}'],
  ])('is 2 for %s', (_, character) => expect(widthOf(character)).toBe(2))

  it.each([
    ['a combining accent', '\u0301'],
    ['an enclosing circle', '\u20dd'],
    ['a variation selector', '\ufe0f'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a word joiner', '\u2060'],
  ])('is 0 for %s', (_, character) => expect(widthOf(character)).toBe(0))
})
