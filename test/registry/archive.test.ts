import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listArchive } from '../../src/registry/store/archive.ts'
import { readExtent, wholeFile } from '../../src/registry/store/extent.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'
import { room } from './lib/program.ts'
import { base256, type Entry, tar } from './lib/tar.ts'

function list(bytes: Buffer, name = 'a.tar') {
  const path = join(room, name)
  writeFileSync(path, bytes)
  const said: string[] = []
  const listing = listArchive(wholeFile(path), trouble => said.push(trouble))
  const files = [...listing].map(([entry, extent]) => [entry, readExtent(extent).toString()])
  return { said, files: Object.fromEntries(files) as Record<string, string> }
}

const x: Entry = { path: 'x', content: Buffer.from('hello') }

describe('a tar is read where it lies', () => {
  const long = `${'deep/'.repeat(40)}file`
  test.each([
    ['ustar', [x], { x: 'hello' }],
    ['a leading ./', [{ ...x, path: './a/./x' }], { 'a/x': 'hello' }],
    [
      'pax names',
      [
        { ...x, path: long },
        { ...x, path: 'y' },
      ],
      { [long]: 'hello', y: 'hello' },
    ],
    ['GNU long names', [{ ...x, path: long, gnuName: true }, x], { [long]: 'hello', x: 'hello' }],
    ['base-256 sizes', [{ ...x, size: base256(5n) }], { x: 'hello' }],
    [
      'a pax size',
      [
        { ...x, size: '00000000000\0', pax: { size: '5' } },
        { ...x, path: 'y' },
      ],
      { x: 'hello', y: 'hello' },
    ],
    [
      'symbolic links',
      [
        { path: 'a/l', type: '2', link: '../b/x' },
        { ...x, path: 'b/x' },
      ],
      { 'a/l': 'hello', 'b/x': 'hello' },
    ],
    [
      'links to links',
      [{ path: 'l', type: '2', link: 'm' }, { path: 'm', type: '1', link: 'x' }, x],
      { l: 'hello', m: 'hello', x: 'hello' },
    ],
  ])('%s', (_, entries, files) => {
    expect(list(tar(entries as Entry[]))).toEqual({ said: [], files })
  })
})

describe('a tar that lies is read as far as it is true', () => {
  const huge = base256((1n << 62n) + 1n)
  const negative = Buffer.alloc(12, 0xff)
  test.each([
    ['a size past the end', [x, { ...x, path: 'y', size: '00000077777\0' }], 'y is cut off'],
    ['a huge size', [x, { ...x, path: 'y', size: huge }], 'y is cut off'],
    ['a negative size', [x, { ...x, path: 'y', size: negative }], 'y is cut off'],
    [
      'a size that is no number',
      [x, { ...x, path: 'y', size: 'nonsense' }],
      'damaged tar header at byte 1024',
    ],
    ['a sparse file', [{ ...x, path: 'y', type: 'S' }, x], 'y is sparse and cannot be served'],
    [
      'a sparse file by pax',
      [{ ...x, path: 'y', pax: { 'GNU.sparse.major': '1' } }, x],
      'y is sparse and cannot be served',
    ],
  ])('%s', (_, entries, trouble) => {
    expect(list(tar(entries as Entry[]))).toEqual({ said: [trouble], files: { x: 'hello' } })
  })

  test('names that climb out, and links in a circle, are nothing', () => {
    const entries = [
      { ...x, path: '../x' },
      { ...x, path: 'a/../../x' },
      { path: 'l', type: '2', link: 'm' },
      { path: 'm', type: '2', link: 'l' },
      { path: 'n', type: '2', link: '../../etc/passwd' },
      { path: 'o', type: '1', link: '/etc/passwd' },
    ]
    expect(list(tar(entries))).toEqual({ said: [], files: {} })
  })

  test('a changed header, and a tar that ends early', () => {
    const bytes = tar([x, { ...x, path: 'y' }])
    bytes[1024] = 0x7a
    expect(list(bytes).said).toEqual(['damaged tar header at byte 1024'])
    expect(list(tar([x]).subarray(0, 514)).said).toEqual(['x is cut off'])
    expect(list(Buffer.from('no tar at all'))).toEqual({ said: [], files: {} })
  })
})

describeWith([judge('GNU tar', 'tar')], 'GNU tar is read alike', () => {
  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('--format=%s', format => {
    const path = join(room, `${format}.tar`)
    const folder = join(room, `tree-${format}`)
    const folderName = format === 'v7' ? 'short' : 'long-name-'.repeat(9)
    const [name, link] = [`${folderName}/${'b'.repeat(60)}`, `${folderName}/l`]
    const script = `mkdir -p "$1/${folderName}" && cd "$1" && printf hello > ${name} && ln -s ${'b'.repeat(60)} ${link} && tar --format=${format} -cf "$2" .`
    expect(runs(['sh', '-c', script, 'sh', folder, path])).toMatchObject({ code: 0 })
    const found = listArchive(wholeFile(path), trouble => expect(trouble).toBe(''))
    const names = [...found.keys()].sort()
    expect(names).toEqual([name, link])
    for (const extent of found.values()) expect(readExtent(extent).toString()).toBe('hello')
  })
})
