/** Reads the references of a spec: files and folders below its own folder, and environment variables. */
import type { Decrypted, FetchFailure, Need, SopsFailure, Supplies, TreeItem } from '../../index.ts'
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
import { environment, environmentVariable } from './process.ts'

/** The limit of one file, and of all files of one folder together. */
const maxBytes = 32 << 20

/** Reads every need once; a failure is part of the result and is reported by the core. */
export async function readSupplies(
  needs: readonly Need[],
  folder: string,
  allowed: ReadonlySet<string>,
): Promise<Supplies> {
  const files = new Map<string, Uint8Array | FetchFailure>()
  const trees = new Map<string, readonly TreeItem[] | FetchFailure>()
  const env = new Map<string, string>()
  const sops = new Map<string, Decrypted | SopsFailure | FetchFailure>()
  for (const need of needs) {
    switch (need.kind) {
      case 'env': {
        const value = environmentVariable(need.name)
        if (value !== undefined) env.set(need.name, value)
        break
      }
      case 'file':
        if (!files.has(need.file)) files.set(need.file, readReference(need.file, readWholeFile))
        break
      case 'tree':
        if (!trees.has(need.folder)) trees.set(need.folder, readReference(need.folder, readTree))
        break
      case 'sops':
        if (!sops.has(need.file)) sops.set(need.file, await decryptReference(need.file))
    }
  }
  return { files, trees, env, sops }

  async function decryptReference(reference: string) {
    const file = readReference(reference, readEncrypted)
    if ('failed' in file) return file
    // The import is here because most specs have no SOPS file, and its modules of Node take time to load.
    const { decryptSops } = await import('../../secrets/sops.ts')
    return decryptSops(file, environment())
  }

  function readReference<T>(
    reference: string,
    read: (path: string, mayBePipe: boolean) => Read<T>,
  ): T | FetchFailure {
    const isAllowed = allowed.has(reference)
    const located = isAllowed
      ? { ok: true as const, value: reference }
      : locateBelow(folder, reference)
    if ('outside' in located) return { failed: 'outside-folder' }
    const result = located.ok ? read(located.value, isAllowed) : located
    return result.ok ? result.value : { failed: 'unreadable', reason: result.reason }
  }
}

function readWholeFile(path: string, mayBePipe: boolean): Read<Uint8Array> {
  // Reading a pipe or a device could block without end.
  if (fileType(path) === 'other' && !mayBePipe) return { ok: false, reason: 'not a regular file' }
  const read = readFile(path, maxBytes)
  return read.ok && read.value.length > maxBytes ? tooLarge : read
}

function readEncrypted(path: string) {
  const read = readWholeFile(path, false)
  return read.ok ? { ok: true as const, value: { path, bytes: read.value } } : read
}

const tooLarge = { ok: false, reason: `larger than ${maxBytes >> 20} MiB` } as const

function readTree(folder: string): Read<readonly TreeItem[]> {
  if (fileType(folder) !== 'folder') return { ok: false, reason: 'not a folder' }
  const items: TreeItem[] = []
  let remainingBytes = maxBytes
  const reason = addItems('')
  return reason === null ? { ok: true, value: items } : { ok: false, reason }

  function addItems(path: string): string | null {
    for (const name of listFolder(join(folder, path))) {
      const reason = addItem(path === '' ? name : `${path}/${name}`)
      if (reason !== null) return reason
    }
    return null
  }

  function addItem(path: string): string | null {
    const full = join(folder, path)
    switch (fileType(full)) {
      case 'folder':
        items.push({ kind: 'directory', path })
        return addItems(path)
      case 'link':
        items.push({ kind: 'link', path, target: linkTarget(full) })
        return null
      case 'file': {
        const read = readFile(full, remainingBytes)
        if (!read.ok) return `${path}: ${read.reason}`
        remainingBytes -= read.value.length
        if (remainingBytes < 0) return tooLarge.reason
        const executable = isExecutable(full)
        items.push({ kind: 'file', path, content: read.value, executable })
        return null
      }
      default:
        return `${path} is not a file, a folder or a symbolic link`
    }
  }
}
