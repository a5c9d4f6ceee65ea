/** L10: our bytes agree with Node's own zlib, crypto and Buffer. */

import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Length, parseBase64, parseLooseBase64, printBase64 } from '../../src/codec/base64.ts'
import { gunzip, gzip } from '../../src/codec/gzip.ts'
import { sha256, sha512 } from '../../src/codec/hash.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(500))
    .map(([part, times]) => Uint8Array.from(Array.from({ length: times }, () => [...part]).flat())),
)
const limit = 1 << 20

describe('base64', () => {
  test('is Buffer’s', () => {
    fc.assert(
      fc.property(bytes, value => {
        const text = printBase64(value)
        expect(text).toBe(Buffer.from(value).toString('base64'))
        expect(text.length).toBe(base64Length(value.length))
        expect(parseBase64(text)).toEqual(value)
        expect(parseLooseBase64(text.replaceAll(/(.{7})/g, '$1 \n!'))).toEqual(value)
      }),
    )
  })
  test('is refused without padding or with other letters where Go refuses it', () => {
    for (const text of ['QQ', 'Q=', 'QQ=A', 'Q-==', 'QQ==\n', '=', '====', 'QUJD=']) {
      expect(parseBase64(text), text).toBeNull()
    }
  })
  test('is read as Python does', () => {
    expect(parseLooseBase64('!!!!')).toEqual(new Uint8Array(0))
    expect(parseLooseBase64('AAAAA')).toBeNull()
    expect(parseLooseBase64('QQ==QQ==')).toEqual(Uint8Array.of(0x41))
    expect(parseLooseBase64('QQé==')).toBeNull()
  })
})

describe('gzip', () => {
  test('is undone by zlib and undoes zlib', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 9 }), (value, level) => {
        expect(new Uint8Array(gunzipSync(gzip(value)))).toEqual(value)
        expect(gunzip(new Uint8Array(gzipSync(value, { level })), limit)).toEqual(value)
      }),
    )
  })
  test('names no machine and no time', () => {
    expect([...gzip(Uint8Array.of(1)).subarray(0, 10)]).toEqual([31, 139, 8, 0, 0, 0, 0, 0, 2, 3])
  })
  test('of several members is read as one', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (a, b, c) => {
        const joined = Buffer.concat([gzipSync(a), gzipSync(b), gzipSync(c)])
        const expected = new Uint8Array(Buffer.concat([a, b, c]))
        expect(gunzip(new Uint8Array(joined), limit)).toEqual(expected)
      }),
    )
  })
  test('that is broken is null, never an error and never wrong', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const packed = gzip(value)
        packed[at % packed.length]! ^= flip
        const out = gunzip(packed, limit)
        if (out !== null) expect(out).toEqual(value)
        const cut = gunzip(gzip(value).subarray(0, at % packed.length), limit)
        if (cut !== null) expect(cut).toEqual(value)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), rest => {
        gunzip(Uint8Array.of(31, 139, 8, 0, ...rest), limit)
      }),
    )
  })
  test('is bounded', () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(64 << 20)))
    expect(gunzip(bomb, limit) === null).toBe(true)
    const joined = Buffer.concat([gzipSync(Buffer.alloc(900_000)), gzipSync(Buffer.alloc(900_000))])
    expect(gunzip(new Uint8Array(joined), limit) === null).toBe(true)
  })
})

describe('sha', () => {
  test('is crypto’s', () => {
    fc.assert(
      fc.property(bytes, value => {
        expect(sha256(value)).toBe(createHash('sha256').update(value).digest('hex'))
        expect(sha512(value)).toBe(createHash('sha512').update(value).digest('hex'))
      }),
    )
    for (let length = 0; length < 260; length++) {
      const value = new Uint8Array(length).fill(length)
      expect(sha256(value)).toBe(createHash('sha256').update(value).digest('hex'))
      expect(sha512(value)).toBe(createHash('sha512').update(value).digest('hex'))
    }
  })
})
