/** Files that sops 3.13.2 wrote, decrypted without the program; `*.decrypted.json` is its output. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decryptArmored } from '../../src/secrets/age.ts'
import { decryptSops } from '../../src/secrets/sops.ts'
import { decryptValue } from '../../src/secrets/sops-values.ts'
import { ageEnvironment, flipBit, isRefusedOrSame, sopsFolder } from '../lib/sops-files.ts'

const read = (name: string) => readFileSync(join(sopsFolder, name), 'utf8')
const identity = read('identity.txt').trim()

function decrypt(text: string, environment: Readonly<Record<string, string>> = ageEnvironment) {
  return decryptSops({ path: '/secrets.yaml', bytes: Buffer.from(text) }, environment)
}

const failed = (failure: string) => expect.objectContaining({ failed: failure })

describe('the content of', () => {
  it.each(['types.yaml', 'secret.json', 'mac-only.yaml', 'unencrypted-regex.yaml', 'binary.json'])(
    '%s equals the output of sops',
    async name => {
      const expected = JSON.parse(read(name.replace(/\.\w+$/, '.decrypted.json')))
      expect(await decrypt(read(name))).toEqual({ content: expected })
    },
  )

  it('a file for a hybrid key equals the output of sops', async () => {
    const environment = {
      ...ageEnvironment,
      SOPS_AGE_KEY_FILE: join(sopsFolder, 'hybrid-identity.txt'),
    }
    const expected = JSON.parse(read('hybrid.decrypted.json'))
    expect(await decrypt(read('hybrid.yaml'), environment)).toEqual({ content: expected })
  })

  it('a file for two keys is read with the second key', async () => {
    const environment = {
      ...ageEnvironment,
      SOPS_AGE_KEY_FILE: join(sopsFolder, 'other-identity.txt'),
    }
    const expected = JSON.parse(read('secret.decrypted.json'))
    expect(await decrypt(read('secret.json'), environment)).toEqual({ content: expected })
  })
})

describe('vectors of the tests of sops', () => {
  it('a value: aes/cipher_test.go', () => {
    const text =
      'ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]'
    const key = Buffer.from('f'.repeat(32))
    expect(decryptValue(text, key, 'bar:')?.value).toBe('foo')
    expect(decryptValue(text, key, 'baz:')).toBeNull()
  })

  it('a data key: age/keysource_test.go', async () => {
    const armored = [
      '-----BEGIN AGE ENCRYPTED FILE-----',
      'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBvY2t2NkdLUGRvY3l2OGNy',
      'MVJWcUhCOEZrUG8yeCtnRnhxL0I5NFk4YjJFCmE4SVQ3MEdyZkFqRWpSa2F0NVhF',
      'VDUybzBxdS9nSGpHSVRVMUI0UEVqZkkKLS0tIGJjeGhNQ0Y5L2VZRVVYSm90djFF',
      'bzdnQ3UwTGljMmtrbWNMV1MxYkFzUFUK4xjOZOTGdcbzuwUY/zeBXhcF+Md3e5PQ',
      'EylloI7MNGbadPGb',
      '-----END AGE ENCRYPTED FILE-----',
    ].join('\n')
    const key = 'AGE-SECRET-KEY-1G0Q5K9TV4REQ3ZSQRMTMG8NSWQGYT0T7TZ33RAZEE0GZYVZN0APSU24RK7'
    expect(Buffer.from((await decryptArmored(armored, [key])) ?? []).toString()).toBe('data')
  })
})

describe('a changed file is refused', () => {
  const text = read('types.yaml')
  it.each<[string, (text: string) => string]>([
    [
      'another unencrypted value',
      file => file.replace('unencrypted: public', 'unencrypted: publik'),
    ],
    [
      'another type of an unencrypted value',
      file => file.replace('int_unencrypted: 31', 'int_unencrypted: 0x1f0'),
    ],
    ['a removed value', file => file.replace(/^ {4}password: .*\n/m, '')],
    ['a value under another key', file => file.replace('    password: ', '    passwort: ')],
    [
      'a plain text in the place of an encrypted one',
      file => file.replace(/(password: ).*/, '$1mine'),
    ],
    ['a number in the place of an encrypted text', file => file.replace(/(password: ).*/, '$15')],
    ['an added text', file => `added_unencrypted: x\n${file}`],
    ['an added empty key', file => file.replace(/^sops:/m, 'added: [x]\nsops:')],
    ['another time', file => file.replace(/(lastmodified: "\d{3})\d/, '$19')],
    ['another type', file => file.replace(/(password: .*)type:str/, '$1type:comment')],
    ['an unknown type', file => file.replace(/(password: .*)type:str/, '$1type:constructor')],
    ['the MAC of nothing', file => file.replace(/^ {4}mac: .*$/m, '    mac: ""')],
    [
      'a MAC for all values',
      file => file.replace(/^ {4}version/m, '    mac_only_encrypted: true\n    version'),
    ],
    [
      'another data key',
      file => file.replace('K9WldL9v', 'K9WldL9w').replace(/[A-Za-z](==\n\s+-----END)/, 'A$1'),
    ],
  ])('%s', async (_, change) => {
    const changed = change(text)
    expect(changed).not.toBe(text)
    expect(await decrypt(changed)).toEqual({ failed: 'edited' })
  })

  it('a flipped bit of a sample of bits', async () => {
    const file = readFileSync(join(sopsFolder, 'unencrypted-regex.yaml'))
    for (let bit = 3; bit < file.length * 8; bit += 101) {
      expect(await isRefusedOrSame(flipBit(file, bit), 'password'), `bit ${bit}`).toBe(true)
    }
  })
})

