import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { renderJsonListing, renderListing, renderUnitsAndUsers } from '../../src/view/listing.ts'
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
  expect(renderListing(tree)).toBe(
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
  expect(renderListing(linked)).toContain(`${digest} /b (hard link to /a)\n`)
  expect(JSON.parse(renderJsonListing(linked))).toMatchObject([
    { path: '/a', kind: 'file', target: null },
    { path: '/b', kind: 'file', target: '/a' },
  ])
})

it('enabled units and the number of keys of each user are listed', () => {
  const users = [{ name: 'ops', authorizedKeys: ['a', 'b'] }]
  expect(renderUnitsAndUsers(aTree({ enabled: ['a.service'], users }))).toBe(
    'enabled: a.service\nusers: ops (2 keys)\n',
  )
  expect(renderUnitsAndUsers(aTree())).toBe('')
})

it('control characters in names are visible, not obeyed', () => {
  expect(renderListing(aTree({ entries: [aFile('/a\x1b[2J', '')] }))).toContain('/a␛[2J')
  expect(renderUnitsAndUsers(aTree({ enabled: ['\x07.service'] }))).toContain('␇.service')
})
