import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { digestDigits, renderJsonListing, renderListing } from '../../src/view/listing.ts'
import { aFile, aTree } from './trees.ts'

const digest = createHash('sha256').update('hello').digest('hex')
const tree = aTree({
  entries: [
    { kind: 'directory', path: '/srv', mode: 0o1777, owner: 'ops:ops' },
    aFile('/srv/a', 'hello', { mode: 0o600 }),
    { kind: 'link', path: '/srv/b', mode: 0o777, owner: 'root:root', target: 'a' },
  ],
})

it('a listing has the columns mode, owner, size, digest and path', () => {
  expect(renderListing(tree, digestDigits.pipe)).toBe(
    [
      `1777 ops:ops   - ${'-'.padEnd(64)} /srv/`,
      `0600 root:root 5 ${digest} /srv/a`,
      `0777 root:root - ${'-'.padEnd(64)} /srv/b -> a`,
      '',
    ].join('\n'),
  )
})

it('a JSON listing has the same entries', () => {
  expect(JSON.parse(renderJsonListing(tree))).toEqual([
    {
      path: '/srv',
      kind: 'directory',
      mode: '1777',
      owner: 'ops:ops',
      size: null,
      sha256: null,
      target: null,
    },
    {
      path: '/srv/a',
      kind: 'file',
      mode: '0600',
      owner: 'root:root',
      size: 5,
      sha256: digest,
      target: null,
    },
    {
      path: '/srv/b',
      kind: 'link',
      mode: '0777',
      owner: 'root:root',
      size: null,
      sha256: null,
      target: 'a',
    },
  ])
})

it('a hard link is a file with a target', () => {
  const hardLinks = new Map([['/b', '/a']])
  const linked = aTree({ entries: [aFile('/a', 'hello'), aFile('/b', 'hello')], hardLinks })
  expect(renderListing(linked, digestDigits.pipe)).toContain(`${digest} /b (hard link to /a)\n`)
  expect(JSON.parse(renderJsonListing(linked))).toMatchObject([
    { path: '/a', kind: 'file', target: null },
    { path: '/b', kind: 'file', target: '/a' },
  ])
})

it('enabled units and users come after the entries, and in JSON they have a name and no path', () => {
  const users = [{ name: 'ops', authorizedKeys: ['a', 'b'] }]
  const full = aTree({ entries: [aFile('/a', '')], enabled: ['a.service', 'b.service'], users })
  const lines = renderListing(full, digestDigits.pipe).split('\n').slice(1)
  expect(lines).toEqual(['enabled: a.service b.service', 'users: ops (2 keys)', ''])
  expect(JSON.parse(renderJsonListing(full)).slice(1)).toEqual([
    { kind: 'unit', name: 'a.service', enabled: true },
    { kind: 'unit', name: 'b.service', enabled: true },
    { kind: 'user', name: 'ops', authorizedKeys: ['a', 'b'] },
  ])
  expect(renderListing(aTree(), digestDigits.pipe)).toBe('')
})

it('on a terminal paths begin in the first 80 columns, whatever owners and targets other rows have', () => {
  const target = '/x'.repeat(80)
  const long = aTree({
    entries: [
      aFile('/a', 'x'.repeat(12_345_678), { owner: `${'o'.repeat(30)}:${'g'.repeat(30)}` }),
      aFile('/b', ''),
      { kind: 'link', path: '/c', mode: 0o777, owner: 'root:root', target },
    ],
  })
  const [, second = '', third = ''] = renderListing(long, digestDigits.terminal).split('\n')
  expect(second.indexOf('/b')).toBeLessThan(60)
  expect(third.indexOf('/c -> /x')).toBe(second.indexOf('/b'))
  const digest = createHash('sha256').update('').digest('hex')
  expect(second).toContain(` ${digest.slice(0, 12)} /b`)
})

it('control characters in names are visible, not obeyed', () => {
  const tree = aTree({
    entries: [aFile('/a\x1b[2J', '', { owner: '\x1b[1m:x' })],
    enabled: ['\x07.service'],
  })
  const text = renderListing(tree, digestDigits.pipe)
  expect(text).toContain('/a␛[2J')
  expect(text).toContain('␛[1m:x')
  expect(text).toContain('␇.service')
})
