/** A machine that a config is tried on: what stands in the config becomes entries of a tree. */
import { type Rest, sortTree, type Tree, type TreeEntry, type TreeUser } from '../../plan/tree.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'

/** The state of an imagined machine; each step returns the next one. */
export interface Machine {
  readonly entries: ReadonlyMap<string, TreeEntry>
  readonly enabled: ReadonlySet<string>
  readonly users: ReadonlyMap<string, TreeUser>
  /** Directories made only that something can stand in them. */
  readonly implied: ReadonlySet<string>
  readonly rest: readonly Rest[]
}

/** A machine of which nothing is known. */
export const bareMachine: Machine = {
  entries: new Map(),
  enabled: new Set(),
  users: new Map(),
  implied: new Set(),
  rest: [],
}

/** The machine with these entries, each in the place of what was there. */
export function place(machine: Machine, ...entries: readonly TreeEntry[]): Machine {
  const placed = entries.map(entry => [entry.path, entry] as const)
  return { ...machine, entries: new Map([...machine.entries, ...placed]) }
}

/** The tree of a machine: directories on the way to something are not listed for themselves. */
export function treeOn(machine: Machine): Tree {
  const entries = [...machine.entries.values()]
  const needed = new Set(entries.flatMap(entry => foldersAbove(entry.path)))
  return sortTree({
    entries: entries.filter(
      entry =>
        !(machine.implied.has(entry.path) && entry.kind === 'directory' && needed.has(entry.path)),
    ),
    enabled: [...machine.enabled],
    users: [...machine.users.values()],
    rest: machine.rest,
  })
}

/** Says what the tree of a machine does not show. */
export function notShown({ rest }: Machine): readonly Diagnostic[] {
  return rest.map(({ at, what }) => report('inspect/not-shown', at, { what }))
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join('/') || '/')
}

/** A path as `abspath` writes it: from the root, without `.`, `..` and doubled slashes. */
export function absolute(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
