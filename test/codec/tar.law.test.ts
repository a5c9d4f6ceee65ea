/** Tar archives: the reader against the writer, and both against GNU tar. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { isTar, parseTar, printTar, type TarEntry } from '../../src/codec/tar.ts'
import { describeWith, judge, runOrThrow, runs } from '../lib/judge.ts'

const name = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z][a-zA-Z0-9_.@ +-]{0,12}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('é', '-f', 'a'.repeat(99), 'b'.repeat(101), 'ü'.repeat(60)),
  },
)
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map(names => names.join('/'))
const id = fc.constantFrom(0, 1000, 0o7777777, 0o7777777 + 1, 4_000_000_000)
const header = {
  path,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  user: fc.constantFrom('', 'root', 'ops'),
  group: fc.constantFrom('', 'root', 'adm'),
  comment: fc.constantFrom(null, '', 'a comment', 'two\nlines = é'),
}
const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(511, 512, 513, 10_240).map(length => new Uint8Array(length).fill(7)),
)
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  fc.record({ ...header, kind: fc.constant('file' as const), content }),
  fc.record({ ...header, kind: fc.constant('directory' as const) }),
  fc.record({ ...header, kind: fc.constant('link' as const), target: path }),
  fc.record({ ...header, kind: fc.constant('hard-link' as const), target: path }),
)
const archive = fc.record({
  comment: fc.constantFrom(null, 'of the archive'),
  entries: fc.array(entry, { maxLength: 6 }),
})

describe('an archive', () => {
  it('is parsed to the entries that were printed', () => {
    fc.assert(
      fc.property(archive, tar => {
        const bytes = printTar(tar)
        expect(bytes.length % 512).toBe(0)
        expect(parseTar(bytes)).toEqual(tar)
        expect(isTar(bytes)).toBe(tar.comment !== null || tar.entries.length > 0)
      }),
    )
  })

  it('with any changed byte never makes the parser throw', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(archive, changes, (tar, bytes) => {
        const changed = printTar(tar)
        for (const [at, byte] of bytes) changed[at % changed.length] = byte
        isTar(changed)
        parseTar(changed)
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => void parseTar(bytes)))
  })

  it('that is truncated, or has a wrong checksum, gives null', () => {
    const file = { ...plain('a'), kind: 'file' as const, content: new Uint8Array(600).fill(1) }
    const bytes = printTar({ comment: null, entries: [file] })
    expect(parseTar(bytes.subarray(0, 1000))).toBeNull()
    expect(parseTar(bytes.subarray(0, 300))).toBeNull()
    expect(parseTar(new Uint8Array(0))).toBeNull()
    const wrong = bytes.slice()
    wrong[0] = 0x62
    expect(parseTar(wrong)).toBeNull()
    expect(isTar(wrong)).toBe(false)
    // Without the empty blocks at the end.
    expect(parseTar(bytes.subarray(0, 512 + 1024))?.entries).toEqual([file])
  })
})

function plain(at: string) {
  return { path: at, mode: 0o644, uid: 0, gid: 0, user: '', group: '', comment: null }
}

describeWith([judge('GNU tar', 'tar')], 'GNU tar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-tar-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('lists the printed entries, without a warning', () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}`
    const longest = `${'f'.repeat(120)}/${'g'.repeat(120)}`
    const file = join(folder, 'written.tar')
    const bytes = printTar({
      comment: 'of the archive',
      entries: [
        { ...plain('etc'), kind: 'directory', mode: 0o755, comment: 'a comment' },
        {
          ...plain('etc/é a'),
          kind: 'file',
          content: new Uint8Array(5),
          mode: 0o4750,
          uid: 1,
          gid: 2,
        },
        { ...plain(long), kind: 'file', content: new Uint8Array(513) },
        { ...plain(longest), kind: 'link', target: longest, mode: 0o777, uid: 3_000_000 },
        { ...plain('hard'), kind: 'hard-link', target: 'etc/é a' },
      ],
    })
    writeFileSync(file, bytes)
    const listed = runs([
      'tar',
      '--numeric-owner',
      '--utc',
      '--full-time',
      '--quoting-style=literal',
      '-tvf',
      file,
    ])
    expect(listed.stderr).toBe('')
    expect(listed.stdout.split('\n').map(line => line.replaceAll(/ +/g, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 etc/',
      '-rwsr-x--- 1/2 5 1970-01-01 00:00:00 etc/é a',
      `-rw-r--r-- 0/0 513 1970-01-01 00:00:00 ${long}`,
      `lrwxrwxrwx 3000000/0 0 1970-01-01 00:00:00 ${longest} -> ${longest}`,
      'hrw-r--r-- 0/0 0 1970-01-01 00:00:00 hard link to etc/é a',
      '',
    ])
  })

  it.each(['gnu', 'pax', 'ustar', 'v7'])('writes %s archives that the parser accepts', format => {
    const tree = join(folder, format)
    const short = 'a/b'
    const long = `a/${'n'.repeat(format === 'v7' ? 60 : 98)}`
    const isUnlimited = format === 'gnu' || format === 'pax'
    const tooLong = isUnlimited ? [`a/${'m'.repeat(150)}`] : []
    const target = isUnlimited ? '/t'.repeat(80) : '/t'
    mkdirSync(join(tree, 'a'), { recursive: true })
    for (const at of [short, long, ...tooLong]) writeFileSync(join(tree, at), `text of ${at}\n`)
    symlinkSync(target, join(tree, 'a/l'))
    runOrThrow('ln', join(tree, short), join(tree, 'a/second'))
    if (format !== 'v7') runOrThrow('mkfifo', join(tree, 'a/pipe'))
    const file = join(folder, `${format}.tar`)
    runOrThrow('tar', `--format=${format}`, '--sort=name', '-C', tree, '-cf', file, './a')
    const read = parseTar(readFileSync(file))
    expect(isTar(readFileSync(file))).toBe(format !== 'v7')
    const texts = new Map(
      read?.entries.map(item => [
        item.path,
        item.kind === 'file'
          ? Buffer.from(item.content).toString()
          : 'target' in item
            ? `${item.kind} ${item.target}`
            : item.kind,
      ]),
    )
    expect(Object.fromEntries(texts)).toEqual({
      './a': 'directory',
      './a/b': 'text of a/b\n',
      './a/l': `link ${target}`,
      [`./${long}`]: `text of ${long}\n`,
      ...Object.fromEntries(tooLong.map(at => [`./${at}`, `text of ${at}\n`])),
      ...(format === 'v7' ? {} : { './a/pipe': 'special' }),
      './a/second': 'hard-link ./a/b',
    })
  })
})
