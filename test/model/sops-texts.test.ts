/** The text at a key of a decrypted file, and the findings about keys. */
import { expect, it } from 'vitest'
import type { PlainMapping } from '../../src/codec/plain.ts'
import { resolve } from '../../src/model/resolve.ts'
import { secretAt } from '../../src/model/sops-texts.ts'
import { sourceOf, specOf } from '../lib/cases.ts'

const content: PlainMapping = {
  registry: { password: 'a', port: 5000, on: true, nothing: null, empty: '', bytes: 'x\ufffd' },
  list: ['b', { token: 'c' }],
  stringData: { 'tls.crt': 'd' },
  'a.b': 'e',
  a: { b: 'f', 'c.d': 'g', c: { e: 'h' } },
}

function read(key: string): string {
  const text = { kind: 'sops', file: 's.yaml', key, from: ['nodes', 0, 'token', 'sops'] } as const
  const outcome = secretAt({ content }, text)
  if (outcome.ok) return outcome.value
  return outcome.diagnostics
    .map(({ rule, path, args }) => [rule, path.at(-1), args.found ?? args.nearest].join(' '))
    .join(', ')
}

it.each([
  ['registry.password', 'a'],
  ['list.0', 'b'],
  ['list.1.token', 'c'],
  ['stringData.tls.crt', 'd'],
  ['a.c.d', 'g'],
  ['a.c.e', 'h'],
  ['a.b', 'sops/not-text key several'],
  ['registry', 'sops/not-text key mapping'],
  ['list', 'sops/not-text key list'],
  ['registry.port', 'sops/not-text key number'],
  ['registry.on', 'sops/not-text key boolean'],
  ['registry.nothing', 'sops/not-text key null'],
  ['registry.empty', 'sops/not-text key empty'],
  ['registry.bytes', 'sops/not-text key binary'],
  ['registry.pasword', 'sops/unknown-key key registry.password'],
  ['list.9', 'sops/unknown-key key list.0'],
  ['registry.password.x', 'sops/unknown-key key registry.password'],
  ['constructor', 'sops/unknown-key key '],
  ['__proto__', 'sops/unknown-key key '],
  ['.', 'sops/unknown-key key '],
])('the key %s gives %s', (key, result) => {
  expect(read(key)).toBe(result)
})

it('a failure of a file is reported once, a failure of a key once for each key', () => {
  const spec = specOf(
    sourceOf(`apiVersion: gen-node/v1
bootstrap: 10.0.0.1
token: {sops: s.yaml, key: x}
mirrors: [{host: quay.io, auth: {username: u, password: {sops: s.yaml, key: y}}}]
nodes: [{name: w1, role: worker}, {name: w2, role: worker}]
`),
  )
  const found = (supply: Parameters<typeof resolve>[1]['sops']) => {
    const supplies = { files: new Map(), trees: new Map(), env: new Map(), sops: supply }
    return resolve(spec, supplies).diagnostics.map(({ rule }) => rule)
  }
  expect(found(new Map([['s.yaml', { failed: 'edited' }]]))).toEqual(['sops/edited'])
  expect(found(new Map())).toEqual(['spec/file-unreadable'])
  expect(found(new Map([['s.yaml', { content }]]))).toEqual([
    'sops/unknown-key',
    'sops/unknown-key',
  ])
})
