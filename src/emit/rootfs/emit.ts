/**
 * Writes a plan as a tar archive that is unpacked over a root file system, for images that are built
 * without a configuration tool. Owners are numbers; units are enabled by symbolic links.
 */
import { printTar, type TarEntry } from '../../codec/tar.ts'
import { parentsOf } from '../../plan/path.ts'
import type { NodePlan, PlanUnit } from '../../plan/plan.ts'
import { sortTree, type TreeEntry, treeOf } from '../../plan/tree.ts'
import { checked, type Diagnostic, type Outcome } from '../../report/diagnostic.ts'
import type { Artifact, Want } from '../emitter.ts'
import { wrap } from '../envelope.ts'
import { report } from '../rules.ts'
import { impliedComment, printEnabled } from './comments.ts'
import { enableUnit, type Problem, unitTexts } from './enabled-links.ts'

/** The archive of a plan. */
export function emitRootfs(plan: NodePlan, want: Want): Outcome<Artifact> {
  const tree = treeOf(plan)
  const { links, diagnostics } = enabledLinks(plan, tree.entries)
  const planned = new Map(tree.entries.map(entry => [entry.path, entry]))
  const added = links.filter(link => !planned.has(link.path))
  // No entries for parent directories: tar creates missing ones, and an entry would replace a
  // symbolic link of the system, such as /etc/ssl/certs, by a directory.
  const sorted = sortTree({ ...tree, entries: [...tree.entries, ...added] }).entries
  const bytes = printTar({
    comment: printEnabled(tree.enabled),
    entries: sorted.map(entry =>
      tarEntryOf(entry, planned.has(entry.path) ? null : impliedComment),
    ),
  })
  const artifact = {
    node: plan.name,
    path: 'rootfs.tar',
    bytes,
    mediaType: 'application/x-tar',
    secret: plan.files.some(file => file.secret),
  }
  return checked(
    want.gzip === 'always' ? wrap({ ...artifact, path: 'rootfs.tar.gz' }, 'gzip') : artifact,
    diagnostics,
  )
}

type Link = Extract<TreeEntry, { kind: 'link' }>

/** The links of all enabled units, with an error where one cannot be created. */
function enabledLinks(plan: NodePlan, planned: readonly TreeEntry[]) {
  const entriesByPath = new Map(planned.map(entry => [entry.path, entry]))
  const texts = unitTexts(plan)
  const links: Link[] = []
  const diagnostics: Diagnostic[] = []
  for (const unit of plan.units.filter(({ enabled }) => enabled)) {
    const enabling = enableUnit(unit.name, texts)
    diagnostics.push(...enabling.problems.map(problem => cannotEnable(unit, problem)))
    for (const { path, target } of enabling.links) {
      const obstacle = obstacleAt(path, target, entriesByPath)
      if (obstacle !== null) {
        diagnostics.push(cannotEnable(unit, { cause: 'path-taken', detail: obstacle }))
        continue
      }
      const link = { kind: 'link' as const, path, target, mode: 0o777, owner: 'root:root' }
      if (!entriesByPath.has(path)) links.push(link)
      entriesByPath.set(path, link)
    }
  }
  return { links, diagnostics }
}

function cannotEnable(unit: PlanUnit, { cause, detail }: Problem): Diagnostic {
  const args = { format: 'rootfs', item: 'enabled-unit', name: unit.name, cause, detail } as const
  return report('emit/cannot-carry', unit.from, args)
}

/** The path of an entry that prevents a link; null where there is none, or the same link. */
function obstacleAt(
  path: string,
  target: string,
  entriesByPath: ReadonlyMap<string, TreeEntry>,
): string | null {
  const existing = entriesByPath.get(path)
  if (existing !== undefined) {
    return existing.kind === 'link' && existing.target === target ? null : path
  }
  return (
    parentsOf(path).find(
      parent => (entriesByPath.get(parent)?.kind ?? 'directory') !== 'directory',
    ) ?? null
  )
}

function tarEntryOf(entry: TreeEntry, comment: string | null): TarEntry {
  const header = {
    path: entry.path.replace(/^\/+/, ''),
    mode: entry.mode,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    comment,
  }
  switch (entry.kind) {
    case 'file':
      return { ...header, kind: 'file', content: entry.content }
    case 'link':
      return { ...header, kind: 'link', target: entry.target }
    case 'directory':
      return { ...header, kind: 'directory' }
  }
}
