/** L10: the digests agree with node:crypto. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256, sha512 } from '../../src/codec/hash.ts'
import { randomBytes } from './bytes.ts'

test('SHA-256 and SHA-512 equal those of node:crypto', () => {
  fc.assert(
    fc.property(randomBytes, bytes => {
      expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect(sha512(bytes)).toBe(createHash('sha512').update(bytes).digest('hex'))
    }),
  )
  for (let length = 0; length < 260; length++) {
    const bytes = new Uint8Array(length).fill(length)
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(sha512(bytes)).toBe(createHash('sha512').update(bytes).digest('hex'))
  }
})
