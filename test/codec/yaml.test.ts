import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../src/codec/yaml.ts'

const codesOf = (text: string) => parseYaml(text).errors.map(({ code }) => code)

describe('parseYaml', () => {
  it('gives the value of a text without mistakes', () => {
    expect(parseYaml('a: &x [1, yes]\nb: *x\n')).toMatchObject({
      value: { a: [1, 'yes'], b: [1, 'yes'] },
      errors: [],
    })
    expect(parseYaml('').value).toBeNull()
  })

  it('gives no value where there are mistakes', () => {
    const { value, errors } = parseYaml('a: 1\na: 2\n')
    expect(value).toBeNull()
    expect(errors).toMatchObject([
      { code: 'duplicate-key', range: { start: 5, end: 6, line: 2, column: 1 } },
    ])
  })

  it('reports all mistakes of the content', () => {
    expect(codesOf('a: *x\nb: !t 1\n<<: {}\n? [c]\n: 1\n').sort()).toEqual([
      'key-not-plain',
      'merge-key',
      'tag',
      'unknown-anchor',
    ])
  })

  it('reports one syntax error, and another version of YAML', () => {
    expect(codesOf('a: [1\nb: ]]\nc: "\n')).toEqual(['syntax'])
    expect(parseYaml('%YAML 1.1\n---\na: 1\n').errors[0]?.message).toBe(
      'unsupported version %YAML 1.1: a spec is YAML 1.2',
    )
  })

  it('limits nesting, references and the number of mistakes', () => {
    expect(codesOf('['.repeat(200))).toEqual(['too-deep'])
    const expanding = Array.from({ length: 9 }, (_, n) => {
      const items = n === 0 ? 'x' : `*a${n - 1}`
      return `a${n}: &a${n} [${Array(9).fill(items).join(', ')}]\n`
    })
    expect(codesOf(expanding.join(''))).toEqual(['too-many-references'])
    expect(codesOf('a: 1\n'.repeat(500))).toHaveLength(100)
  })

  it('has ranges for Windows line ends', () => {
    const { locate } = parseYaml('a: 1\r\nb:\r\n  - c: 2\r\n')
    expect(locate(['b', 0, 'c'], 'value')).toEqual({ start: 17, end: 18, line: 3, column: 8 })
    expect(locate(['b', 0, 'c'], 'key')).toMatchObject({ line: 3, column: 5 })
    expect(locate(['b'], 'value')).toMatchObject({ line: 2, column: 1 })
    expect(locate(['b', 7, 'd'], 'value')).toMatchObject({ line: 2, column: 1 })
  })

  it('gives the source text of scalars', () => {
    const { sourceAt } = parseYaml('a: 1.10\nb: {c: "x"}\n')
    expect(sourceAt(['a'])).toBe('1.10')
    expect(sourceAt(['b', 'c'])).toBe('"x"')
    expect(sourceAt(['b'])).toBeNull()
    expect(sourceAt(['d'])).toBeNull()
  })
})
