import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { renderDiff } from '../../src/view/diff.ts'
import { aFile, aTree } from './trees.ts'

it('a diff of equal trees is empty', () => {
  const tree = aTree({ entries: [aFile('/a', 'x\n')], enabled: ['a.service'] })
  expect(renderDiff(tree, tree)).toBe('')
})

it('a diff shows the content of new and deleted files', () => {
  const before = aTree({ entries: [aFile('/a', 'x\n')] })
  expect(renderDiff(before, aTree({ entries: [aFile('/b', 'x\n')] }))).toBe(
    [
      'diff /a',
      'deleted file',
      '--- a/a',
      '+++ /dev/null',
      '@@ -1,1 +0,0 @@',
      '-x',
      'diff /b',
      'new file mode 0644 root:root',
      '--- /dev/null',
      '+++ b/b',
      '@@ -0,0 +1,1 @@',
      '+x',
      '',
    ].join('\n'),
  )
})

it('a diff shows a changed mode, owner, kind and target', () => {
  const before = aTree({
    entries: [
      aFile('/a', ''),
      { kind: 'link', path: '/l', mode: 0o777, owner: 'root:root', target: 'x' },
    ],
  })
  const after = aTree({
    entries: [
      { kind: 'directory', path: '/a', mode: 0o755, owner: 'ops:ops' },
      { kind: 'link', path: '/l', mode: 0o777, owner: 'root:root', target: 'y' },
    ],
  })
  const text = renderDiff(before, after)
  for (const line of [
    'old kind file',
    'new kind directory',
    'old mode 0644',
    'new mode 0755',
    'old owner root:root',
    'new owner ops:ops',
    'old target x',
    'new target y',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

it('a diff shows enabled units and keys of users', () => {
  const before = aTree({ enabled: ['a.service'], users: [{ name: 'ops', authorizedKeys: ['k1'] }] })
  const after = aTree({ enabled: ['b.service'], users: [{ name: 'ops', authorizedKeys: ['k2'] }] })
  expect(renderDiff(before, after)).toBe(
    'diff enabled units\n-a.service\n+b.service\ndiff users\n-ops: k1\n+ops: k2\n',
  )
})

it('a diff names a part whose effect is not modelled, without its text', () => {
  const partOf = (text: string) =>
    aTree({ unmodelled: [{ path: ['runcmd'], what: 'one command of runcmd', text }] })
  const text = renderDiff(partOf('echo hunter2'), partOf('echo hunter3'))
  expect(text).toBe(
    'diff one command of runcmd\nit differs; its effect on the node is not modelled\n',
  )
})

it('a diff gives the sizes of binary files', () => {
  const before = aTree({ entries: [aFile('/a', 'a\0')] })
  expect(renderDiff(before, aTree({ entries: [aFile('/a', 'abc\0')] }))).toContain(
    'contents differ: 2 bytes before, 4 bytes after\n',
  )
})

it('a diff masks a secret file, and the digest of its content in other files', () => {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  const treeWith = (secret: string) =>
    aTree({
      entries: [
        aFile('/etc/token', secret, { mode: 0o600 }),
        aFile('/etc/manifest', `${digest(secret)}  /etc/token\n`),
      ],
    })
  const text = renderDiff(treeWith('correct horse'), treeWith('battery staple'))
  expect(text).toContain('-*** (before)')
  expect(text).toContain('+*** (after)')
  for (const secret of ['correct horse', 'battery staple']) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(digest(secret))
  }
})
