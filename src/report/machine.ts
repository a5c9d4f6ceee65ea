/** Diagnostics as JSON, as workflow commands of GitHub and as SARIF. */
import { printable } from './cells.ts'
import type { Located } from './located.ts'
import { findSecrets, maskText, type Secrets } from './mask.ts'
import type { Range } from './place.ts'
import type { RuleTable } from './rule.ts'

/** Line and column from 1, the column in UTF-16 units. */
interface Position {
  readonly line: number
  readonly column: number
}

/** A JSON array with one object for each diagnostic. */
export function renderJson(located: readonly Located[]): string {
  const secretsOf = findSecrets(located.map(({ text }) => text))
  const findings = located.map(({ severity, rule, message, help, path, file, range, text }) => {
    const { scrub } = secretsOf(text)
    return {
      severity,
      rule,
      message: scrub(message),
      help: scrub(help),
      path,
      file: maskText(file),
      range: range === null ? null : { start: startOf(range), end: endOf(range, text) },
    }
  })
  return `${JSON.stringify(findings, null, 2)}\n`
}

/** Workflow commands of GitHub Actions, one line for each diagnostic. */
export function renderGithub(located: readonly Located[]): string {
  const secretsOf = findSecrets(located.map(({ text }) => text))
  return located
    .map(diagnostic => `${githubCommand(diagnostic, secretsOf(diagnostic.text))}\n`)
    .join('')
}

function githubCommand(diagnostic: Located, { scrub }: Secrets): string {
  const { severity, rule, range, text } = diagnostic
  const file = maskText(diagnostic.file)
  const properties = [
    ...(text === null ? [] : [`file=${githubProperty(file)}`]),
    ...(range === null ? [] : githubRange(range, endOf(range, text))),
    `title=${githubProperty(rule)}`,
  ]
  const flag = text === null ? ` (${file})` : ''
  const help = diagnostic.help === '' ? '' : `\n${scrub(diagnostic.help)}`
  const message = printable(`${scrub(diagnostic.message)}${flag}${help}`)
  const command = severity === 'note' ? 'notice' : severity
  return `::${command} ${properties.join(',')}::${githubData(message)}`
}

function githubRange(range: Range, end: Position): readonly string[] {
  const endColumn = end.line === range.line ? [`endColumn=${end.column}`] : []
  return [`line=${range.line}`, `col=${range.column}`, `endLine=${end.line}`, ...endColumn]
}

// https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
function githubData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function githubProperty(text: string): string {
  return githubData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** SARIF 2.1.0, the input format of code scanning services. */
export function renderSarif(located: readonly Located[], rules: RuleTable): string {
  const secretsOf = findSecrets(located.map(({ text }) => text))
  const ids = [...new Set(located.map(({ rule }) => rule))].sort()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gen-node', rules: ids.map(id => sarifRule(id, rules)) } },
        columnKind: 'utf16CodeUnits',
        results: located.map(diagnostic => ({
          ruleId: diagnostic.rule,
          ruleIndex: ids.indexOf(diagnostic.rule),
          level: diagnostic.severity,
          message: { text: sarifText(diagnostic, secretsOf(diagnostic.text)) },
          locations: [sarifLocation(diagnostic)],
        })),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function sarifRule(id: string, rules: RuleTable) {
  const rule = rules[id]
  return rule === undefined ? { id } : { id, fullDescription: { text: rule.reason } }
}

function sarifText({ message, help }: Located, { scrub }: Secrets): string {
  return `${scrub(message)}${help === '' ? '' : `. ${scrub(help)}`}`
}

function sarifLocation({ file, path, range, text }: Located) {
  const logicalLocations = [{ fullyQualifiedName: path === '' ? maskText(file) : path }]
  if (text === null) return { logicalLocations }
  const artifactLocation = { uri: file.split('/').map(encodeURIComponent).join('/') }
  const physicalLocation =
    range === null
      ? { artifactLocation }
      : { artifactLocation, region: sarifRegion(range, endOf(range, text)) }
  return { physicalLocation, logicalLocations }
}

function sarifRegion(start: Position, end: Position) {
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  }
}

function startOf({ line, column }: Range): Position {
  return { line, column }
}

/** The position after the last character of a range. */
function endOf(range: Range, text: string | null): Position {
  const lines = (text ?? '').slice(range.start, range.end).split('\n')
  if (text === null || lines.length === 1) {
    return { line: range.line, column: range.column + range.end - range.start }
  }
  return { line: range.line + lines.length - 1, column: (lines.at(-1)?.length ?? 0) + 1 }
}
