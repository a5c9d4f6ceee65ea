/** Texts with the characters that shells and systemd treat specially. */
import fc from 'fast-check'

/** Single arguments, each with another special character. */
export const specialTexts = [
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

const argument = fc.oneof(
  fc.constantFrom(...specialTexts),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'$%\\"\'; \n\t{}a'), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)

/** Random lists of arguments. */
export const argumentLists = fc
  .array(argument, { minLength: 1, maxLength: 12 })
  // An argument cannot contain NUL.
  .map(list => list.map(text => text.replaceAll(/[\0\p{Cs}]/gu, '')))
