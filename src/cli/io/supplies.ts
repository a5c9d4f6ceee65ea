/** What a spec asks of the world, fetched: files and folders below the spec's own, and variables. */
import { type Diagnostic, type Need, report, type Supplies, type TreeItem } from '../../index.ts'
import {
  fileType,
  isExecutable,
  join,
  linkTarget,
  listFolder,
  locateBelow,
  type Read,
  readFile,
} from './files.ts'
import { environmentVariable } from './process.ts'

/** A node's configuration is far smaller; more is a mistake in a path. */
const maxBytes = 32 << 20

/** Fetches every need once; each failure is told where the spec first asks for it. */
export function fetchSupplies(
  needs: readonly Need[],
  folder: string,
  allowed: ReadonlySet<string>,
): { readonly supplies: Supplies; readonly diagnostics: readonly Diagnostic[] } {
  const files = new Map<string, Uint8Array>()
  const trees = new Map<string, readonly TreeItem[]>()
  const env = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const seen = new Set<string>()
  for (const need of needs) {
    const word = wordOf(need)
    if (seen.has(`${need.kind} ${word}`)) continue
    seen.add(`${need.kind} ${word}`)
    const told = fetchOne(need, word)
    if (told !== null) diagnostics.push(told)
  }
  return { supplies: { files, trees, env }, diagnostics }

  function fetchOne(need: Need, word: string): Diagnostic | null {
    if (need.kind === 'env') {
      const value = environmentVariable(word)
      if (value === undefined) return report('spec/variable-unset', need.from, { name: word })
      env.set(word, value)
      return null
    }
    const place = allowed.has(word) ? { ok: true as const, value: word } : locateBelow(folder, word)
    if ('outside' in place) return report('spec/outside-folder', need.from, { file: word })
    const reason = place.ok ? take(need, word, place.value) : place.reason
    return reason === null
      ? null
      : report('spec/file-unreadable', need.from, { file: word, why: reason })
  }

  function take(need: Need, word: string, place: string): string | null {
    const read = need.kind === 'tree' ? readTree(place) : readWhole(place, allowed.has(word))
    if (!read.ok) return read.reason
    if (read.value instanceof Uint8Array) files.set(word, read.value)
    else trees.set(word, read.value)
    return null
  }
}

function wordOf(need: Need): string {
  return need.kind === 'env' ? need.name : need.kind === 'file' ? need.file : need.folder
}

function readWhole(path: string, mayBePipe: boolean): Read<Uint8Array> {
  // Reading a pipe or a device that a spec names could wait for ever.
  if (fileType(path) === 'other' && !mayBePipe)
    return { ok: false, reason: 'it is no regular file' }
  const read = readFile(path, maxBytes)
  return read.ok && read.value.length > maxBytes ? tooLarge : read
}

const tooLarge = { ok: false, reason: `it has more than ${maxBytes >> 20} MiB` } as const

function readTree(folder: string): Read<readonly TreeItem[]> {
  if (fileType(folder) !== 'folder') return { ok: false, reason: 'it is no folder' }
  const items: TreeItem[] = []
  let room = maxBytes
  const walk = (path: string): string | null => {
    for (const name of listFolder(join(folder, path))) {
      const below = path === '' ? name : `${path}/${name}`
      const full = join(folder, below)
      const kind = fileType(full)
      if (kind === 'folder') {
        items.push({ kind: 'directory', path: below })
        const reason = walk(below)
        if (reason !== null) return reason
      } else if (kind === 'link')
        items.push({ kind: 'link', path: below, target: linkTarget(full) })
      else if (kind === 'file') {
        const read = readFile(full, room)
        if (!read.ok) return `${below}: ${read.reason}`
        room -= read.value.length
        if (room < 0) return tooLarge.reason
        items.push({
          kind: 'file',
          path: below,
          content: read.value,
          executable: isExecutable(full),
        })
      } else return `${below} is neither a file nor a folder nor a link`
    }
    return null
  }
  const reason = walk('')
  return reason === null ? { ok: true, value: items } : { ok: false, reason }
}
