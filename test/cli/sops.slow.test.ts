/** Secrets in SOPS files on the command line: they are in the artifacts only, and each failure is one finding. */
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ageEnvironment, sopsFolder } from '../lib/sops-files.ts'
import { root } from '../lib/source-tree.ts'
import { folderWith, genNode } from './gen-node.ts'

const secret = 'correct horse'
const spec = (reference: string) => `apiVersion: gen-node/v1
bootstrap: 192.168.1.10
mirrors:
  - host: quay.io
    endpoints: ["https://mirror.site"]
    auth: {username: site, password: ${reference}}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
`
const reference = '{sops: secrets.yaml, key: registry.password}'
const types = readFileSync(join(sopsFolder, 'types.yaml'))
const environment = { ...ageEnvironment, PATH: '' }

function folderOf(text = spec(reference), file: string | Uint8Array = types): string {
  return folderWith({ 'spec.yaml': text, 'secrets.yaml': file })
}

/** Every form in which a password is part of a configuration. */
function formsOf(text: string): readonly string[] {
  const base64 = (value: string) => Buffer.from(value).toString('base64')
  return [text, base64(text), base64(`site:${text}`)]
}

describe('a text in a SOPS file', () => {
  it('has the same output as the text in a variable', () => {
    const cwd = folderOf()
    const ran = genNode(['spec.yaml'], { cwd, env: environment })
    expect(ran.code).toBe(0)
    const other = folderOf(spec('{env: PASSWORD}'))
    const expected = genNode(['spec.yaml'], { cwd: other, env: { PASSWORD: secret } })
    expect(ran.stdout).toBe(expected.stdout)
  })

  it('is in files of mode 0600 only, and in no message', () => {
    const cwd = folderOf()
    const rendered = genNode(['spec.yaml', '-o', 'out/'], { cwd, env: environment })
    expect(rendered.code).toBe(0)
    const names = readdirSync(join(cwd, 'out'), { recursive: true, encoding: 'utf8' })
    const files = names.filter(name => statSync(join(cwd, 'out', name)).isFile())
    const withSecret = files.filter(name => {
      const text = readFileSync(join(cwd, 'out', name), 'utf8')
      return formsOf(secret).some(form => text.includes(form))
    })
    // Ignition configs contain the file compressed.
    expect(withSecret).toEqual(['c1/user-data'])
    for (const name of ['c1/user-data', 'c1/config.ign']) {
      expect(statSync(join(cwd, 'out', name)).mode & 0o777, name).toBe(0o600)
    }
    const other = folderOf(spec('{env: PASSWORD}'))
    const env = { PASSWORD: 'wrong horses' }
    expect(genNode(['spec.yaml', '-o', 'out/'], { cwd: other, env }).code).toBe(0)
    const artifacts = ['c1/user-data', 'c1/config.ign'].map(name => [
      join(cwd, 'out', name),
      join(other, 'out', name),
    ])
    const outputs = [
      rendered,
      ...artifacts.map(pair => genNode(['diff', ...pair])),
      ...['text', 'json', 'github', 'sarif'].flatMap(report => [
        genNode(['check', 'spec.yaml', '--report', report], { cwd, env: environment }),
        genNode(['check', 'spec.yaml', '--report', report], {
          cwd,
          env: { HOME: '/none', PATH: '' },
        }),
      ]),
    ]
    for (const { stdout, stderr } of outputs) {
      for (const form of [...formsOf(secret), ...formsOf('wrong horses')]) {
        expect(stdout + stderr).not.toContain(form)
      }
    }
  })
})

describe('one finding, and no output, for', () => {
  it.each<[string, string, string | Uint8Array, Readonly<Record<string, string>>]>([
    ['sops/identity-unreadable', reference, types, { SOPS_AGE_KEY_FILE: '/none' }],
    [
      'sops/no-identity',
      reference,
      types,
      { SOPS_AGE_KEY_FILE: join(sopsFolder, 'other-identity.txt') },
    ],
    [
      'sops/edited',
      reference,
      types.toString().replace('unencrypted: public', 'unencrypted: publik'),
      {},
    ],
    ['sops/not-sops', reference, 'registry: {password: x}\n', {}],
    ['sops/unknown-key', '{sops: secrets.yaml, key: registry.pasword}', types, {}],
    ['sops/not-text', '{sops: secrets.yaml, key: registry}', types, {}],
    ['sops/not-text', '{sops: secrets.yaml, key: registry.empty}', types, {}],
    ['spec/file-unreadable', '{sops: none.yaml, key: a}', types, {}],
    ['spec/outside-folder', '{sops: ../secrets.yaml, key: a}', types, {}],
    ['spec/missing-key', '{sops: secrets.yaml}', types, {}],
    ['spec/missing-key', '{key: registry.password}', types, {}],
    ['spec/one-of', '{sops: secrets.yaml, key: a, env: B}', types, {}],
    ['spec/one-of', '{file: secrets.yaml, key: a}', types, {}],
    ['spec/one-of', '{file: secrets.yaml, env: A}', types, {}],
    ['spec/one-of', '{file: secrets.yaml, sops: a}', types, {}],
    ['spec/one-of', '{}', types, {}],
    ['spec/unknown-key', '{sop: secrets.yaml, key: a}', types, {}],
  ])('%s: %s', (rule, written, file, variables) => {
    const cwd = folderOf(spec(written), file)
    const env = { ...environment, ...variables }
    const ran = genNode(['spec.yaml', '-o', 'out/'], { cwd, env })
    expect(ran.stderr.match(/^\w+\[.*?\]/gm)).toEqual([`error[${rule}]`])
    expect(ran.code).toBe(1)
    expect(readdirSync(cwd).sort()).toEqual(['secrets.yaml', 'spec.yaml'])
  })

  it('sops/program-failed', () => {
    const cwd = folderWith({
      'spec.yaml': spec(reference),
      'secrets.yaml': types,
      'bin/sops': '#!/bin/sh\nexit 7\n',
    })
    chmodSync(join(cwd, 'bin/sops'), 0o755)
    const ran = genNode(['spec.yaml'], { cwd, env: { PATH: join(cwd, 'bin') } })
    expect(ran.stderr.match(/^\w+\[.*?\]/gm)).toEqual(['error[sops/program-failed]'])
    expect(ran.code).toBe(1)
  })
})

it('the failure of a file that two secrets name is reported once', () => {
  const text = spec(reference).replace('nodes:', `token: ${reference}\nnodes:`)
  const cwd = folderOf(text, 'a: b\n')
  const ran = genNode(['spec.yaml'], { cwd, env: environment })
  expect(ran.stderr.match(/^error\[.*?\]/gm)).toEqual(['error[sops/not-sops]'])
})

it('the package of age is in a file of its own, which the command line imports on demand', () => {
  const textOf = (name: string) => readFileSync(join(root, 'dist', name), 'utf8')
  expect(textOf('age.mjs')).toContain('AGE-SECRET-KEY-')
  expect(textOf('cli.cjs')).not.toContain('AGE-SECRET-KEY-')
  expect(textOf('cli.cjs')).toContain('import("./age.mjs")')
})
