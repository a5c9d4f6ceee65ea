/** Hostile bundles: the work grows with their size, and not faster. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listArchive } from '../../src/registry/store/archive.ts'
import { readBundles } from '../../src/registry/store/bundle.ts'
import { fileExtent } from '../../src/registry/store/extent.ts'
import { listFolder } from '../../src/registry/store/folder.ts'
import { bundleFile } from './lib/bundle.ts'
import { tempFolder } from './lib/program.ts'
import { type Entry, tar } from './lib/tar.ts'

const x: Entry = { path: 'x', content: Buffer.from('hello') }
const path = join(tempFolder, 'hostile.tar')

/** The problems of an archive. */
function read(bytes: Buffer): readonly string[] {
  writeFileSync(path, bytes)
  const problems: string[] = []
  listArchive(fileExtent(path), problem => problems.push(problem))
  return problems
}

describe('a hostile tar takes time in proportion to its size', () => {
  /** The milliseconds of the fastest of three readings. */
  const time = (bytes: Buffer) => {
    const times = [1, 2, 3].map(() => {
      const start = performance.now()
      read(bytes)
      return performance.now() - start
    })
    return Math.min(...times)
  }
  const short = '6 a=b\n'
  const digits = '1'.repeat(60_000)
  test.each<readonly [string, (count: number) => Buffer]>([
    ['pax headers with many short records', n => pax(n, short.repeat(10_000))],
    ['pax headers with long numbers', n => pax(n, `${digits}\n`)],
    ['pax headers with lines of digits', n => pax(n, '11111111\n'.repeat(6000))],
    [
      'links to links',
      n => tar(Array.from({ length: n * 2000 }, (_, i) => link(`l${i}`, `l${i + 1}`))),
    ],
  ])('%s', (_, make) => {
    expect(time(make(10))).toBeLessThan(40 * time(make(1)) + 50)
  })

  test('the number of files and links is limited, and the limit is reported', () => {
    const one = tar([{ path: 'l', type: '2', link: 'm' }]).subarray(0, 512)
    const file = tar([x])
    const many = Buffer.concat([file.subarray(0, 1024), Buffer.alloc((1 << 19) * 512, one), file])
    // One path counts once: each link needs its own. A digit changes the checksum by its value.
    const sumOfOne = one.subarray(0, 148).reduce((total, byte) => total + byte, 0)
    const rest = one.subarray(156).reduce((total, byte) => total + byte, 0) + 8 * 32
    for (let i = 1; i <= 1 << 19; i++) {
      const at = 512 + i * 512
      const name = `${i}`.padStart(8, '0')
      many.write(name, at)
      const sum =
        sumOfOne - 'l'.charCodeAt(0) + rest + [...name].reduce((n, c) => n + c.charCodeAt(0), 0)
      many.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148)
    }
    expect(read(many)).toEqual([
      `damaged or too many files at byte ${1024 + ((1 << 19) - 1) * 512}`,
    ])
  })

  function link(path: string, to: string): Entry {
    return { path, type: '2', link: to }
  }

  function pax(count: number, records: string): Buffer {
    const header = { path: 'PaxHeaders/x', content: Buffer.from(records), type: 'x' }
    return tar([x, ...Array.from({ length: count }, () => header), { ...x, path: 'y' }])
  }
})

describe('a hostile folder', () => {
  test('with many links to itself is listed a few times', () => {
    const folder = mkdtempSync(join(tempFolder, 'links-'))
    mkdirSync(join(folder, 'a'))
    writeFileSync(join(folder, 'a', 'file'), '')
    for (let i = 0; i < 90; i++) symlinkSync('.', join(folder, `l${i}`))
    const problems: string[] = []
    const listing = listFolder(folder, problem => problems.push(problem))
    // The file, and the file below each link.
    expect([listing.size, problems]).toEqual([1 + 90, []])
  })
})

test('80,000 paths of one blob are read in proportion to their number', async () => {
  const hex = 'a'.repeat(64)
  const time = async (count: number) => {
    const paths = Array.from({ length: count }, (_, i) => `${i}/blobs/sha256/${hex}`)
    const file: Entry = { path: paths[0] ?? '', content: Buffer.from('x') }
    const links = paths.slice(1).map(path => ({ path, type: '1', link: file.path }))
    const bundle = bundleFile('paths.tar', tar([file, ...links]))
    const removeCopy = () => {}
    const flags = { storage: '', log: () => {}, removeCopy, progress: () => {} }
    const start = performance.now()
    const trust = { verify: undefined, cosignKey: undefined }
    const { blobs } = await readBundles([bundle], { ...flags, ...trust })
    expect(blobs.get(`sha256:${hex}`)).toHaveLength(count)
    return performance.now() - start
  }
  await time(8000)
  expect(await time(80_000)).toBeLessThan(40 * (await time(8000)))
})
