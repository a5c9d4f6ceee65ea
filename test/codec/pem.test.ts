/** The blocks of PEM texts. */
import { describe, expect, it } from 'vitest'
import { parsePem } from '../../src/codec/pem.ts'

const block = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const labelsOf = (text: string) =>
  parsePem(text).map(({ label, complete }) => `${label}${complete ? '' : ' cut'}`)

describe('parsePem', () => {
  it('gives each block with its lines', () => {
    const text = `subject: site\n${block}\n# a key\n-----BEGIN EC PRIVATE KEY-----\nBBBB\n-----END EC PRIVATE KEY-----`
    expect(parsePem(text)).toEqual([
      { label: 'CERTIFICATE', text: block, complete: true },
      {
        label: 'EC PRIVATE KEY',
        text: '-----BEGIN EC PRIVATE KEY-----\nBBBB\n-----END EC PRIVATE KEY-----\n',
        complete: true,
      },
    ])
  })

  it('accepts CRLF and spaces at the ends of lines', () => {
    expect(labelsOf(block.replaceAll('\n', '\r\n'))).toEqual(['CERTIFICATE'])
    expect(labelsOf(block.replaceAll('\n', '  \n'))).toEqual(['CERTIFICATE'])
  })

  it('finds no block whose BEGIN is not at the start of a line', () => {
    expect(labelsOf(block.replaceAll(/^/gm, ' '))).toEqual([])
    expect(labelsOf(`key: ${block}`)).toEqual([])
  })

  it('marks a block without its END line, and ends it at the next block', () => {
    expect(labelsOf(block.slice(0, 40))).toEqual(['CERTIFICATE cut'])
    expect(labelsOf(block.trimEnd().slice(0, -1))).toEqual(['CERTIFICATE cut'])
    expect(labelsOf(`${block.slice(0, 33)}${block}`)).toEqual(['CERTIFICATE cut', 'CERTIFICATE'])
    expect(labelsOf(block.replace('END CERTIFICATE', 'END X'))).toEqual(['CERTIFICATE cut'])
  })
})
