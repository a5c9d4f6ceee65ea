import { describe, expect, it } from 'vitest'
import { characterWidth } from '../../src/codec/character-width.ts'
import { renderGithub, renderJson, renderSarif } from '../../src/report/machine.ts'
import { maskText } from '../../src/report/mask.ts'
import { renderText } from '../../src/report/pretty.ts'
import { rules } from '../../src/rules.ts'
import { at } from './located.ts'

const pem = '-----BEGIN PRIVATE KEY-----\nTOPSECRET\nTOPSECRET\n-----END PRIVATE KEY-----'
const hiding: readonly (readonly [string, string])[] = [
  ['a plain value', 'token: TOPSECRET'],
  ['a quoted value', 'password: "a TOPSECRET \\" b"'],
  ['a value in a flow mapping', 'auth: {username: a, password: TOPSECRET, x: 1}'],
  ['a block', 'token: |\n  TOPSECRET\n  TOPSECRET\nname: a'],
  ['a folded value', 'token: >-\n  TOPSECRET'],
  ['a value on the next line', 'token:\n  TOPSECRET'],
  ['a value that goes on', 'token: a\n  TOPSECRET'],
  ['an unknown field below', 'token:\n  valeu: TOPSECRET'],
  ['an unknown field in braces', 'token: {valeu: TOPSECRET}'],
  ['a list', 'Authorization: ["Basic TOPSECRET"]'],
  ['a list below', 'Authorization:\n- TOPSECRET\n'],
  ['a header', 'header: {authorization: Bearer TOPSECRET}'],
  ['TOML', 'Authorization = "Basic TOPSECRET"'],
  ['JSON', '{"auth": "TOPSECRET"}'],
  ['a variable of a unit', 'Environment=APP_PASSWORD=TOPSECRET'],
  ['a name with a prefix', 'agent-token: TOPSECRET'],
  ['an URL', 'server: https://user:TOPSECRET@host/'],
  ['a key', pem],
  ['a key that is cut', '-----BEGIN RSA PRIVATE KEY-----\nTOPSECRET'],
  ['a kubeconfig', 'users:\n- user:\n    client-key-data: TOPSECRET'],
  ['a bearer', 'x: Bearer TOPSECRET'],
  ['a join token', `x: H4sIAAAA${'A'.repeat(60)}TOPSECRET`],
  ['a secret file', 'files:\n  - path: /a\n    content: TOPSECRET\n    secret: true'],
  [
    'a secret file, the other way round',
    'files:\n  - secret: true\n    content: |\n      TOPSECRET',
  ],
  ['a secret file on a line', 'files: [{path: /a, content: TOPSECRET, secret: true}]'],
  ['a file for its owner', 'files:\n  - path: /a\n    mode: "0600"\n    content: TOPSECRET'],
  ['a Kubernetes secret', 'kind: Secret\ndata:\n  a: TOPSECRET\n'],
  ['a flag', '--set token=TOPSECRET'],
]

describe('hidden is', () => {
  it.each(hiding)('%s', (_, text) => {
    const masked = maskText(text)
    expect(masked).not.toContain('TOPSECRET')
    expect(masked).toContain('***')
  })
})

describe('shown is', () => {
  it.each([
    'token: {file: worker.token}',
    'token:\n  file: worker.token',
    'password: {env: MIRROR_PASSWORD}',
    'auth:\n  username: site',
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

describe('no form of a report holds a secret', () => {
  const forms = {
    text: (one: ReturnType<typeof at>) =>
      renderText([one], { colour: false, widthOf: characterWidth }),
    json: (one: ReturnType<typeof at>) => renderJson([one]),
    github: (one: ReturnType<typeof at>) => renderGithub([one]),
    sarif: (one: ReturnType<typeof at>) => renderSarif([one], rules),
  }
  it.each(Object.entries(forms))('%s', (_, render) => {
    for (const [what, text] of hiding) {
      const shown = render(at(text, 'TOPSECRET', { message: 'bad value', help: 'no' }))
      expect(shown, what).not.toContain('TOPSECRET')
    }
    const said = render(
      at('token: TOPSECRET', 'TOPSECRET', {
        message: '"TOPSECRET" is no token',
        help: 'not TOPSECRET',
      }),
    )
    expect(said).not.toContain('TOPSECRET')
  })

  it('and the caret stands under the mask', () => {
    const shown = forms.text(at('token: TOPSECRET', 'TOPSECRET'))
    expect(shown).toContain('1 | token: ***\n  |        ^^^\n')
  })
})

describe('long texts', () => {
  it('take no time', () => {
    const began = performance.now()
    maskText(`a: ${'x'.repeat(4_000_000)}\n`)
    maskText('token: x\n'.repeat(100_000))
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
