import { expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/codec/text.ts'
import { printableName, printableText, renderContent } from '../../src/view/printable.ts'

it('control characters and invisible characters are visible', () => {
  expect(printableName('a\n\x1b\x7f\x9b\u202e\u200b\ufeff')).toBe('a␊␛␡\ufffd\ufffd\ufffd\ufffd')
  expect(printableText('a\r\n\tb\x07')).toBe('a␍\n\tb␇')
})

it('a terminal gets the text of a file without control characters, and no binary content', () => {
  expect(renderContent(encodeUtf8('a\n\x1b]0;x\x07'))).toBe('a\n␛]0;x␇')
  expect(renderContent(encodeUtf8('a\0'))).toBeNull()
  expect(renderContent(new Uint8Array([0xff, 0x0a]))).toBeNull()
})
