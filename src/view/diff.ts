/** What changes on a node from one tree to the next: files, their rights, units and people. */

import { sha256 } from '../cli/io/world.ts'
import type { Rest, Tree, TreeEntry } from '../index.ts'
import { diffText, type Side, sizes } from './masked-diff.ts'

/** All differences as text; empty where there is none. */
export async function diffTrees(old: Tree, now: Tree): Promise<string> {
  const left = new Map(old.entries.map(entry => [entry.path, entry]))
  const right = new Map(now.entries.map(entry => [entry.path, entry]))
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort()
  const digests = await digestsOf([...old.entries, ...now.entries])
  const entries = paths.map(path => diffEntry(path, left.get(path), right.get(path), digests))
  const users = (tree: Tree) =>
    tree.users.flatMap(({ name, authorizedKeys }) => [
      name,
      ...authorizedKeys.map(key => `${name}: ${key}`),
    ])
  const sets =
    diffSet('enabled units', old.enabled, now.enabled) + diffSet('users', users(old), users(now))
  return entries.join('') + sets + diffRest(old.rest, now.rest)
}

/** Of what cannot be shown, only that it is not the same: it may hold secrets. */
function diffRest(old: readonly Rest[], now: readonly Rest[]): string {
  const textsOf = (rest: readonly Rest[], what: string) =>
    rest.filter(one => one.what === what).map(({ text }) => text)
  return [...new Set([...old, ...now].map(({ what }) => what))]
    .filter(what => textsOf(old, what).join() !== textsOf(now, what).join())
    .map(what => `diff ${what}\nit differs, and what comes of it is not shown\n`)
    .join('')
}

function diffEntry(
  path: string,
  old: TreeEntry | undefined,
  now: TreeEntry | undefined,
  digests: readonly string[],
): string {
  const facts = [
    ...(old === undefined ? [`new ${now?.kind} mode ${now && modeOf(now)} ${now?.owner}`] : []),
    ...(now === undefined ? [`deleted ${old?.kind}`] : []),
    ...(old && now ? changed('kind', old.kind, now.kind) : []),
    ...(old && now ? changed('mode', modeOf(old), modeOf(now)) : []),
    ...(old && now ? changed('owner', old.owner, now.owner) : []),
    ...(old && now ? changed('target', targetOf(old), targetOf(now)) : []),
  ]
  const content = diffContent(path, old, now, digests)
  if (facts.length === 0 && content === '') return ''
  const names = [
    `--- ${old === undefined ? '/dev/null' : `a${path}`}`,
    `+++ ${now === undefined ? '/dev/null' : `b${path}`}`,
  ]
  return [`diff ${path}`, ...facts, ...(content === '' ? [] : names), content].join('\n')
}

function changed(what: string, old: string, now: string): readonly string[] {
  return old === now ? [] : [`old ${what} ${old}`, `new ${what} ${now}`]
}

function diffContent(
  path: string,
  old: TreeEntry | undefined,
  now: TreeEntry | undefined,
  digests: readonly string[],
): string {
  const before = contentOf(old)
  const after = contentOf(now)
  if (
    (before === null && after === null) ||
    (before && after && Buffer.compare(before, after) === 0)
  )
    return ''
  const left = sideOf(before, old, now)
  const right = sideOf(after, old, now)
  if (left === 'binary' || right === 'binary') return sizes(before?.length ?? 0, after?.length ?? 0)
  return diffText(path, left, right, digests)
}

function contentOf(entry: TreeEntry | undefined): Uint8Array | null {
  return entry?.kind === 'file' ? entry.content : null
}

/** A file that is secret on one side is treated as secret on both. */
function sideOf(
  content: Uint8Array | null,
  ...entries: readonly (TreeEntry | undefined)[]
): Side | null | 'binary' {
  if (content === null) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    return text.includes('\0') ? 'binary' : { text, secret: entries.some(isSecret) }
  } catch {
    return 'binary'
  }
}

function isSecret(entry: TreeEntry | undefined): boolean {
  return entry?.kind === 'file' && (entry.mode & 0o044) === 0
}

/** The manifest must not help to guess a password. */
function digestsOf(entries: readonly TreeEntry[]): Promise<readonly string[]> {
  return Promise.all(
    entries.flatMap(entry =>
      isSecret(entry) ? [sha256(contentOf(entry) ?? new Uint8Array())] : [],
    ),
  )
}

function diffSet(what: string, old: readonly string[], now: readonly string[]): string {
  const lines = [
    ...old.filter(one => !now.includes(one)).map(one => `-${one}`),
    ...now.filter(one => !old.includes(one)).map(one => `+${one}`),
  ]
  return lines.length === 0 ? '' : `diff ${what}\n${lines.join('\n')}\n`
}

function modeOf({ mode }: TreeEntry): string {
  return mode.toString(8).padStart(4, '0')
}

function targetOf(entry: TreeEntry): string {
  return entry.kind === 'link' ? entry.target : ''
}
