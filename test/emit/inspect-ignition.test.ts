/** What inspect finds in Ignition configs that gen-node did not write. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sha256, sha512 } from '../../src/codec/hash.ts'
import { inspect } from '../../src/emit/emitters.ts'
import {
  effectCases,
  laterValidityCases,
  unparsedCases,
  validityCases,
} from '../oracle/lib/ignition-cases.ts'
import { bytesOf, linesOf, rulesOf } from './tree-lines.ts'

describe('an Ignition config', () => {
  const ignition = (more: object, version = '3.3.0', config = {}) =>
    JSON.stringify({ ignition: { version, config }, ...more })
  const file = (path: string, contents: object, more = {}) => ({
    storage: { files: [{ path, contents, ...more }] },
  })
  test('is decoded, decompressed and verified', () => {
    const hash = `sha512-${sha512(bytesOf('hi'))}`
    const packed = `data:;base64,${gzipSync('hi').toString('base64')}`
    const good = file(
      '/a',
      { source: packed, compression: 'gzip', verification: { hash } },
      { mode: 384, user: { name: 'core' }, group: { id: 7 } },
    )
    expect(linesOf(ignition(good))).toEqual(['600 core:7 /a hi'])
    const bad = file('/a', { source: 'data:,ho', verification: { hash } })
    expect(rulesOf(ignition(bad))).toEqual(['inspect/hash-mismatch'])
    for (const [contents, rule] of [
      [{ source: 'data:,a b' }, 'inspect/ignition-refuses'],
      [{ source: 'data:;base64,QQ' }, 'inspect/ignition-refuses'],
      [{ source: 'data:,x', compression: 'gzip' }, 'inspect/ignition-fails'],
      [{ source: 'data:,x', compression: 'xz' }, 'inspect/ignition-refuses'],
      [{ source: 'data:,x', verification: { hash: 'md5-00' } }, 'inspect/ignition-refuses'],
    ] as const) {
      expect(rulesOf(ignition(file('/a', contents))), JSON.stringify(contents)).toEqual([rule])
    }
  })
  test('gives directories, links, units and users', () => {
    const text = ignition({
      storage: {
        directories: [{ path: '/d', mode: 448 }],
        files: [{ path: '/f', contents: { source: 'data:,x' }, append: [{ source: 'data:,y' }] }],
        links: [
          { path: '/l', target: '/f' },
          { path: '/h', target: '/f', hard: true },
        ],
      },
      systemd: {
        units: [
          {
            name: 'a.service',
            enabled: true,
            contents: '[Unit]',
            dropins: [{ name: 'x.conf', contents: '#' }],
          },
          { name: 'b.service', mask: true },
        ],
      },
      passwd: {
        users: [
          { name: 'core', sshAuthorizedKeys: ['k'] },
          { name: 'x', shouldExist: false },
        ],
      },
    })
    expect(linesOf(text)).toEqual([
      '700 root:root /d /',
      '644 root:root /etc/systemd/system/a.service [Unit]',
      '644 root:root /etc/systemd/system/a.service.d/x.conf #',
      '777 root:root /etc/systemd/system/b.service -> /dev/null',
      '644 root:root /f xy',
      '644 root:root /h xy',
      '777 root:root /l -> /f',
      'enabled a.service',
      'user core 1',
    ])
  })
  test('includes configs that it merges or is replaced by, also compressed ones', () => {
    const child = ignition({
      ...file('/a', { source: 'data:,new' }, { mode: 384 }),
      systemd: { units: [{ name: 'u.service', enabled: true }] },
    })
    const parent = {
      storage: {
        files: [{ path: '/b', contents: { source: 'data:,b' } }],
        links: [{ path: '/a', target: '/b' }],
      },
      systemd: { units: [{ name: 'u.service', contents: '[Unit]' }] },
    }
    const source = `data:;base64,${gzipSync(child).toString('base64')}`
    const hash = `sha256-${sha256(bytesOf(child))}`
    const reference = { source, compression: 'gzip', verification: { hash } }
    const result = [
      '600 root:root /a new',
      '644 root:root /b b',
      '644 root:root /etc/systemd/system/u.service [Unit]',
      'enabled u.service',
    ]
    expect(linesOf(ignition(parent, '3.3.0', { merge: [reference] }))).toEqual(result)
    expect(linesOf(ignition(parent, '3.3.0', { replace: reference }))).toEqual([
      '600 root:root /a new',
      'enabled u.service',
    ])
  })
  test('with a remote URL gives a warning without the credentials of the URL', () => {
    const read = inspect(bytesOf(ignition(file('/a', { source: 'https://me:pw@x/y' }))))
    expect(JSON.stringify(read.diagnostics)).not.toContain('pw')
    expect(read.diagnostics.map(one => one.rule)).toEqual(['inspect/unknown-content'])
    const remote = ignition({}, '3.3.0', { merge: [{ source: 'http://x' }] })
    expect(rulesOf(remote)).toEqual(['inspect/unknown-content'])
  })
  test('of specification 2, or with invalid JSON or version, is one error', () => {
    expect(rulesOf(ignition({}, '2.3.0'))).toEqual(['inspect/version-two'])
    expect(rulesOf('{"ignition": {"version": "3.3.0"')).toEqual(['inspect/broken-json'])
    for (const text of ['{"ignition": {}}', ignition({}, '9')]) {
      expect(rulesOf(text), text).toEqual(['inspect/ignition-refuses'])
    }
  })
})

describe('the findings of', () => {
  const cases = [...unparsedCases, ...validityCases, ...laterValidityCases, ...effectCases]
  test.each(cases)('$name', ({ config, findings }) => {
    const found = inspect(bytesOf(config)).diagnostics.map(({ rule, path }) => {
      return `${rule.replace('inspect/', '')} ${path.join('.')}`
    })
    expect(found).toEqual(findings)
  })
})

describe('the position of', () => {
  const positionsOf = (text: string) =>
    inspect(bytesOf(text)).diagnostics.map(({ range }) => [range?.line, range?.column])
  test('a finding is that of the value, or of an unused key', () => {
    const text =
      '{"ignition": {"version": "3.3.0"},\n "storage": {"files": [\n  {"path": "a", "x": 1}]}}'
    expect(positionsOf(text)).toEqual([
      [3, 17],
      [3, 12],
    ])
  })
  test('broken JSON is the first character that is not JSON', () => {
    expect(positionsOf('{"ignition":\n {"version": "3.3.0",}}')).toEqual([[2, 22]])
  })
  test('a finding in a merged config is the reference to it', () => {
    const child = encodeURIComponent('{"ignition": {"version": "3.3.0"}, "storage": []}')
    const merge = `{"merge": [\n{"source": "data:,${child}"}]}`
    const text = `{"ignition": {"version": "3.3.0", "config":\n${merge}}}`
    expect(positionsOf(text)).toEqual([[3, 1]])
  })
})

test('a hard link has its target, and the content and owner of that file', () => {
  const config = {
    ignition: { version: '3.3.0' },
    storage: {
      files: [{ path: '/f', mode: 0o600, user: { id: 7 }, contents: { source: 'data:,x' } }],
      links: [
        { path: '/l', target: '/f', hard: true },
        { path: '/m', target: '/l', hard: true },
      ],
    },
  }
  const text = JSON.stringify(config)
  expect(linesOf(text)).toEqual(['600 7:root /f x', '600 7:root /l x', '600 7:root /m x'])
  const read = inspect(bytesOf(text))
  expect(read.ok && [...read.value.hardLinks]).toEqual([
    ['/l', '/f'],
    ['/m', '/l'],
  ])
})
