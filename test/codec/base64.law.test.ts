/** L10: Base64 agrees with Buffer, Go and Python. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Length, parseBase64, parseLooseBase64, printBase64 } from '../../src/codec/base64.ts'
import { randomBytes } from './bytes.ts'

describe('base64', () => {
  test('equals the Base64 of Buffer', () => {
    fc.assert(
      fc.property(randomBytes, bytes => {
        const text = printBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(text.length).toBe(base64Length(bytes.length))
        expect(parseBase64(text)).toEqual(bytes)
        expect(parseLooseBase64(text.replaceAll(/(.{7})/g, '$1 \n!'))).toEqual(bytes)
      }),
    )
  })
  test('without padding or with other characters is refused, as by Go', () => {
    for (const text of ['QQ', 'Q=', 'QQ=A', 'Q-==', 'QQ==\n', '=', '====', 'QUJD=']) {
      expect(parseBase64(text), text).toBeNull()
    }
  })
  test('among other characters is parsed as by Python', () => {
    expect(parseLooseBase64('!!!!')).toEqual(new Uint8Array(0))
    expect(parseLooseBase64('AAAAA')).toBeNull()
    expect(parseLooseBase64('QQ==QQ==')).toEqual(Uint8Array.of(0x41))
    expect(parseLooseBase64('QQé==')).toBeNull()
  })
})
