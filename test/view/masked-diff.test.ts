import { describe, expect, it } from 'vitest'
import { diffText } from '../../src/view/masked-diff.ts'

const open = (text: string) => ({ text, secret: false })
const secret = (text: string) => ({ text, secret: true })

describe('diffText', () => {
  it('gives the hunks of a unified diff, with three lines of context', () => {
    const lines = ['1', '2', '3', '4', '5', '6', '7', '8', '']
    const changed = lines.with(4, 'five')
    expect(diffText('/a', open(lines.join('\n')), open(changed.join('\n')), [])).toBe(
      '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
    )
  })

  it('shows all lines of a new file and of a deleted file', () => {
    expect(diffText('/a', null, open('x\ny\n'), [])).toBe('@@ -0,0 +1,2 @@\n+x\n+y\n')
    expect(diffText('/a', open('x\ny\n'), null, [])).toBe('@@ -1,2 +0,0 @@\n-x\n-y\n')
  })

  it('masks the whole text of a secret file whose format is unknown', () => {
    expect(diffText('/etc/token', secret('correct\nhorse\n'), secret('battery\n'), [])).toBe(
      '@@ -1,1 +1,1 @@\n-*** (before)\n+*** (after)\n',
    )
    expect(diffText('/etc/token', null, secret('battery\n'), [])).toBe(
      '@@ -0,0 +1,1 @@\n+*** (after)\n',
    )
  })

  it('masks the secret values only in a file of a known format', () => {
    const config = (password: string, port: number) =>
      secret(`user: site\npassword: ${password}\nport: ${port}\n`)
    expect(diffText('/etc/a.yaml', config('horse', 1), config('staple', 2), [])).toBe(
      '@@ -1,3 +1,3 @@\n user: site\n-password: *** (before)\n-port: 1\n+password: *** (after)\n+port: 2\n',
    )
  })

  it('masks general and random values in a secret file of a known format', () => {
    const config = (value: string, seed: string) =>
      secret(`name: site-controller-1\nvalue: ${value}\nseeds:\n- ${seed}\n`)
    const [left, right] = [
      config('horse', 'dGhlIHNlZWQgMQ3aaaaa'),
      config('staple', 'dGhlIHNlZWQgMQ3bbbbb'),
    ]
    expect(diffText('/etc/a.yaml', left, right, [])).toBe(
      '@@ -1,4 +1,4 @@\n name: site-controller-1\n-value: *** (before)\n+value: *** (after)\n seeds:\n-- *** (before)\n+- *** (after)\n',
    )
  })

  it('shows an unchanged secret as ***, also in an open file', () => {
    const config = (port: number) => open(`password: horse\nport: ${port}\n`)
    expect(diffText('/etc/a.yaml', config(1), config(2), [])).toBe(
      '@@ -1,2 +1,2 @@\n password: ***\n-port: 1\n+port: 2\n',
    )
  })

  it('states that only the order of secret values differs', () => {
    const config = (first: string, second: string) =>
      open(`a: {password: ${first}}\nb: {password: ${second}}\n`)
    const [left, right] = [config('horse', 'staple'), config('staple', 'horse')]
    expect(diffText('/etc/a.yaml', left, right, [])).toBe(
      'only the order of secret values differs\n',
    )
  })

  it('masks the digests of secrets', () => {
    const [before, after] = ['a'.repeat(64), 'b'.repeat(64)]
    expect(
      diffText('/m', open(`${before}  /etc/token\n`), open(`${after}  /etc/token\n`), [
        before,
        after,
      ]),
    ).toBe('@@ -1,1 +1,1 @@\n-*** (before)  /etc/token\n+*** (after)  /etc/token\n')
  })

  it('gives the sizes of a text with a line of more than 2000 characters', () => {
    const [longest, long] = ['x'.repeat(2000), 'x'.repeat(2001)]
    expect(diffText('/a', open('y'), open(longest), [])).toContain(`+${longest}\n`)
    expect(diffText('/a', open('y'), open(long), [])).toBe(
      'contents differ: 1 bytes before, 2001 bytes after\n',
    )
  })
})
