import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'
import type { Located } from '../../src/report/located.ts'
import { renderGithub, renderJson, renderSarif } from '../../src/report/machine.ts'
import { maskText } from '../../src/report/mask.ts'
import { renderText } from '../../src/report/pretty.ts'
import { rules } from '../../src/rules.ts'
import { aLocated } from './located.ts'

const pem = '-----BEGIN PRIVATE KEY-----\nTOPSECRET\nTOPSECRET\n-----END PRIVATE KEY-----'
/** Texts in which TOPSECRET must be masked. */
const secretTexts: readonly (readonly [string, string])[] = [
  ['a plain value', 'token: TOPSECRET'],
  ['a quoted value', 'password: "a TOPSECRET \\" b"'],
  ['a value in a flow mapping', 'auth: {username: a, password: TOPSECRET, x: 1}'],
  ['a block', 'token: |\n  TOPSECRET\n  TOPSECRET\nname: a'],
  ['a folded value', 'token: >-\n  TOPSECRET'],
  ['a value on the next line', 'token:\n  TOPSECRET'],
  ['a value with a continuation line', 'token: a\n  TOPSECRET'],
  ['an unknown field on the next line', 'token:\n  valeu: TOPSECRET'],
  ['an unknown field in braces', 'token: {valeu: TOPSECRET}'],
  ['a list', 'Authorization: ["Basic TOPSECRET"]'],
  ['a list on the next line', 'Authorization:\n- TOPSECRET\n'],
  ['a header', 'header: {authorization: Bearer TOPSECRET}'],
  ['TOML', 'Authorization = "Basic TOPSECRET"'],
  ['JSON', '{"auth": "TOPSECRET"}'],
  ['an environment variable of a unit', 'Environment=APP_PASSWORD=TOPSECRET'],
  ['a name with a prefix', 'agent-token: TOPSECRET'],
  ['a URL', 'server: https://user:TOPSECRET@host/'],
  ['a private key', pem],
  ['a truncated private key', '-----BEGIN RSA PRIVATE KEY-----\nTOPSECRET'],
  ['a kubeconfig', 'users:\n- user:\n    client-key-data: TOPSECRET'],
  ['a bearer token', 'x: Bearer TOPSECRET'],
  ['a join token', `x: H4sIAAAA${'A'.repeat(60)}TOPSECRET`],
  ['a secret file', 'files:\n  - path: /a\n    content: TOPSECRET\n    secret: true'],
  [
    'a secret file with the content last',
    'files:\n  - secret: true\n    content: |\n      TOPSECRET',
  ],
  ['a secret file on one line', 'files: [{path: /a, content: TOPSECRET, secret: true}]'],
  [
    'a file that only its owner may read',
    'files:\n  - path: /a\n    mode: "0600"\n    content: TOPSECRET',
  ],
  ['a Kubernetes secret', 'kind: Secret\ndata:\n  a: TOPSECRET\n'],
  ['a flag', '--set token=TOPSECRET'],
  ['a key beside a SOPS reference', 'client:\n  cert: {sops: a, key: b}\n  key: TOPSECRET\n'],
  ['a key after a SOPS reference', 'client: {cert: {sops: a, key: b}, key: TOPSECRET}\n'],
]

describe('maskText masks', () => {
  it.each(secretTexts)('%s', (_, text) => {
    const masked = maskText(text)
    expect(masked).not.toContain('TOPSECRET')
    expect(masked).toContain('***')
  })
})

describe('maskText keeps', () => {
  it.each([
    'token: {file: worker.token}',
    'token:\n  file: worker.token',
    'password: {env: MIRROR_PASSWORD}',
    'auth:\n  username: site',
    'password: {sops: secrets.yaml, key: registry.password}',
    'password:\n  sops: secrets.yaml\n  key: registry.password\nname: x',
    'password:\n  key: registry.password\n  sops: secrets.yaml',
    'key: /etc/ssl/node.key',
    'key: {file: ./node.key}',
    'secret: true',
    'name: token',
    'ExecStart=/usr/bin/k0s install worker --token-file /etc/k0s/join-token',
    'files:\n  - path: /a\n    content: hello\n  - path: /b\n    mode: "0644"',
    'authorizedKeys: [ssh-ed25519 AAAA]',
  ])('%s', text => {
    expect(maskText(text)).toBe(text)
  })
})

describe('no report contains a secret:', () => {
  const forms = {
    text: (diagnostic: Located) =>
      renderText([diagnostic], { colour: false, widthOf: characterWidth }),
    json: (diagnostic: Located) => renderJson([diagnostic]),
    github: (diagnostic: Located) => renderGithub([diagnostic]),
    sarif: (diagnostic: Located) => renderSarif([diagnostic], rules),
  }
  it.each(Object.entries(forms))('%s', (_, render) => {
    for (const [name, text] of secretTexts) {
      const shown = render(aLocated(text, 'TOPSECRET', { message: 'bad value', help: 'no' }))
      expect(shown, name).not.toContain('TOPSECRET')
    }
    const repeated = render(
      aLocated('token: TOPSECRET', 'TOPSECRET', {
        message: '"TOPSECRET" is no token',
        help: 'not TOPSECRET',
      }),
    )
    expect(repeated).not.toContain('TOPSECRET')
  })

  it('the carets are below the mask', () => {
    const shown = forms.text(aLocated('token: TOPSECRET', 'TOPSECRET'))
    expect(shown).toContain('1 | token: ***\n  |        ^^^\n')
  })
})

describe('a long text', () => {
  it('is masked in less than five seconds', () => {
    const start = performance.now()
    maskText(`a: ${'x'.repeat(4_000_000)}\n`)
    maskText('token: x\n'.repeat(100_000))
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
