import { describe, expect, it } from 'vitest'
import { type MimePart, parseMime } from '../../src/codec/mime.ts'
import { rawUnicode } from '../../src/codec/mime-transfer.ts'
import { decodeUtf8 } from '../../src/codec/text.ts'

const multipart = (boundary: string, ...parts: readonly string[]) =>
  `Content-Type: multipart/mixed; boundary="${boundary}"\n\npreamble\n${parts
    .map(part => `--${boundary}\n${part}\n`)
    .join('')}--${boundary}--\nepilogue\n`

/** The parts without parts, in their order. */
const leavesOf = (part: MimePart): readonly MimePart[] =>
  part.parts.length === 0 ? [part] : part.parts.flatMap(leavesOf)

/** Type and text of each part. */
const partsOf = (text: string) => {
  const message = parseMime(text)
  if (message === null) throw new Error('nested too deeply')
  return leavesOf(message).map(({ type, body }) => [type, decodeUtf8(body)] as const)
}

describe('parseMime', () => {
  it('gives a text without headers as a single part', () => {
    expect(partsOf('no header\n')).toEqual([['text/plain', 'no header\n']])
  })

  it('splits at boundary lines, without preamble and epilogue', () => {
    const text = multipart('B', 'Content-Type: Text/Cloud-Config; x=y\n\na: 1', '\nb\n')
    expect(partsOf(text)).toEqual([
      ['text/cloud-config', 'a: 1'],
      ['text/plain', 'b\n'],
    ])
  })

  it('flattens nested containers', () => {
    const text = multipart('B', multipart('C', '\na', '\nb'), '\nc')
    expect(partsOf(text).map(([, body]) => body)).toEqual(['a', 'b', 'c'])
  })

  it('gives no parts where the boundary is missing', () => {
    expect(parseMime('Content-Type: multipart/mixed\n\n--B\n\na\n--B--\n')?.parts).toEqual([])
  })

  it('does not read a message that is nested too deeply', () => {
    const deep = Array.from({ length: 60 }, (_, depth) => depth).reduce(
      (text, depth) => multipart(`B${depth}`, text),
      '\na',
    )
    expect(parseMime(deep)).toBeNull()
  })

  it('skips an envelope line, and indented lines before the first header', () => {
    const headers = 'From me\n indented\n\tX: y\nContent-Type: text/cloud-config\n'
    expect(partsOf(`${headers}\nFrom a: b\n`)).toEqual([['text/cloud-config', 'From a: b\n']])
  })

  it('gives an attached message as a container', () => {
    const message = parseMime('Content-Type: message/rfc822\n\nContent-Type: text/x\n\na')
    expect(message?.parts.map(({ type }) => type)).toEqual(['text/x'])
  })

  it('decodes Base64 and quoted-printable', () => {
    expect(partsOf('Content-Transfer-Encoding: BASE64\n\naG\nk=\n')).toEqual([['text/plain', 'hi']])
    expect(partsOf('Content-Transfer-Encoding: quoted-printable\n\na=\n=3Db\n')).toEqual([
      ['text/plain', 'a=b\n'],
    ])
  })

  it('joins continued headers and keeps the first of two', () => {
    const part = parseMime('X-A: 1\n 2\nX-A: 3\n\n')
    expect(part?.headers).toEqual(new Map([['X-A', '1\n 2']]))
  })
})

it('rawUnicode escapes characters above U+00FF', () => {
  expect(rawUnicode('é')).toEqual(Uint8Array.of(0xe9))
  expect(decodeUtf8(rawUnicode('ł😀'))).toBe('\\u0142\\U0001f600')
})
