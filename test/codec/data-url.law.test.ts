import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDataUrl, printDataUrl, printPlainDataUrl } from '../../src/codec/data-url.ts'
import { gunzip } from '../../src/codec/gzip.ts'
import { encodeUtf8 } from '../../src/codec/text.ts'
import { randomBytes } from './bytes.ts'

describe('printDataUrl', () => {
  it('prints the shortest of three forms', () => {
    expect(printDataUrl(encodeUtf8('a=1 b'))).toEqual({ url: 'data:,a=1%20b', compression: '' })
    expect(printDataUrl(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8))).toEqual({
      url: 'data:;base64,AAECAwQFBgcI',
      compression: '',
    })
    expect(printDataUrl(encodeUtf8('x'.repeat(500))).compression).toBe('gzip')
  })

  it('is the inverse of parseDataUrl', () => {
    fc.assert(
      fc.property(randomBytes, bytes => {
        const { url, compression } = printDataUrl(bytes)
        const data = parseDataUrl(url)
        expect(compression === 'gzip' ? gunzip(data!, 1 << 20) : data).toEqual(bytes)
        expect(parseDataUrl(printPlainDataUrl(bytes))).toEqual(bytes)
        expect(url.length).toBeLessThanOrEqual(printPlainDataUrl(bytes).length)
      }),
    )
  })
})

describe('parseDataUrl', () => {
  it.each([
    ['data:,a+b', 'a+b'],
    ['data:text/plain;charset=utf-8,%C3%a9', 'é'],
    ['data:text/plain;base64,aGk=', 'hi'],
    ['data:,', ''],
    ['data:text/plain;charset="a,b";base64,aGk=', 'hi'],
    ['data:;a="q\\"w,",y', 'y'],
    ['data:x-own/any;a=%20,y', 'y'],
  ])('accepts %s', (url, text) => expect(parseDataUrl(url)).toEqual(encodeUtf8(text)))

  it.each([
    'data:a',
    'http://x,y',
    'data:,a b',
    'data:,%4',
    'data:,é',
    'data:;base64,aGk',
    'data:own/any,x',
    'data:text,x',
    'data:;a=",x',
    'data:;a="\\q",x',
    'data:;a=%zz,x',
    'DATA:,x',
  ])('refuses %s', url => expect(parseDataUrl(url)).toBeNull())
})
