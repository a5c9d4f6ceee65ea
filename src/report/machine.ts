/** Diagnostics as programs read them. */
import { printable } from './cells.ts'
import type { Located } from './located.ts'
import { maskText, scrub } from './mask.ts'
import type { Range } from './place.ts'
import type { RuleTable } from './rule.ts'

/** A place from 1, `column` in UTF-16 units; the end is the first place after. */
interface Place {
  readonly line: number
  readonly column: number
}

/** A JSON array, one object for each diagnostic. */
export function renderJson(located: readonly Located[]): string {
  const findings = located.map(one => ({
    severity: one.severity,
    rule: one.rule,
    message: scrub(one.message, one.text),
    help: scrub(one.help, one.text),
    path: one.path,
    file: maskText(one.file),
    range:
      one.range === null ? null : { start: startOf(one.range), end: endOf(one.range, one.text) },
  }))
  return `${JSON.stringify(findings, null, 2)}\n`
}

/** Workflow commands, which GitHub shows beside the line. */
export function renderGithub(located: readonly Located[]): string {
  return located.map(one => `${githubLine(one)}\n`).join('')
}

function githubLine(one: Located): string {
  const command = one.severity === 'note' ? 'notice' : one.severity
  const end = one.range === null ? null : endOf(one.range, one.text)
  const place = one.range === null || end === null ? [] : githubPlace(one.range, end)
  const properties = [
    ...(one.text === null ? [] : [`file=${githubProperty(maskText(one.file))}`]),
    ...place,
    `title=${githubProperty(one.rule)}`,
  ]
  const where = one.text === null ? ` (${maskText(one.file)})` : ''
  const help = one.help === '' ? '' : `\n${scrub(one.help, one.text)}`
  const message = printable(`${scrub(one.message, one.text)}${where}${help}`)
  return `::${command} ${properties.join(',')}::${githubData(message)}`
}

function githubPlace(range: Range, end: Place): readonly string[] {
  const columns = end.line === range.line ? [`endColumn=${end.column}`] : []
  return [`line=${range.line}`, `col=${range.column}`, `endLine=${end.line}`, ...columns]
}

// https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
function githubData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function githubProperty(text: string): string {
  return githubData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** SARIF 2.1.0, which code scanners upload. */
export function renderSarif(located: readonly Located[], rules: RuleTable): string {
  const ids = [...new Set(located.map(one => one.rule))].sort()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gen-node', rules: ids.map(id => sarifRule(id, rules)) } },
        columnKind: 'utf16CodeUnits',
        results: located.map(one => sarifResult(one, ids.indexOf(one.rule))),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function sarifRule(id: string, rules: RuleTable) {
  const rule = rules[id]
  return rule === undefined ? { id } : { id, fullDescription: { text: rule.reason } }
}

function sarifResult(one: Located, ruleIndex: number) {
  const help = one.help === '' ? '' : `. ${scrub(one.help, one.text)}`
  return {
    ruleId: one.rule,
    ruleIndex,
    level: one.severity,
    message: { text: `${scrub(one.message, one.text)}${help}` },
    locations: [
      {
        ...(one.text === null ? {} : { physicalLocation: sarifPlace(one) }),
        logicalLocations: [{ fullyQualifiedName: one.path === '' ? maskText(one.file) : one.path }],
      },
    ],
  }
}

function sarifPlace({ file, range, text }: Located) {
  const artifactLocation = { uri: file.split('/').map(encodeURIComponent).join('/') }
  if (range === null) return { artifactLocation }
  const end = endOf(range, text)
  const region = {
    startLine: range.line,
    startColumn: range.column,
    endLine: end.line,
    endColumn: end.column,
  }
  return { artifactLocation, region }
}

function startOf({ line, column }: Range): Place {
  return { line, column }
}

function endOf(range: Range, text: string | null): Place {
  const lines = (text ?? '').slice(range.start, range.end).split('\n')
  if (text === null || lines.length === 1) {
    return { line: range.line, column: range.column + range.end - range.start }
  }
  return { line: range.line + lines.length - 1, column: (lines.at(-1)?.length ?? 0) + 1 }
}
