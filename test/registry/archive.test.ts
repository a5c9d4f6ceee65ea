import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listArchive } from '../../src/registry/store/archive.ts'
import { fileExtent, readExtent } from '../../src/registry/store/extent.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'
import { tempFolder } from './lib/program.ts'
import { base256, type Entry, tar } from './lib/tar.ts'

function list(bytes: Buffer, name = 'a.tar') {
  const path = join(tempFolder, name)
  writeFileSync(path, bytes)
  const problems: string[] = []
  const listing = listArchive(fileExtent(path), problem => problems.push(problem))
  const files = [...listing].map(([entry, extent]) => [entry, readExtent(extent).toString()])
  return { problems, files: Object.fromEntries(files) as Record<string, string> }
}

const x: Entry = { path: 'x', content: Buffer.from('hello') }

describe('a tar is indexed in place', () => {
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
    expect(list(tar(entries as Entry[]))).toEqual({ problems: [], files })
  })
})

describe('a tar with false headers is read up to the first of them', () => {
  const huge = base256((1n << 62n) + 1n)
  const negative = Buffer.alloc(12, 0xff)
  test.each([
    [
      'a size past the end',
      [x, { ...x, path: 'y', size: '00000077777\0' }],
      'damaged or too many files at byte 1024',
    ],
    ['a huge size', [x, { ...x, path: 'y', size: huge }], 'damaged or too many files at byte 1024'],
    [
      'a negative size',
      [x, { ...x, path: 'y', size: negative }],
      'damaged or too many files at byte 1024',
    ],
    [
      'a size that is not a number',
      [x, { ...x, path: 'y', size: 'nonsense' }],
      'damaged or too many files at byte 1024',
    ],
    ['a sparse file', [{ ...x, path: 'y', type: 'S' }, x], 'y is a sparse file: not served'],
    [
      'a sparse file by pax',
      [{ ...x, path: 'y', pax: { 'GNU.sparse.major': '1' } }, x],
      'y is a sparse file: not served',
    ],
  ])('%s', (_, entries, problem) => {
    expect(list(tar(entries as Entry[]))).toEqual({ problems: [problem], files: { x: 'hello' } })
  })

  test('paths out of the archive and loops of links are ignored', () => {
    const entries = [
      { ...x, path: '../x' },
      { ...x, path: 'a/../../x' },
      { path: 'l', type: '2', link: 'm' },
      { path: 'm', type: '2', link: 'l' },
      { path: 'n', type: '2', link: '../../etc/passwd' },
      { path: 'o', type: '1', link: '/etc/passwd' },
    ]
    expect(list(tar(entries))).toEqual({ problems: [], files: {} })
  })

  test('an archive without its end, as a copy that was cut, is reported', () => {
    const bytes = tar([x, { ...x, path: 'y' }])
    const files = { x: 'hello', y: 'hello' }
    const problems = ['damaged or too many files at byte 2048']
    expect(list(bytes.subarray(0, 2048))).toEqual({ problems, files })
  })

  test('a changed header and a truncated archive are reported', () => {
    const bytes = tar([x, { ...x, path: 'y' }])
    bytes[1024] = 0x7a
    expect(list(bytes).problems).toEqual(['damaged or too many files at byte 1024'])
    expect(list(tar([x, x]).subarray(0, 1400)).problems).toEqual([
      'damaged or too many files at byte 1024',
    ])
    expect(list(tar([x]).subarray(0, 514))).toEqual({ problems: [], files: {} })
    expect(list(Buffer.from('not a tar at all'))).toEqual({ problems: [], files: {} })
  })
})

describeWith([judge('GNU tar', 'tar')], 'archives by GNU tar', () => {
  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('--format=%s', format => {
    const path = join(tempFolder, `${format}.tar`)
    const folder = join(tempFolder, `tree-${format}`)
    const folderName = format === 'v7' ? 'short' : 'long-name-'.repeat(9)
    const [name, link] = [`${folderName}/${'b'.repeat(60)}`, `${folderName}/l`]
    const script = `mkdir -p "$1/${folderName}" && cd "$1" && printf hello > ${name} && ln -s ${'b'.repeat(60)} ${link} && tar --format=${format} -cf "$2" .`
    expect(runs(['sh', '-c', script, 'sh', folder, path])).toMatchObject({ code: 0 })
    const found = listArchive(fileExtent(path), problem => expect(problem).toBe(''))
    const names = [...found.keys()].sort()
    expect(names).toEqual([name, link])
    for (const extent of found.values()) expect(readExtent(extent).toString()).toBe('hello')
  })
})
