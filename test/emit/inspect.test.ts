/** What inspect says about configs that other people wrote. */

import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sha256, sha512 } from '../../src/codec/hash.ts'
import { inspect } from '../../src/emit/emitters.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const rulesOf = (input: string | Uint8Array) =>
  inspect(typeof input === 'string' ? bytes(input) : input).diagnostics.map(one => one.rule)

/** A tree in lines: mode owner path content. */
function lines(input: string | Uint8Array): readonly string[] {
  const read = inspect(typeof input === 'string' ? bytes(input) : input)
  if (!read.ok) return [read.diagnostics.map(one => one.rule).join()]
  const { entries, enabled, users } = read.value
  return [
    ...entries.map(one => {
      const what =
        one.kind === 'file'
          ? Buffer.from(one.content).toString()
          : one.kind === 'link'
            ? `-> ${one.target}`
            : '/'
      return `${one.mode.toString(8)} ${one.owner} ${one.path} ${what}`
    }),
    ...enabled.map(name => `enabled ${name}`),
    ...users.map(user => `user ${user.name} ${user.authorizedKeys.length}`),
  ]
}

describe('user-data', () => {
  const config = '#cloud-config\nwrite_files:\n- {path: /a, content: x}\n'
  test('is read plain, gzipped, in Base64 and in both', () => {
    const tree = ['644 root:root /a x']
    for (const form of [
      bytes(config),
      new Uint8Array(gzipSync(config)),
      bytes(Buffer.from(config).toString('base64')),
      bytes(`${gzipSync(config).toString('base64')}\n`),
    ]) {
      expect(lines(form)).toEqual(tree)
      expect(rulesOf(form)).toEqual([])
    }
  })
  test('that cloud-init ignores has an empty tree and a warning', () => {
    for (const text of [
      `\ufeff${config}`,
      config.slice(1),
      `# mine\n${config}`,
      `---\n${config}`,
      '#cloud-config\na: [',
      '#cloud-config\n- a\n',
      '#cloud-config\n',
      'hello',
    ]) {
      expect(lines(text), text).toEqual([])
      expect(rulesOf(text), text).toEqual(['inspect/ignored'])
    }
    expect(rulesOf('')).toEqual([])
  })
  test('as a jinja template is read as it stands, with a warning', () => {
    expect(lines(`## template: jinja\n${config}`)).toEqual(['644 root:root /a x'])
    expect(rulesOf(`## template: jinja\n${config}`)).toEqual(['inspect/template'])
  })
  test('that fetches or runs says that this is not shown', () => {
    expect(rulesOf('#!/bin/sh\necho\n')).toEqual(['inspect/not-modelled'])
    expect(rulesOf('#include\nhttp://x\n')).toEqual(['inspect/not-modelled'])
    expect(rulesOf('#cloud-config\npackages: [a]\nruncmd: [curl x]\n')).toEqual([
      'inspect/not-modelled',
      'inspect/not-modelled',
    ])
  })
  test('with broken gzip is an error', () => {
    expect(rulesOf(Uint8Array.of(31, 139, 8, 0, 1))).toEqual(['inspect/unreadable'])
  })
  test('is followed through the commands that people use', () => {
    const text = `#cloud-config
users:
  - default
  - {name: ann, ssh_authorized_keys: [k1, k2]}
ssh_authorized_keys: [k3]
write_files:
  - {path: /f, content: x}
runcmd:
  - mkdir -p /made /way/to
  - ln -s /f /way/to/link
  - [install, -d, -m, '0700', -o, ann, -g, ann, /home/x]
  - [install, --directory, --mode=0750, /y]
  - install -dm 711 /z && chmod 600 /f; chown ann:ann /f
  - ln -sf "/a b" '/it''s'
  - systemctl daemon-reload && systemctl enable --now a b.timer
  - [systemctl, disable, a.service]
`
    expect(lines(text)).toEqual([
      '600 ann:ann /f x',
      '700 ann:ann /home/x /',
      '777 root:root /its -> /a b',
      '755 root:root /made /',
      '777 root:root /way/to/link -> /f',
      '750 root:root /y /',
      '711 root:root /z /',
      'enabled b.timer',
      'user ann 2',
      'user default 1',
    ])
    expect(rulesOf(text)).toEqual([])
  })
})

describe('ignition', () => {
  const ignition = (more: object, version = '3.3.0', config = {}) =>
    JSON.stringify({ ignition: { version, config }, ...more })
  const file = (path: string, contents: object, more = {}) => ({
    storage: { files: [{ path, contents, ...more }] },
  })
  test('is decoded, decompressed and verified', () => {
    const hash = `sha512-${sha512(bytes('hi'))}`
    const packed = `data:;base64,${gzipSync('hi').toString('base64')}`
    const good = file(
      '/a',
      { source: packed, compression: 'gzip', verification: { hash } },
      { mode: 384, user: { name: 'core' }, group: { id: 7 } },
    )
    expect(lines(ignition(good))).toEqual(['600 core:7 /a hi'])
    const bad = file('/a', { source: 'data:,ho', verification: { hash } })
    expect(rulesOf(ignition(bad))).toEqual(['inspect/hash-mismatch'])
    for (const contents of [
      { source: 'data:,a b' },
      { source: 'data:;base64,QQ' },
      { source: 'data:,x', compression: 'gzip' },
      { source: 'data:,x', compression: 'xz' },
      { source: 'data:,x', verification: { hash: 'md5-00' } },
    ]) {
      expect(rulesOf(ignition(file('/a', contents))), JSON.stringify(contents)).toEqual([
        'inspect/unreadable',
      ])
    }
  })
  test('shows directories, links, units and people', () => {
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
    expect(lines(text)).toEqual([
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
  test('merges and replaces configs, compressed ones too', () => {
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
    const hash = `sha256-${sha256(bytes(child))}`
    const reference = { source, compression: 'gzip', verification: { hash } }
    const result = [
      '600 root:root /a new',
      '644 root:root /b b',
      '644 root:root /etc/systemd/system/u.service [Unit]',
      'enabled u.service',
    ]
    expect(lines(ignition(parent, '3.3.0', { merge: [reference] }))).toEqual(result)
    expect(lines(ignition(parent, '3.3.0', { replace: reference }))).toEqual([
      '600 root:root /a new',
      'enabled u.service',
    ])
  })
  test('that points elsewhere warns, and hides who may fetch it', () => {
    const read = inspect(bytes(ignition(file('/a', { source: 'https://me:pw@x/y' }))))
    expect(JSON.stringify(read.diagnostics)).not.toContain('pw')
    expect(read.diagnostics.map(one => one.rule)).toEqual(['inspect/unknown-content'])
    const remote = ignition({}, '3.3.0', { merge: [{ source: 'http://x' }] })
    expect(rulesOf(remote)).toEqual(['inspect/unknown-content'])
  })
  test('of the old specification, or broken, is one clear error', () => {
    expect(rulesOf(ignition({}, '2.3.0'))).toEqual(['inspect/version-two'])
    for (const text of [
      '{"ignition": {"version": "3.3.0"',
      '{"ignition": {}}',
      ignition({}, '9'),
    ]) {
      expect(rulesOf(text), text).toEqual(['inspect/unreadable'])
    }
  })
})
