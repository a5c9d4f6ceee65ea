/** What inspect finds in user-data that gen-node did not write. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { printValue } from '../../src/emit/cloud-init/foreign/unknown.ts'
import { inspect } from '../../src/emit/emitters.ts'
import { bytesOf, linesOf, rulesOf } from './tree-lines.ts'

describe('user-data', () => {
  const config = '#cloud-config\nwrite_files:\n- {path: /a, content: x}\n'
  test('is read plain, gzipped, in Base64, and in Base64 of gzip', () => {
    const tree = ['644 root:root /a x']
    for (const form of [
      bytesOf(config),
      new Uint8Array(gzipSync(config)),
      bytesOf(Buffer.from(config).toString('base64')),
      bytesOf(`${gzipSync(config).toString('base64')}\n`),
    ]) {
      expect(linesOf(form)).toEqual(tree)
      expect(rulesOf(form)).toEqual([])
    }
  })
  test('that cloud-init ignores gives an empty tree and a warning', () => {
    for (const text of [
      `\ufeff${config}`,
      config.slice(1),
      `# a comment\n${config}`,
      `---\n${config}`,
      '#cloud-config\na: [',
      '#cloud-config\n- a\n',
      '#cloud-config\n',
      'hello',
    ]) {
      expect(linesOf(text), text).toEqual([])
      expect(rulesOf(text), text).toEqual(['inspect/ignored'])
    }
    expect(rulesOf('')).toEqual([])
  })
  test('with scripts and URLs gives one note that their effect is not modelled', () => {
    expect(rulesOf('#!/bin/sh\necho\n')).toEqual(['inspect/not-modelled'])
    expect(rulesOf('#include\nhttp://x\n')).toEqual(['inspect/not-modelled'])
    expect(rulesOf('#cloud-config\npackages: [a]\nruncmd: [curl x]\n')).toEqual([
      'inspect/not-modelled',
    ])
  })
  test('with invalid gzip is an error', () => {
    expect(rulesOf(Uint8Array.of(31, 139, 8, 0, 1))).toEqual(['inspect/unreadable'])
  })
  test('with common commands gives the tree after them', () => {
    const text = `#cloud-config
users:
  - default
  - {name: ann, ssh_authorized_keys: [ssh-rsa A, ssh-rsa B]}
ssh_authorized_keys: [ssh-rsa C]
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
    expect(linesOf(text)).toEqual([
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

test('aliases of aliases under any key do not expand without limit', () => {
  const levels = Array.from({ length: 40 }, (_, level) =>
    level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`,
  )
  for (const key of ['x', 'bootcmd', 'manage_etc_hosts', 'runcmd']) {
    const text = `#cloud-config\n${levels.join('\n')}\n${key}: *a39\n`
    expect(rulesOf(text).length).toBeGreaterThan(0)
  }
})

describe('a file that a config is rendered from is named', () => {
  const spec = { apiVersion: 'gen-node/v1', name: 'edge' }
  const butane = { variant: 'flatcar', version: '1.1.0' }
  test.each([
    ['spec', 'apiVersion: gen-node/v1\nname: edge\n'],
    ['spec', '# the cluster\nname: edge\napiVersion: "gen-node/v1"\n'],
    ['spec', JSON.stringify(spec)],
    ['spec', JSON.stringify(spec, null, 2)],
    ['butane', 'variant: fcos\nversion: 1.5.0\n'],
    ['butane', "---\nversion: '1.5.0'\nvariant: openshift\n"],
    ['butane', JSON.stringify(butane, null, 2)],
  ])('%s', (source, text) => {
    expect(inspect(bytesOf(text)).diagnostics).toMatchObject([
      { rule: 'inspect/not-rendered', args: { source } },
    ])
  })
  test('but not a config that has such a file inside', () => {
    const text =
      '#cloud-config\nwrite_files:\n- path: /a\n  content: |\n    variant: fcos\n    version: 1.5.0\n'
    expect(rulesOf(text)).toEqual([])
    expect(rulesOf(`#cloud-config\nvariant: fcos\nversion: 1.5.0\n`)).toEqual([
      'inspect/not-modelled',
    ])
  })
})

test('bytes are printed as their size and digest, which needs no memory for the text', () => {
  expect(printValue(new Uint8Array([0x61]))).toBe(
    '1 bytes, sha256 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  )
})
