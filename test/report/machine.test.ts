import { describe, expect, it } from 'vitest'
import { renderGithub, renderJson, renderSarif } from '../../src/report/machine.ts'
import { rules } from '../../src/rules.ts'
import { at } from './located.ts'

const text = 'a: 1\nbad: 2\n'
const flag = at('', '', { text: null, range: null, file: '--role x', severity: 'warning' })

describe('json', () => {
  it('has the rule, the place and the words', () => {
    expect(JSON.parse(renderJson([at(text, 'bad', { help: 'do' })]))).toEqual([
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
  it('is an empty list where nothing is wrong', () => {
    expect(renderJson([])).toBe('[]\n')
  })
  it('counts lines of a place of several', () => {
    expect(JSON.parse(renderJson([at(text, '1\nbad')]))[0].range.end).toEqual({
      line: 2,
      column: 4,
    })
  })
})

describe('github', () => {
  it('is one line, escaped', () => {
    const one = at(text, 'bad', { message: '50% wrong', help: 'first\nthen', file: 'a,b:c.yaml' })
    expect(renderGithub([one])).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=2,col=1,endLine=2,endColumn=4,title=spec/unknown-key::50%25 wrong%0Afirst%0Athen\n',
    )
  })
  it('names a flag in its words', () => {
    expect(renderGithub([flag])).toBe('::warning title=spec/unknown-key::it is wrong (--role x)\n')
    expect(renderGithub([{ ...flag, severity: 'note' }])).toMatch(/^::notice /)
  })
})

describe('sarif', () => {
  const log = JSON.parse(
    renderSarif([at(text, 'bad'), flag, at(text, 'a', { rule: 'other/rule' })], rules),
  )
  it('is of version 2.1.0 and names each rule once', () => {
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
  it('has regions with exclusive ends, and none for flags', () => {
    const [first, second] = log.runs[0].results
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'node.yaml' },
      region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 4 },
    })
    expect(second.locations[0].physicalLocation).toBeUndefined()
  })
  it('has URIs that are URIs', () => {
    const [run] = JSON.parse(renderSarif([at(text, 'bad', { file: 'a b/ü.yaml' })], rules)).runs
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'a%20b/%C3%BC.yaml',
    )
  })
})
