import { describe, expect, it } from 'vitest'
import { renderGithub, renderJson, renderSarif } from '../../src/report/machine.ts'
import { rules } from '../../src/rules.ts'
import { aLocated } from './located.ts'

const text = 'a: 1\nbad: 2\n'
const flag = aLocated('', '', { text: null, range: null, file: '--role x', severity: 'warning' })

describe('json', () => {
  it('has the rule, the range and the texts', () => {
    expect(JSON.parse(renderJson([aLocated(text, 'bad', { help: 'do' })]))).toEqual([
      {
        severity: 'error',
        rule: 'spec/unknown-key',
        message: 'it is wrong',
        help: 'do',
        path: 'a.b',
        file: 'node.yaml',
        range: { start: { line: 2, column: 1 }, end: { line: 2, column: 4 } },
      },
    ])
  })
  it('is an empty list without diagnostics', () => {
    expect(renderJson([])).toBe('[]\n')
  })
  it('has the end line of a range of several lines', () => {
    expect(JSON.parse(renderJson([aLocated(text, '1\nbad')]))[0].range.end).toEqual({
      line: 2,
      column: 4,
    })
  })
})

describe('github', () => {
  it('is one line with escaped characters', () => {
    const diagnostic = aLocated(text, 'bad', {
      message: '50% wrong',
      help: 'first\nthen',
      file: 'a,b:c.yaml',
    })
    expect(renderGithub([diagnostic])).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=2,col=1,endLine=2,endColumn=4,title=spec/unknown-key::50%25 wrong%0Afirst%0Athen\n',
    )
  })
  it('shows a flag as typed', () => {
    expect(renderGithub([flag])).toBe('::warning title=spec/unknown-key::it is wrong (--role x)\n')
    expect(renderGithub([{ ...flag, severity: 'note' }])).toMatch(/^::notice /)
  })
})

describe('sarif', () => {
  const log = JSON.parse(
    renderSarif([aLocated(text, 'bad'), flag, aLocated(text, 'a', { rule: 'other/rule' })], rules),
  )
  it('has version 2.1.0 and each rule once', () => {
    expect(log.version).toBe('2.1.0')
    const [run] = log.runs
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual([
      'other/rule',
      'spec/unknown-key',
    ])
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(['error', 'warning', 'note']).toContain(result.level)
    }
  })
  it('has regions with exclusive ends, but none for flags', () => {
    const [first, second] = log.runs[0].results
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'node.yaml' },
      region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 4 },
    })
    expect(second.locations[0].physicalLocation).toBeUndefined()
  })
  it('has escaped URIs', () => {
    const [run] = JSON.parse(
      renderSarif([aLocated(text, 'bad', { file: 'a b/ü.yaml' })], rules),
    ).runs
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'a%20b/%C3%BC.yaml',
    )
  })
})
