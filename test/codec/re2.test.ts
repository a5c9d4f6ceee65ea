/** The patterns of rewrites that Go refuses. test/oracle/re2.test.ts compares many more with Go. */
import { expect, it } from 'vitest'
import { re2Error } from '../../src/codec/re2.ts'

it.each([
  '^rancher/(.*)',
  '(?i)^library/(?P<name>[[:alnum:]._-]+)$',
  '^(?:a|b)*?c{2,3}',
  '[^]\\d]',
  '\\Qa.b(\\E',
])('%s is accepted', pattern => expect(re2Error(pattern)).toBeNull())

it.each([
  ['^(?!hub/)', '(?!…), which RE2 does not have'],
  ['(?<=a)b', '(?<=…), which RE2 does not have'],
  ['(a)\\1', '\\1, a reference to a group, which RE2 does not have'],
  ['a++', '++, a repetition of a repetition'],
  ['*', '* without a preceding expression'],
  ['(a', 'a ( without )'],
  ['a)', 'a ) without ('],
  ['[a', 'a [ without ]'],
  ['[z-a]', 'the range z-a'],
  ['a\\', 'a backslash at the end'],
  ['\\Z', '\\Z, which RE2 does not have'],
  ['a{1001}', '{1001}, more than 1000 repetitions'],
])('%s is refused', (pattern, error) => expect(re2Error(pattern)).toBe(error))
