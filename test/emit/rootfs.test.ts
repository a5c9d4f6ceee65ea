/** Archives of a root file system: what the laws of all emitters do not cover. */
import { describe, expect, test } from 'vitest'
import { parseTar, printTar, type TarEntry } from '../../src/codec/tar.ts'
import { inspect } from '../../src/emit/emitters.ts'
import { impliedComment } from '../../src/emit/rootfs/comments.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { unitDirectory } from '../../src/plan/tree.ts'
import { artifactOf, rendered } from '../lib/rendered.ts'
import { linesOf, rulesOf } from './tree-lines.ts'

const layer = 'instance' as const
const from = ['units', 0] as const
const unit = (name: string, ...install: readonly string[]) => ({
  name,
  content: `[Unit]\n[Install]\n${install.join('\n')}\n`,
  enabled: true,
  layer,
  from,
})
const plan = (more: Partial<NodePlan>): NodePlan => ({
  name: 'w1',
  files: [],
  directories: [],
  links: [],
  users: [],
  units: [],
  ...more,
})
const file = (path: string) => ({
  path,
  content: new Uint8Array([120]),
  mode: 0o644,
  owner: 'root:root',
  secret: false,
  shared: false,
  layer,
  from: ['files', 0],
})

describe('an archive', () => {
  test('has the links of enabled units, marked as implied, and no entry for a parent directory', () => {
    const { bytes } = artifactOf(
      plan({
        files: [file('/etc/a/b')],
        units: [unit('x.service', 'WantedBy=multi-user.target', 'Alias=y.service')],
      }),
      { format: 'rootfs' },
    )
    const tar = parseTar(bytes)
    expect(tar?.comment).toBe('gen-node: enabled units: x.service')
    expect(tar?.entries.map(({ path, comment }) => [path, comment !== null])).toEqual([
      ['etc/a/b', false],
      ['etc/systemd/system/multi-user.target.wants/x.service', true],
      ['etc/systemd/system/x.service', false],
      ['etc/systemd/system/y.service', true],
    ])
  })

  test('keeps a link of the plan that enabling would create too', () => {
    const path = `${unitDirectory}/multi-user.target.wants/x.service`
    const links = [{ path, target: `${unitDirectory}/x.service`, layer, from }]
    const units = [unit('x.service', 'WantedBy=multi-user.target')]
    const { bytes } = artifactOf(plan({ links, units }), { format: 'rootfs' })
    expect(linesOf(bytes)).toContain(`777 root:root ${path} -> ${unitDirectory}/x.service`)
    const disabled = units.map(each => ({ ...each, enabled: false }))
    const other = artifactOf(plan({ links, units: disabled }), { format: 'rootfs' })
    expect(linesOf(other.bytes).filter(line => line.startsWith('enabled'))).toEqual([])
  })

  test('does not put a link in the place of another entry, or below a file', () => {
    const problems = (more: Partial<NodePlan>) =>
      rendered(plan(more), { format: 'rootfs' }).diagnostics.map(({ rule, path, args }) => [
        rule,
        path,
        args.cause,
        args.detail,
      ])
    const aliased = unit('x.service', 'Alias=y.service')
    const taken = `${unitDirectory}/y.service`
    const expected = [['emit/cannot-carry', from, 'path-taken', taken]]
    expect(problems({ units: [aliased], files: [file(taken)] })).toEqual(expected)
    expect(problems({ units: [aliased, unit('z.service', 'Alias=y.service')] })).toEqual(expected)
    const wants = `${unitDirectory}/a.target.wants`
    expect(
      problems({ units: [unit('x.service', 'WantedBy=a.target')], files: [file(wants)] }),
    ).toEqual([['emit/cannot-carry', from, 'path-taken', wants]])
  })
})

describe('a foreign archive', () => {
  test('cannot hide a file by the comment of implied links', () => {
    const bytes = printTar({
      comment: null,
      entries: ['etc/cron.d/x', 'etc/systemd/system/x.service'].map(path => ({
        kind: 'file',
        path,
        mode: 0o644,
        uid: 0,
        gid: 0,
        user: '',
        group: '',
        comment: impliedComment,
        content: new Uint8Array([120]),
      })),
    })
    const inspected = inspect(bytes)
    expect(inspected.ok && inspected.value.entries.map(({ path }) => path)).toEqual([
      '/etc/cron.d/x',
      '/etc/systemd/system/x.service',
    ])
  })

  const header = { mode: 0o644, uid: 0, gid: 0, user: '', group: '', comment: null }
  const tar = (...entries: readonly TarEntry[]) => printTar({ comment: null, entries })
  const content = new Uint8Array([120])

  test('gives its entries with owners by name, by number, or root', () => {
    const bytes = tar(
      { ...header, path: './', kind: 'directory', mode: 0o755 },
      { ...header, path: './a', kind: 'file', content, uid: 7, gid: 0 },
      { ...header, path: 'b/../c', kind: 'file', content, uid: 33, gid: 33, user: 'www-data' },
      { ...header, path: 'd', kind: 'directory', mode: 0o1777 },
      { ...header, path: 'e', kind: 'hard-link', target: 'a' },
      { ...header, path: 'f', kind: 'link', target: '/a', mode: 0o777 },
    )
    expect(linesOf(bytes)).toEqual([
      '644 7:root /a x',
      '644 www-data:33 /c x',
      '1777 root:root /d /',
      '644 7:root /e x',
      '777 root:root /f -> /a',
    ])
    expect(rulesOf(bytes)).toEqual([])
    const read = inspect(bytes)
    expect(read.ok && [...read.value.hardLinks]).toEqual([['/e', '/a']])
  })

  test('with a device or a dangling hard link gives a note', () => {
    const bytes = tar(
      { ...header, path: 'a', kind: 'file', content },
      { ...header, path: 'b', kind: 'hard-link', target: 'none' },
    )
    expect(rulesOf(bytes)).toEqual(['inspect/not-modelled'])
    const read = inspect(bytes)
    expect(read.ok && read.value.unmodelled.map(({ what }) => what)).toEqual([
      'the archive entry b',
    ])
  })

  test('that is cut off is an error', () => {
    const bytes = tar({ ...header, path: 'a', kind: 'file', content: new Uint8Array(2000) })
    expect(rulesOf(bytes.subarray(0, 1000))).toEqual(['inspect/unreadable'])
  })
})
