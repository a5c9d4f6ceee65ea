import { describe, expect, it } from 'vitest'
import { secretValues } from '../../src/report/secret-values.ts'

const valuesIn = (text: string) =>
  secretValues(text).map(({ start, end }) => text.slice(start, end))

describe('secretValues', () => {
  it.each([
    ['of a plain value', 'token: abc # d', ['abc']],
    ['of a value inside a flow mapping', '{password: abc, x: 1}', ['abc']],
    ['of a quoted value with its quotes', 'password: "a, b"', ['"a, b"']],
    ['of a block without its indicator', 'token: |\n  abc\n  def\nx: 1', ['abc', 'def']],
    ['of a nested mapping without references', 'token:\n  file: a\n  valeu: abc', ['abc']],
    ['of the content beside a mode', '- path: /a\n  mode: 0600\n  content: abc', ['abc']],
    ['of a Kubernetes Secret', 'kind: Secret\nstringData:\n  x: abc', ['abc']],
  ])('are the spans %s', (_, text, values) => expect(valuesIn(text)).toEqual(values))

  it.each(['token: {file: a}', 'key: ./a.pem', 'secret: true', 'publickey: abc', 'token:=abc', ''])(
    'are not in "%s"',
    text => expect(valuesIn(text)).toEqual([]),
  )

  it.each([
    'mode: 0600\n',
    '- secret: true\n',
    'token:\n',
    '- token: a\n',
    '- mode: 0600\n  content: x\n',
  ])('are found in a long text of "%s" without the square of its steps', text =>
    expect(valuesIn(text.repeat(20_000)).length).toBeLessThan(30_000),
  )
})
