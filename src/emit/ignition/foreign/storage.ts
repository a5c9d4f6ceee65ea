/**
 * The directories, files and links that Ignition creates: github.com/coreos/ignition
 * internal/exec/stages/files/filesystemEntries.go.
 */
import { concatBytes } from '../../../codec/bytes.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import type { TreeEntry } from '../../../plan/tree.ts'
import {
  collectOutcomes,
  type Diagnostic,
  failure,
  type Outcome,
  success,
} from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { report } from '../../rules.ts'
import { failsAt } from './finding.ts'
import { fieldOf, objectAt, objectsAt, textAt } from './json-values.ts'
import { ownerOf } from './owners.ts'
import { bytesOf } from './resource.ts'
import { realPath, resolvePath, type Sysroot, setgid, writeEntry } from './sysroot.ts'

/** An entry with the field that describes it. */
interface Node {
  readonly value: PlainMapping
  readonly entry: TreeEntry
  readonly path: Path
}

/** Creates the entries of `storage`: directories, files and links by their depth, then hard links. */
export function createEntries(storage: PlainMapping, sysroot: Sysroot): readonly Diagnostic[] {
  const files = collectOutcomes(
    objectsAt(storage, 'files').map((file, index) => fileNode(file, ['storage', 'files', index])),
  )
  const links = nodesAt(storage, 'links', linkEntry)
  const isHard = ({ value }: Node) => fieldOf(value, 'hard') === true
  const ordered = [
    ...nodesAt(storage, 'directories', directoryEntry),
    ...(files.ok ? files.value : []),
    ...links.filter(node => !isHard(node)),
  ].sort((a, b) => depthOf(a.entry.path) - depthOf(b.entry.path))
  return [
    ...files.diagnostics,
    ...ordered.flatMap(node => create(node, sysroot, group => withDefaults(node, sysroot, group))),
    ...links.filter(isHard).flatMap(node => createHardLink(node, sysroot)),
  ]
}

function nodesAt(
  storage: PlainMapping,
  list: string,
  entryOf: (value: PlainMapping) => TreeEntry,
): readonly Node[] {
  return objectsAt(storage, list).map((value, index) => ({
    value,
    entry: entryOf(value),
    path: ['storage', list, index],
  }))
}

function depthOf(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1
}

function create(
  { entry, path }: Node,
  sysroot: Sysroot,
  entryIn: (group: string | null) => TreeEntry,
): readonly Diagnostic[] {
  const obstacle = writeEntry(sysroot, entry.path, entryIn)
  return obstacle === null ? [] : [failsAt(path, obstacle.cause, obstacle.detail)]
}

/**
 * The entry with the owner and the mode that the config leaves open: a link takes the owner of the entry
 * that it points to, where that exists; other entries take those of a directory with setgid.
 */
function withDefaults({ value, entry }: Node, sysroot: Sysroot, group: string | null): TreeEntry {
  if (entry.kind === 'link') {
    const path = `${entry.path.slice(0, entry.path.lastIndexOf('/'))}/${entry.target}`
    const target = entry.target.startsWith('/') ? null : realPath(sysroot, path)
    const owner = sysroot.entries.get(target ?? '')?.owner ?? 'root:root'
    return { ...entry, owner: ownerOf(value, owner, 'root:root') }
  }
  if (group === null) return entry
  const isModeOpen = entry.kind === 'directory' && typeof fieldOf(value, 'mode') !== 'number'
  const mode = isModeOpen ? entry.mode | setgid : entry.mode
  return { ...entry, mode, owner: ownerOf(value, `root:${group}`, `root:${group}`) }
}

/** A second entry of the file, or of the link, at the target; a relative target starts at the root. */
function createHardLink(node: Node, sysroot: Sysroot): readonly Diagnostic[] {
  const { entries, parents, hardLinks } = sysroot
  const { path } = node.entry
  const resolved = resolvePath(sysroot, textAt(node.value, 'target') ?? '')
  if (resolved.kind === 'obstacle') {
    return [failsAt(node.path, resolved.obstacle.cause, resolved.obstacle.detail)]
  }
  const target = resolved.kind === 'path' ? resolved.path : (textAt(node.value, 'target') ?? '')
  const existing = resolved.kind === 'path' ? entries.get(target) : undefined
  if (existing?.kind === 'directory' || parents.has(target)) {
    return [failsAt(node.path, 'hard-link-to-directory', target)]
  }
  hardLinks.set(path, target)
  if (existing !== undefined) return create(node, sysroot, () => ({ ...existing, path }))
  const args = { path, cause: 'hard-link-target', detail: target } as const
  const content = new Uint8Array(0)
  return [
    report('inspect/unknown-content', node.path, args),
    ...create(node, sysroot, () => ({
      ...{ kind: 'file', path, mode: 0o644, owner: 'root:root', content },
    })),
  ]
}

function fileNode(file: PlainMapping, path: Path): Outcome<Node> {
  const name = textAt(file, 'path') ?? ''
  const contents = objectAt(file, 'contents')
  const appended = objectsAt(file, 'append')
  // Ignition ends with a nil pointer here.
  const sourceless = appended.findIndex(value => textAt(value, 'source') === null)
  if (sourceless >= 0) return failure([failsAt([...path, 'append', sourceless], 'source-missing')])
  const parts = collectOutcomes([
    bytesOf({ value: contents, name, path: [...path, 'contents'] }),
    ...appended.map((value, index) => bytesOf({ value, name, path: [...path, 'append', index] })),
  ])
  if (!parts.ok) return parts
  const entry: TreeEntry = {
    kind: 'file',
    path: name,
    mode: modeOf(file, 0o644),
    owner: ownerOf(file),
    content: appended.length === 0 ? (parts.value[0] as Uint8Array) : concatBytes(parts.value),
  }
  const cause = appended.length > 0 ? 'appended-to-existing' : 'kept-if-existing'
  const isKept = textAt(contents, 'source') === null
  const warnings = isKept
    ? [report('inspect/unknown-content', path, { path: name, cause, detail: '' })]
    : []
  return success({ value: file, entry, path }, [...parts.diagnostics, ...warnings])
}

function directoryEntry(directory: PlainMapping): TreeEntry {
  return {
    kind: 'directory',
    path: textAt(directory, 'path') ?? '',
    mode: modeOf(directory, 0o755),
    owner: ownerOf(directory),
  }
}

function linkEntry(link: PlainMapping): TreeEntry {
  return {
    kind: 'link',
    path: textAt(link, 'path') ?? '',
    mode: 0o777,
    owner: ownerOf(link),
    target: textAt(link, 'target') ?? '',
  }
}

function modeOf(node: PlainMapping, defaultMode: number): number {
  const mode = fieldOf(node, 'mode')
  return typeof mode === 'number' ? mode : defaultMode
}
