/** The differences between two configs on a node: files, modes, owners, units, users. */
import { sameBytes } from '../codec/bytes.ts'
import { sha256 } from '../codec/hash.ts'
import { compareText, decodeUtf8 } from '../codec/text.ts'
import type { Detail, InspectedTree, Unmodelled } from '../emit/emitter.ts'
import { printMode, type Tree, type TreeEntry } from '../plan/tree.ts'
import { diffText, renderSizes, type Side } from './masked-diff.ts'
import { printableName, printableText } from './printable.ts'

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
    diffFurther(before, after),
  ]
    .map(printableText)
    .join('')
}

function userLines({ users }: Tree): readonly string[] {
  return users.flatMap(({ name, authorizedKeys }) => [
    name,
    ...authorizedKeys.map(key => `${name}: ${key}`),
  ])
}

/** The parts that a tree does not show. The details of one format contain the parts that are not modelled. */
function diffFurther(before: InspectedTree, after: InspectedTree): string {
  return before.details.format === after.details.format
    ? diffDetails(before.details.parts, after.details.parts)
    : diffUnmodelled(before.unmodelled, after.unmodelled)
}

function diffDetails(before: readonly Detail[], after: readonly Detail[]): string {
  const textOf = (parts: readonly Detail[], what: string) =>
    parts.find(part => part.what === what)?.text ?? null
  return [...new Set([...before, ...after].map(({ what }) => what))]
    .map(what => [what, textOf(before, what), textOf(after, what)] as const)
    .filter(([, left, right]) => left !== right)
    .map(([what, left, right]) => {
      const secret = secretNames.test(what)
      const sideOf = (text: string | null) => (text === null ? null : { text, secret })
      return `diff ${printableName(what)}\n${diffText(what, sideOf(left), sideOf(right), [])}`
    })
    .join('')
}

/** Parts whose whole text is masked. */
const secretNames = /^the secret |(?:pas+w(?:or)?d|secret|token|credential|private)[\w-]*"?$/i

/** Configs of different formats have different parts for the same effect: they are named only. */
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
  const name = printableName(path)
  const names = [
    `--- ${before === undefined ? '/dev/null' : `a${name}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b${name}`}`,
  ]
  return [`diff ${name}`, ...properties, ...(content === '' ? [] : names), content].join('\n')
}

function changedProperties(before: Entry, after: Entry): readonly string[] {
  if (before === undefined && after !== undefined) {
    const target = after.kind === 'link' ? ` -> ${after.target}` : ''
    return [
      `new ${after.kind} mode ${printMode(after.mode)} ${printableName(after.owner + target)}`,
    ]
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
  return before === after
    ? []
    : [`old ${what} ${printableName(before)}`, `new ${what} ${printableName(after)}`]
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

/** A file that other users cannot read, or that contains passwords by its purpose. */
function isSecret(entry: Entry): boolean {
  return (
    entry?.kind === 'file' &&
    ((entry.mode & 0o004) === 0 || /\/[._](netrc|pgpass)$/.test(entry.path))
  )
}

/** Digests are masked like secrets: with a digest in the manifest, a password could be guessed offline. */
function secretDigests(entries: readonly TreeEntry[]): readonly string[] {
  return entries.flatMap(entry =>
    entry.kind === 'file' && isSecret(entry) ? [sha256(entry.content)] : [],
  )
}

function diffSet(what: string, before: readonly string[], after: readonly string[]): string {
  const lines = [
    ...before.filter(item => !after.includes(item)).map(item => `-${printableName(item)}`),
    ...after.filter(item => !before.includes(item)).map(item => `+${printableName(item)}`),
  ]
  return lines.length === 0 ? '' : `diff ${what}\n${lines.join('\n')}\n`
}

function targetOf(entry: TreeEntry): string {
  return entry.kind === 'link' ? entry.target : ''
}
