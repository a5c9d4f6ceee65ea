/** The state of a machine while a config is applied to it, step by step. */
import { parentsOf } from '../../plan/path.ts'
import { sortTree, type TreeEntry, type TreeUser } from '../../plan/tree.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Details, InspectedTree, Unmodelled } from '../emitter.ts'
import { report } from '../rules.ts'

/** The effects of a config on a machine so far; each step returns a new state. */
export interface MachineState {
  readonly entries: ReadonlyMap<string, TreeEntry>
  readonly enabled: ReadonlySet<string>
  readonly users: ReadonlyMap<string, TreeUser>
  /** Directories that were created only as parents of other entries. */
  readonly implied: ReadonlySet<string>
  /** The target of each entry that is a hard link, by the path of the entry. */
  readonly hardLinks: ReadonlyMap<string, string>
  readonly unmodelled: readonly Unmodelled[]
}

/** The state before a config is applied. */
export const emptyState: MachineState = {
  entries: new Map(),
  enabled: new Set(),
  users: new Map(),
  implied: new Set(),
  hardLinks: new Map(),
  unmodelled: [],
}

/** The state with these entries, each replacing an earlier entry at its path. */
export function withEntries(state: MachineState, ...entries: readonly TreeEntry[]): MachineState {
  const added = entries.map(entry => [entry.path, entry] as const)
  return { ...state, entries: new Map([...state.entries, ...added]) }
}

/** The tree of a state, without implied directories that have entries below them. */
export function toTree(state: MachineState, details: Details): InspectedTree {
  const entries = [...state.entries.values()]
  const parents = new Set(['/', ...entries.flatMap(entry => parentsOf(entry.path))])
  const isImplied = ({ kind, path }: TreeEntry) =>
    kind === 'directory' && state.implied.has(path) && parents.has(path)
  const tree = sortTree({
    entries: entries.filter(entry => !isImplied(entry)),
    enabled: [...state.enabled],
    users: [...state.users.values()],
  })
  return { ...tree, hardLinks: state.hardLinks, unmodelled: state.unmodelled, details }
}

/** One note for all parts of a config whose effect is not in the tree. */
export function unmodelledNotes({
  unmodelled,
}: Pick<MachineState, 'unmodelled'>): readonly Diagnostic[] {
  if (unmodelled.length === 0) return []
  return [report('inspect/not-modelled', [], { parts: unmodelled.map(({ what }) => what) })]
}

/** A path as Python's abspath normalizes it: from the root, without `.`, `..` and empty parts. */
export function absolute(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