describe('a file that cannot be decrypted here', () => {
  it.each([
    ['a plain file', 'password: x\n'],
    ['an empty file', ''],
    ['a broken file', 'a: [\n'],
    ['a list', '- sops: {mac: x, lastmodified: y}\n'],
    ['metadata without a MAC', 'a: b\nsops: {lastmodified: y, age: []}\n'],
    ['two documents', `a: b\n---\n${read('for-other.yaml')}`],
  ])('%s is not of SOPS', async (_, text) => {
    expect(await decrypt(text)).toEqual({ failed: 'not-sops' })
  })

  it.each([
    ['key-groups', read('shamir.yaml')],
    ['comment-regex', read('comment-regex.yaml')],
    ['no-age-recipient', read('types.yaml').replace('    age:\n', '    pgp:\n')],
    [
      'go-regex',
      read('types.yaml').replace('    version', '    encrypted_regex: \\pL\n    version'),
    ],
    [
      'go-regex',
      read('types.yaml').replace('    version', '    encrypted_regex: "("\n    version'),
    ],
  ])('has the unsupported feature %s', async (feature, text) => {
    expect(await decrypt(text)).toEqual({ failed: 'unsupported', feature })
  })

  it('is for another key', async () => {
    expect(await decrypt(read('for-other.yaml'))).toEqual({
      failed: 'no-identity',
      recipients: [expect.stringMatching(/^age1/)],
    })
  })
})

describe('private keys are read from', () => {
  const other = read('other-identity.txt').trim()
  const text = read('unencrypted-regex.yaml')
  const expected = { content: expect.objectContaining({ password: 'correct horse' }) }
  const none = { PATH: process.env.PATH ?? '', HOME: '/none' }
  // The folder test/secrets/files/sops/age has a keys.txt.
  it.each<[string, Readonly<Record<string, string>>]>([
    ['SOPS_AGE_KEY', { SOPS_AGE_KEY: identity }],
    ['SOPS_AGE_KEY with several keys', { SOPS_AGE_KEY: `# mine\n${other} ${identity}\n` }],
    ['SOPS_AGE_KEY beside a missing file', { SOPS_AGE_KEY: identity, SOPS_AGE_KEY_FILE: '/none' }],
    [
      'SOPS_AGE_KEY beside a key of a plugin',
      { SOPS_AGE_KEY: `AGE-PLUGIN-YUBIKEY-1X ${identity}` },
    ],
    ['keys.txt', { XDG_CONFIG_HOME: sopsFolder }],
  ])('%s', async (_, environment) => {
    expect(await decrypt(text, { ...none, PATH: '', ...environment })).toEqual(expected)
  })

  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['no place', {}, failed('no-identity')],
    ['a wrong key', { SOPS_AGE_KEY: other }, failed('no-identity')],
    ['no key', { SOPS_AGE_KEY: '' }, failed('no-identity')],
    [
      'a missing file',
      { SOPS_AGE_KEY_FILE: '/none' },
      {
        failed: 'identity-unreadable',
        source: 'SOPS_AGE_KEY_FILE',
        reason: 'no such file or directory',
      },
    ],
    ['a text without keys', { SOPS_AGE_KEY: 'x' }, failed('identity-unreadable')],
    [
      'a truncated key',
      { SOPS_AGE_KEY: identity.slice(0, -1) },
      {
        failed: 'identity-unreadable',
        source: 'SOPS_AGE_KEY',
        reason: 'a line is not a private key of age',
      },
    ],
    [
      'an encrypted file',
      { SOPS_AGE_KEY: '-----BEGIN AGE ENCRYPTED FILE-----\n' },
      failed('identity-unreadable'),
    ],
  ])('%s fails', async (_, environment, failure) => {
    expect(await decrypt(text, { ...none, PATH: '', ...environment })).toEqual(failure)
  })
})

it('no failure contains a part of a key or of a secret', async () => {
  const outcomes = await Promise.all([
    decrypt(read('types.yaml').replace('public', 'publik')),
    decrypt(read('for-other.yaml')),
    decrypt(read('types.yaml'), { ...ageEnvironment, SOPS_AGE_KEY: `${identity}x` }),
    decrypt(read('types.yaml'), { HOME: '/none', PATH: '', SOPS_AGE_KEY: identity.slice(3) }),
  ])
  const printed = JSON.stringify(outcomes.filter(outcome => 'failed' in outcome))
  expect(printed).not.toContain(identity.slice(16, 40))
  expect(printed).not.toContain('correct horse')
})
