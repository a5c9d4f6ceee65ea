import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareText, decodeLatin1, decodeUtf8, encodeUtf8 } from '../../src/codec/text.ts'

it('UTF-8 agrees with Buffer, and a byte order mark is kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(encodeUtf8(text)).toEqual(new Uint8Array(Buffer.from(text)))
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    }),
  )
  expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  expect(encodeUtf8('\ud800')).toEqual(Uint8Array.of(0xef, 0xbf, 0xbd))
})

it.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]]])(
  'the bytes %j are not UTF-8',
  bytes => expect(decodeUtf8(Uint8Array.from(bytes))).toBeNull(),
)

it('Latin-1 gives every byte the character of its code', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index)
  expect(decodeLatin1(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
})

it('texts are ordered by UTF-16 units', () => {
  expect(['b', 'a', 'ä', 'B', 'a'].sort(compareText)).toEqual(['B', 'a', 'a', 'b', 'ä'])
  expect(['\uffff', '😀'].sort(compareText)).toEqual(['😀', '\uffff'])
})
