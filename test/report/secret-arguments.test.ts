import { describe, expect, it } from 'vitest'
import { maskText } from '../../src/report/mask.ts'
import { secretArguments } from '../../src/report/secret-arguments.ts'
import { argumentLists, commands, netrc } from '../lib/planted-secrets.ts'

const secret = 'TOPSECRET'
const texts = [
  ...commands.map(command => command(secret)),
  ...argumentLists.map(list => JSON.stringify(list(secret))),
  ...argumentLists.map(list => JSON.stringify(list(secret), null, 2)),
  netrc(() => secret),
]

describe('maskText masks the secret', () => {
  it.each(texts)('of %s', text => expect(maskText(text)).not.toContain(secret))
  const lines = texts.filter(text => !text.includes('\n'))
  it.each(lines)('of %s in a quoted text', text => {
    expect(maskText(`args: ${JSON.stringify(text)}`)).not.toContain(secret)
  })
})

describe('secretArguments', () => {
  const found = (text: string) => [
    ...new Set(secretArguments(text).map(({ start, end }) => text.slice(start, end))),
  ]
  it('are the values only', () => {
    expect(found('docker login -u site -p abc example.org')).toEqual(['abc'])
    expect(found('curl -u "site:a b" https://x')).toEqual(['a b'])
    expect(found('a --password "b c" --verbose')).toEqual(['b c'])
    expect(found("echo 'site:abc' | chpasswd")).toEqual(["'site:abc'"])
  })
  it.each([
    'docker run -p 80:80 site',
    'mkdir -p /srv/a && cp -u a b',
    'docker login --password-stdin < /run/token',
    'a --token-file /run/token --password --verbose',
    'password requisite pam_unix.so',
    'set -- k0s install worker --token-file /etc/k0s/join-token --labels zone=a',
    'echo "$(date -u +%H:%M)" > /run/time',
    'systemctl restart site',
    'echo hello | tee /etc/motd',
    'cat <<EOF > /etc/motd\nhello\nEOF',
    'the password of the site',
  ])('are not in "%s"', text => expect(found(text)).toEqual([]))

  it.each([
    'echo ',
    'login ',
    'set ',
    'wifi ',
    'htpasswd -b ',
    'a-',
    '-u',
    'u',
    '\n',
    ' ',
    '"',
    '- ',
    'chpasswd <<E\n',
    '<<E | chpasswd\n',
    'login a ',
    'password ',
    'echo "a" | b ',
  ])('are found in a long text of "%s" without the square of its steps', text => {
    expect(found(text.repeat(300_000 / text.length)).length).toBeLessThan(300_000)
  })
})
