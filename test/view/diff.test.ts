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

it('a diff of two formats names a part whose effect is not modelled, without its text', () => {
  const partOf = (text: string, format: string) =>
    aTree({
      unmodelled: [{ path: ['runcmd'], what: 'one command of runcmd', text }],
      details: { format, parts: [{ what: '"runcmd"', text }] },
    })
  const text = renderDiff(partOf('echo hunter2', 'a'), partOf('echo hunter3', 'b'))
  expect(text).toBe(
    'diff one command of runcmd\nit differs; its effect on the node is not modelled\n',
  )
})

it('a diff of one format shows the parts that are in no file, without their secrets', () => {
  const partOf = (what: string, text: string) =>
    aTree({ details: { format: 'a', parts: [{ what, text }] } })
  const texts = (what: string, before: string, after: string) =>
    renderDiff(partOf(what, before), partOf(what, after))
  expect(texts('"hostname"', '"a"\n', '"b"\n')).toBe(
    'diff "hostname"\n@@ -1,1 +1,1 @@\n-"a"\n+"b"\n',
  )
  expect(texts('"chpasswd"', 'root:hunter2\n', 'root:hunter3\n')).not.toContain('hunter')
  expect(texts('"passwd.users.core.shell"', '/bin/sh\n', '/bin/bash\n')).toContain('+/bin/bash')
  for (const command of [
    'curl -u site:hunterN https://x',
    '["curl", "--user", "site:hunterN", "https://x"]',
    "echo 'root:hunterN' | chpasswd",
    'machine x login y password hunterN',
    'PASSWORD=hunterN ./x',
  ]) {
    const text = texts('"runcmd"', command.replace('N', '2'), command.replace('N', '3'))
    expect(text).toContain('(before)')
    expect(text).not.toContain('hunter')
  }
})

it('a diff shows a change of line ends, and no control character reaches the terminal', () => {
  const treeWith = (text: string) => aTree({ entries: [aFile('/a\x1b[2J', text)] })
  const text = renderDiff(treeWith('x\n\x1b]0;y\x07\n'), treeWith('x\r\n\x1b]0;y\x07\n'))
  expect(text).toContain('-x\n+x␍\n')
  expect(text).toContain('diff /a␛[2J')
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
})

it('a diff masks free text in files that not everyone can read', () => {
  for (const [path, mode] of [
    ['/etc/site.conf', 0o640],
    ['/root/.netrc', 0o644],
    ['/etc/note', 0o600],
  ] as const) {
    const treeWith = (text: string) => aTree({ entries: [aFile(path, text, { mode })] })
    const text = renderDiff(treeWith('open sesame\n'), treeWith('open barley\n'))
    expect(text).toContain('(after)')
    expect(text).not.toMatch(/sesame|barley/)
  }
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
