/** sops encrypts documents, and its output is compared with the content that gen-node decrypts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityToRecipient } from 'age-encryption'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { decryptSops } from '../../src/secrets/sops.ts'
import { describeWith, goProgram, randomRuns, runs, sops } from '../lib/judge.ts'
import { ageEnvironment, sopsFolder } from '../lib/sops-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'gen-node-sops-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const identity = readFileSync(join(sopsFolder, 'identity.txt'), 'utf8').trim()
const recipient = await identityToRecipient(identity)

/** Encrypts a text, and decrypts the result with both programs. */
async function decryptedByBoth(text: string, type: 'yaml' | 'json', options: readonly string[]) {
  const path = join(folder, `secrets.${type}`)
  writeFileSync(path, text)
  const program = goProgram('sops')
  const encrypted = runs([program, 'encrypt', '--age', recipient, ...options, path])
  expect(encrypted).toMatchObject({ code: 0 })
  writeFileSync(path, encrypted.stdout)
  const decrypt = [program, '--decrypt', '--input-type', type, '--output-type', 'json', path]
  const judged = runs(['env', `SOPS_AGE_KEY=${identity}`, ...decrypt])
  const ours = await decryptSops({ path, bytes: readFileSync(path) }, ageEnvironment)
  return { judged, ours }
}

const options = [[], ['--encrypted-regex', '^(a|token)'], ['--unencrypted-suffix', 'b']]
const key = fc.constantFrom('a', 'b', 'token', '7', '10', 'x.y', 'é', 'ab')
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', 'ENC[x]', '1', 'true', 'a\nb\n', '# c', '2024-05-01', 'null'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  fc.boolean(),
  fc.constant(null),
)
const { document } = fc.letrec(tie => ({
  document: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('document'),
  ),
}))

describeWith([sops], 'sops', () => {
  it('and gen-node read the same content of JSON files', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.constantFrom(...options), async (value, chosen) => {
        const { judged, ours } = await decryptedByBoth(JSON.stringify(value), 'json', chosen)
        expect(judged.code).toBe(0)
        expect(ours).toEqual({ content: JSON.parse(judged.stdout) })
      }),
      { numRuns: randomRuns(40) },
    )
  })

  const scalars = [
    '5',
    '0x1F',
    '0644',
    '1_000',
    '1.5e-7',
    '1e22',
    '-0.0',
    'True',
    'yes',
    '~',
    '"5"',
  ]
  const times = ['2024-05-01', '2024-5-1T1:02:03.500+02:00', '2024-05-01 01:02:03', '2024-05']
  it.each([...scalars, ...times, 'text # comment', '|\n  a\n  b', '>-\n  a\n  b'])(
    'and gen-node read the YAML scalar %j the same',
    async text => {
      const yaml = `# comment\na: x\nb: ${text}\nlist:\n  - ${text.replaceAll('\n', '\n  ')}\n`
      for (const chosen of options) {
        const { judged, ours } = await decryptedByBoth(yaml, 'yaml', chosen)
        expect(ours).toEqual(
          judged.code === 0 ? { content: JSON.parse(judged.stdout) } : { failed: 'edited' },
        )
      }
    },
  )

  it('refuses the changed files that gen-node refuses, with the exit codes that gen-node knows', () => {
    const path = join(folder, 'changed.yaml')
    const text = readFileSync(join(sopsFolder, 'types.yaml'), 'utf8')
    const exitCode = (changed: string, secretKey = identity) => {
      writeFileSync(path, changed)
      return runs(['env', `SOPS_AGE_KEY=${secretKey}`, goProgram('sops'), '--decrypt', path]).code
    }
    expect(exitCode(text)).toBe(0)
    expect(exitCode(text.replace('unencrypted: public', 'unencrypted: publik'))).toBe(51)
    expect(exitCode(text.replace('    password: ', '    passwort: '))).toBe(25)
    const other = readFileSync(join(sopsFolder, 'other-identity.txt'), 'utf8').trim()
    expect(exitCode(text, other)).toBe(128)
  })
})
