/** The differences between two configs on a node: files, modes, owners, units, users. */
import { sameBytes } from '../codec/bytes.ts'
import { sha256 } from '../codec/hash.ts'
import { compareText, decodeUtf8 } from '../codec/text.ts'
import type { InspectedTree, Unmodelled } from '../emit/emitter.ts'
import { printMode, type Tree, type TreeEntry } from '../plan/tree.ts'
import { diffText, renderSizes, type Side } from './masked-diff.ts'

/** All differences as text, secrets masked; empty where there is none. */
export function renderDiff(before: InspectedTree, after: InspectedTree): string {
  const beforeEntries = new Map(before.entries.map(entry => [entry.path, entry]))
  const afterEntries = new Map(after.entries.map(entry => [entry.path, entry]))
  const paths = [...new Set([...beforeEntries.keys(), ...afterEntries.keys()])].sort(compareText)
  const digests = secretDigests([...before.entries, ...after.entries])
  const entries = paths.map(path =>
    diffEntry(path, beforeEntries.get(path), afterEntries.get(path), digests),
  )
  return [
    ...entries,
    diffSet('enabled units', before.enabled, after.enabled),
    diffSet('users', userLines(before), userLines(after)),
    diffUnmodelled(before.unmodelled, after.unmodelled),
  ].join('')
}

function userLines({ users }: Tree): readonly string[] {
  return users.flatMap(({ name, authorizedKeys }) => [
    name,
    ...authorizedKeys.map(key => `${name}: ${key}`),
  ])
}

/** Parts without a known effect are named only: their text may hold secrets. */
function diffUnmodelled(before: readonly Unmodelled[], after: readonly Unmodelled[]): string {
  const textsOf = (parts: readonly Unmodelled[], what: string) =>
    JSON.stringify(parts.filter(part => part.what === what).map(({ text }) => text))
  return [...new Set([...before, ...after].map(({ what }) => what))]
    .filter(what => textsOf(before, what) !== textsOf(after, what))
    .map(what => `diff ${what}\nit differs; its effect on the node is not modelled\n`)
    .join('')
}

type Entry = TreeEntry | undefined

function diffEntry(path: string, before: Entry, after: Entry, digests: readonly string[]): string {
  const properties = changedProperties(before, after)
  const content = diffContent(path, before, after, digests)
  if (properties.length === 0 && content === '') return ''
  const names = [
    `--- ${before === undefined ? '/dev/null' : `a${path}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b${path}`}`,
  ]
  return [`diff ${path}`, ...properties, ...(content === '' ? [] : names), content].join('\n')
}

function changedProperties(before: Entry, after: Entry): readonly string[] {
  if (before === undefined && after !== undefined) {
    return [`new ${after.kind} mode ${printMode(after.mode)} ${after.owner}`]
  }
  if (before === undefined || after === undefined) return [`deleted ${before?.kind}`]
  return [
    ...changed('kind', before.kind, after.kind),
    ...changed('mode', printMode(before.mode), printMode(after.mode)),
    ...changed('owner', before.owner, after.owner),
    ...changed('target', targetOf(before), targetOf(after)),
  ]
}

function changed(what: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`old ${what} ${before}`, `new ${what} ${after}`]
}

function diffContent(
  path: string,
  before: Entry,
  after: Entry,
  digests: readonly string[],
): string {
  const left = contentOf(before)
  const right = contentOf(after)
  if (left === null ? right === null : right !== null && sameBytes(left, right)) return ''
  // A file that is secret on one side is treated as secret on both.
  const secret = isSecret(before) || isSecret(after)
  const leftSide = sideOf(left, secret)
  const rightSide = sideOf(right, secret)
  if (leftSide === 'binary' || rightSide === 'binary') {
    return renderSizes(left?.length ?? 0, right?.length ?? 0)
  }
  return diffText(path, leftSide, rightSide, digests)
}

function contentOf(entry: Entry): Uint8Array | null {
  return entry?.kind === 'file' ? entry.content : null
}

function sideOf(content: Uint8Array | null, secret: boolean): Side | null | 'binary' {
  if (content === null) return null
  const text = decodeUtf8(content)
  return text === null || text.includes('\0') ? 'binary' : { text, secret }
}

function isSecret(entry: Entry): boolean {
  return entry?.kind === 'file' && (entry.mode & 0o044) === 0
}

/** Digests are masked like secrets: with a digest in the manifest, a password could be guessed offline. */
function secretDigests(entries: readonly TreeEntry[]): readonly string[] {
  return entries.flatMap(entry =>
    entry.kind === 'file' && isSecret(entry) ? [sha256(entry.content)] : [],
  )
}

function diffSet(what: string, before: readonly string[], after: readonly string[]): string {
  const lines = [
    ...before.filter(item => !after.includes(item)).map(item => `-${item}`),
    ...after.filter(item => !before.includes(item)).map(item => `+${item}`),
  ]
  return lines.length === 0 ? '' : `diff ${what}\n${lines.join('\n')}\n`
}

function targetOf(entry: TreeEntry): string {
  return entry.kind === 'link' ? entry.target : ''
}
