/** Details of a config: plain values as texts that are compared line by line. */
import { isMapping, type Plain, type PlainMapping } from '../../codec/plain.ts'
import { compareText } from '../../codec/text.ts'
import type { Detail } from '../emitter.ts'

/** A plain value as a detail; nothing for an empty one. The order of the keys of a mapping does not count. */
export function detailOf(what: string, value: unknown): readonly Detail[] {
  return isEmpty(value) ? [] : [{ what, text: printDetail(value as Plain) }]
}

/** The details with unique names: details with the same name get a number. */
export function numbered(details: readonly Detail[]): readonly Detail[] {
  const counts = new Map<string, number>()
  return details.map(({ what, text }) => {
    const count = (counts.get(what) ?? 0) + 1
    counts.set(what, count)
    return { what: count === 1 ? what : `${what} (${count})`, text }
  })
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/**
 * A value as lines like those of YAML, without escapes in texts, so that secrets are found in them.
 * Different values have different texts.
 */
export function printDetail(value: Plain): string {
  return printBlock(value, '').replace(/^\n| /, '')
}

/** The text after `key:` or `-`: a space and one line, or a line break and several lines. */
function printBlock(value: Plain, margin: string): string {
  if (typeof value === 'string' && value.includes('\n')) return printLines(value, margin)
  if (Array.isArray(value) && value.length > 0) {
    return `\n${value.map((item: Plain) => `${margin}-${printItem(item, `${margin}  `)}`).join('')}`
  }
  if (isMapping(value) && Object.keys(value).length > 0) return `\n${printMapping(value, margin)}`
  return ` ${printInline(value)}\n`
}

/** A list inside a list, such as a command, is printed on one line. */
function printItem(item: Plain, margin: string): string {
  if (isMapping(item) && Object.keys(item).length > 0) {
    return ` ${printMapping(item, margin).trimStart()}`
  }
  const isFlat = Array.isArray(item) && item.every(isOneLine)
  return isFlat
    ? ` [${item.map(part => JSON.stringify(part)).join(', ')}]\n`
    : printBlock(item, margin)
}

function isOneLine(value: Plain): boolean {
  return typeof value === 'string' ? !value.includes('\n') : typeof value !== 'object'
}

function printMapping(value: PlainMapping, margin: string): string {
  const names = Object.keys(value).sort(compareText)
  return names
    .map(name => {
      const key = /^[\w./-]+$/.test(name) ? name : JSON.stringify(name)
      return `${margin}${key}:${printBlock(value[name] ?? null, `${margin}  `)}`
    })
    .join('')
}

function printLines(text: string, margin: string): string {
  const lines = text.split('\n').map(line => (line === '' ? '' : `${margin}${line}`))
  return text.endsWith('\n') ? ` |\n${lines.join('\n')}` : ` |-\n${lines.join('\n')}\n`
}

// Texts that look like another value, a key with its value, or a part of a list.
const ambiguous =
  /^(?:true|false|null|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|-|-\s.*|\|-?|["\s].*|.*\s|[[{](?![[ ]).*|\[\[(?! ).*|[\w./-]+:(?:\s.*)?|)$/is

function printInline(value: Plain): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return ambiguous.test(value) ? JSON.stringify(value) : value
}
