import { expect, it } from 'vitest'
import { commandWords } from '../../src/secrets/age-identities.ts'

it.each([
  ['pass show  age', ['pass', 'show', 'age']],
  [`a 'b c' "d \\"e" f\\ g`, ['a', 'b c', 'd "e', 'f g']],
  [`a"b"'c'd ''`, ['abcd', '']],
  [`a # comment ' "\nb#c 'd'#e f`, ['a', 'b#c', 'd#e', 'f']],
  ['', []],
  [`a 'b`, null],
  ['a "b', null],
  ['a\\', null],
])('the words of %j are %j', (text, words) => {
  expect(commandWords(text)).toEqual(words)
})
