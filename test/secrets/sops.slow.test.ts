/** The program sops, which a script stands in for, the command of SOPS_AGE_KEY_CMD, and all bits of a file. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decryptSops } from '../../src/secrets/sops.ts'
import { ageEnvironment, flipBit, isRefusedOrSame, sopsFolder } from '../lib/sops-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'gen-node-sops-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const system = '/usr/bin:/bin'
const path = join(sopsFolder, 'types.yaml')
const identity = readFileSync(join(sopsFolder, 'identity.txt'), 'utf8').trim()

/** Writes a script with a name. */
function script(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
  chmodSync(join(folder, name), 0o755)
}

function decrypt(file: string, environment: Readonly<Record<string, string>>) {
  return decryptSops({ path: file, bytes: readFileSync(file) }, environment)
}

describe('the program sops', () => {
  const environment = { PATH: `${folder}:${system}`, HOME: '/none', SOPS_AGE_KEY: identity }

  it('gets the path of the file as an argument, and the keys in the environment', async () => {
    script(
      'sops',
      `echo "$*" > ${folder}/argv; echo "$SOPS_AGE_KEY" > ${folder}/key; echo '{"a": {"b": "c"}}'`,
    )
    expect(await decrypt(path, environment)).toEqual({ content: { a: { b: 'c' } } })
    const options = '--decrypt --input-type yaml --output-type json'
    expect(readFileSync(join(folder, 'argv'), 'utf8')).toBe(`${options} ${path}\n`)
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe(`${identity}\n`)
    await decrypt(join(sopsFolder, 'secret.json'), environment)
    expect(readFileSync(join(folder, 'argv'), 'utf8')).toContain('--input-type json')
    const binary = join(folder, 'token.bin')
    writeFileSync(binary, readFileSync(join(sopsFolder, 'binary.json')))
    await decrypt(binary, environment)
    expect(readFileSync(join(folder, 'argv'), 'utf8')).toContain('--input-type json')
  })

  it('decrypts files that only it can read', async () => {
    script('sops', `echo '{"a": "b"}'`)
    const content = { content: { a: 'b' } }
    expect(await decrypt(join(sopsFolder, 'shamir.yaml'), environment)).toEqual(content)
  })

  it.each([
    [51, { failed: 'edited' }],
    [52, { failed: 'edited' }],
    [25, { failed: 'edited' }],
    [24, { failed: 'edited' }],
    [128, { failed: 'no-identity', recipients: [expect.stringMatching(/^age1/)] }],
    [5, { failed: 'program-failed', reason: 'it ended with exit code 5' }],
  ])(
    'with exit code %d gives a failure, and nothing else decrypts the file',
    async (code, failure) => {
      script('sops', `echo MESSAGE >&2; echo '{"a": "b"}'; exit ${code}`)
      expect(await decrypt(path, environment)).toEqual(failure)
    },
  )

  it.each([
    ['kill -9 $$', 'it ended with SIGKILL'],
    ['echo text', 'its output is not a JSON object'],
    ['echo [1]', 'its output is not a JSON object'],
    ['exit 0', 'its output is not a JSON object'],
  ])('that runs `%s` has failed', async (body, reason) => {
    script('sops', body)
    expect(await decrypt(path, environment)).toEqual({ failed: 'program-failed', reason })
  })

  it('is not called for a file that SOPS did not write', async () => {
    script('sops', `echo '{"a": "b"}'`)
    const bytes = Buffer.from('a: b\n')
    expect(await decryptSops({ path, bytes }, environment)).toEqual({ failed: 'not-sops' })
  })

  it('that is not executable is not in PATH', async () => {
    script('sops', 'exit 5')
    chmodSync(join(folder, 'sops'), 0o644)
    const { PATH, ...others } = environment
    const outcome = await decrypt(path, { ...others, PATH: PATH.replace(`:${system}`, '') })
    expect(outcome).toMatchObject({ content: { registry: { password: 'correct horse' } } })
  })
})

describe('SOPS_AGE_KEY_CMD', () => {
  const environment = { PATH: system, HOME: '/none' }

  it('prints the private key of SOPS_AGE_RECIPIENT', async () => {
    script('show-key', `[ "$1" = 'a b' ] && echo "# $SOPS_AGE_RECIPIENT" && echo ${identity}`)
    const command = `${folder}/show-key "a b"`
    const outcome = await decrypt(path, { ...environment, SOPS_AGE_KEY_CMD: command })
    expect(outcome).toMatchObject({ content: { registry: { password: 'correct horse' } } })
  })

  it.each([
    ['exit 3', 'the command ended with 3'],
    ['kill -9 $$', 'the command ended with SIGKILL'],
    ['echo nothing', 'a line is not a private key of age'],
  ])('that runs `%s` gives its reason', async (body, reason) => {
    script('show-key', body)
    const outcome = await decrypt(path, { ...environment, SOPS_AGE_KEY_CMD: `${folder}/show-key` })
    expect(outcome).toEqual({ failed: 'identity-unreadable', source: 'SOPS_AGE_KEY_CMD', reason })
  })

  it.each([
    ['/none TOPSECRET', 'the command cannot be started'],
    [' ', 'it is not a command'],
    ['"', 'it is not a command'],
  ])('%j is not run', async (command, reason) => {
    const outcome = await decrypt(path, { ...environment, SOPS_AGE_KEY_CMD: command })
    expect(outcome).toEqual({ failed: 'identity-unreadable', source: 'SOPS_AGE_KEY_CMD', reason })
  })
})

it('a flipped bit in any byte is refused, or is outside of the values and leaves the secret as it is', {
  timeout: 120_000,
}, async () => {
  const file = readFileSync(join(sopsFolder, 'unencrypted-regex.yaml'))
  const values = /ENC\[[^\]]*\]|(?<=lastmodified: ")[^"]*|(?<=public_key: )\w+/g
  const parts = [...file.toString().matchAll(values)].map(({ 0: part, index }) => [
    index,
    index + part.length,
  ])
  expect(parts).toHaveLength(4)
  const accepted: number[] = []
  for (let offset = 0; offset < file.length; offset++) {
    const changed = flipBit(file, offset * 8 + ((offset * 5) % 8))
    const isInPart = parts.some(([start = 0, end = 0]) => start <= offset && offset < end)
    const isGood = isInPart
      ? 'failed' in (await decryptSops({ path, bytes: changed }, ageEnvironment))
      : await isRefusedOrSame(changed, 'password')
    if (!isGood) accepted.push(offset)
  }
  expect(accepted).toEqual([])
})
