/** L10: gzip agrees with zlib. */
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gunzip, gzip, isGzip } from '../../src/codec/gzip.ts'
import { randomBytes } from './bytes.ts'

const maxBytes = 1 << 20

describe('gzip', () => {
  test('is decompressed by zlib, and the reverse', () => {
    fc.assert(
      fc.property(randomBytes, fc.integer({ min: 0, max: 9 }), (bytes, level) => {
        expect(isGzip(gzip(bytes))).toBe(true)
        expect(new Uint8Array(gunzipSync(gzip(bytes)))).toEqual(bytes)
        expect(gunzip(new Uint8Array(gzipSync(bytes, { level })), maxBytes)).toEqual(bytes)
      }),
    )
  })
  test('has no time stamp and the operating system Unix', () => {
    expect([...gzip(Uint8Array.of(1)).subarray(0, 10)]).toEqual([31, 139, 8, 0, 0, 0, 0, 0, 2, 3])
  })
  test('of several members is decompressed as a whole', () => {
    fc.assert(
      fc.property(randomBytes, randomBytes, randomBytes, (a, b, c) => {
        const joined = Buffer.concat([gzipSync(a), gzipSync(b), gzipSync(c)])
        const expected = new Uint8Array(Buffer.concat([a, b, c]))
        expect(gunzip(new Uint8Array(joined), maxBytes)).toEqual(expected)
      }),
    )
  })
  test('that is corrupt gives null, never an error or other bytes', () => {
    fc.assert(
      fc.property(randomBytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, flip) => {
        const corrupt = gzip(bytes)
        corrupt[at % corrupt.length]! ^= flip
        const result = gunzip(corrupt, maxBytes)
        if (result !== null) expect(result).toEqual(bytes)
        const truncated = gunzip(gzip(bytes).subarray(0, at % corrupt.length), maxBytes)
        if (truncated !== null) expect(truncated).toEqual(bytes)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), data => {
        gunzip(Uint8Array.of(31, 139, 8, 0, ...data), maxBytes)
      }),
    )
  })
  test('that expands to more than maxBytes gives null', () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(64 << 20)))
    expect(gunzip(bomb, maxBytes) === null).toBe(true)
    const joined = Buffer.concat([gzipSync(Buffer.alloc(900_000)), gzipSync(Buffer.alloc(900_000))])
    expect(gunzip(new Uint8Array(joined), maxBytes) === null).toBe(true)
  })
})
