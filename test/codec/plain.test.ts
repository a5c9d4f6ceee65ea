import { expect, it } from 'vitest'
import { isMapping } from '../../src/codec/plain.ts'

it('isMapping accepts objects only', () => {
  expect([{}, { a: 1 }].every(isMapping)).toBe(true)
  expect([null, undefined, [], ['a'], 'a', 1, true].some(isMapping)).toBe(false)
})
