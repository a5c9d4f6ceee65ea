/** The tree that an Ignition 3 config of any origin creates on a machine: decoded, verified and merged. */
import { concatBytes } from '../../codec/bytes.ts'
import type { PlainMapping } from '../../codec/plain.ts'
import { decodeUtf8, encodeUtf8 } from '../../codec/text.ts'
import { type TreeEntry, type TreeUser, unitDirectory } from '../../plan/tree.ts'
import { andThen, collectOutcomes, type Outcome, success } from '../../report/diagnostic.ts'
import type { InspectedTree } from '../emitter.ts'
import {
  absolute,
  emptyState,
  type MachineState,
  toTree,
  unmodelledNotes,
  withEntries,
} from '../foreign/machine-state.ts'
import { report } from '../rules.ts'
import { configOf } from './foreign/config-tree.ts'
import { detailsOf } from './foreign/ignition-details.ts'
import { fieldOf, listAt, objectAt, objectsAt, textAt } from './foreign/json-values.ts'
import { bytesOf } from './foreign/resource.ts'
import { unmodelledIn } from './foreign/unmodelled-fields.ts'

/** Whether the bytes are a JSON object with the key `ignition`, or invalid JSON that begins with it. */
export function isIgnition(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  if (text === null || !/^\s*\{/.test(text)) return false
  try {
    return Object.hasOwn(JSON.parse(text), 'ignition')
  } catch {
    return /^\s*\{\s*"ignition"\s*:/.test(text)
  }
}

/** The tree that an uncompressed Ignition config creates. */
export function inspectIgnition(bytes: Uint8Array): Outcome<InspectedTree> {
  return andThen(configOf(bytes), config => {
    const files = objectsAt(objectAt(config, 'storage'), 'files').map(fileOf)
    return andThen(collectOutcomes(files), entries => {
      const state = stateOf(config, entries)
      return success(toTree(state, detailsOf(config)), unmodelledNotes(state))
    })
  })
}

function fileOf(file: PlainMapping, index: number): Outcome<TreeEntry> {
  const configPath = ['storage', 'files', index]
  const path = absolute(textAt(file, 'path') ?? '')
  const resources = [objectAt(file, 'contents'), ...objectsAt(file, 'append')]
  const parts = collectOutcomes(resources.map(resource => bytesOf(resource, path, configPath)))
  return andThen(parts, contents => {
    const entry = {
      kind: 'file' as const,
      path,
      mode: modeOf(file, 0o644),
      owner: ownerOf(file),
      content: concatBytes(contents),
    }
    const isAppended =
      listAt(file, 'append').length > 0 && textAt(objectAt(file, 'contents'), 'source') === null
    const args = { path, cause: 'appended-to-existing', detail: '' } as const
    return success(entry, isAppended ? [report('inspect/unknown-content', configPath, args)] : [])
  })
}

function stateOf(config: PlainMapping, files: readonly TreeEntry[]): MachineState {
  const storage = objectAt(config, 'storage')
  const directories = objectsAt(storage, 'directories').map(directory => ({
    kind: 'directory' as const,
    path: absolute(textAt(directory, 'path') ?? ''),
    mode: modeOf(directory, 0o755),
    owner: ownerOf(directory),
  }))
  const units = objectsAt(objectAt(config, 'systemd'), 'units')
  const entries = [...files, ...directories, ...units.flatMap(unitEntries)]
  const links = objectsAt(storage, 'links').map(link => linkOf(link, entries))
  const enabled = units.filter(unit => fieldOf(unit, 'enabled') === true)
  return {
    ...withEntries(emptyState, ...entries, ...links),
    enabled: new Set(enabled.map(unit => textAt(unit, 'name') ?? '')),
    users: new Map(objectsAt(objectAt(config, 'passwd'), 'users').flatMap(userOf)),
    unmodelled: unmodelledIn(config),
  }
}

/** The file of a unit, its drop-ins, or the link that masks it. */
function unitEntries(unit: PlainMapping): readonly TreeEntry[] {
  const path = `${unitDirectory}/${textAt(unit, 'name') ?? ''}`
  const owner = 'root:root'
  if (fieldOf(unit, 'mask') === true) {
    return [{ kind: 'link', path, mode: 0o777, owner, target: '/dev/null' }]
  }
  const fileAt = (filePath: string, text: string | null): readonly TreeEntry[] =>
    text === null || text === ''
      ? []
      : [{ kind: 'file', path: filePath, mode: 0o644, owner, content: encodeUtf8(text) }]
  return [
    ...fileAt(path, textAt(unit, 'contents')),
    ...objectsAt(unit, 'dropins').flatMap(dropin =>
      fileAt(`${path}.d/${textAt(dropin, 'name') ?? ''}`, textAt(dropin, 'contents')),
    ),
  ]
}

/** A hard link becomes a second entry of the file that it names. */
function linkOf(link: PlainMapping, entries: readonly TreeEntry[]): TreeEntry {
  const path = absolute(textAt(link, 'path') ?? '')
  const target = textAt(link, 'target') ?? ''
  const file = entries.find(entry => entry.kind === 'file' && entry.path === absolute(target))
  if (fieldOf(link, 'hard') === true && file !== undefined) return { ...file, path }
  return { kind: 'link', path, mode: 0o777, owner: ownerOf(link), target }
}

function userOf(user: PlainMapping): readonly (readonly [string, TreeUser])[] {
  const name = textAt(user, 'name')
  if (name === null || fieldOf(user, 'shouldExist') === false) return []
  const authorizedKeys = listAt(user, 'sshAuthorizedKeys').filter(key => typeof key === 'string')
  return [[name, { name, authorizedKeys }]]
}

function modeOf(entry: PlainMapping, defaultMode: number): number {
  const mode = fieldOf(entry, 'mode')
  return typeof mode === 'number' ? mode & 0o7777 : defaultMode
}

function ownerOf(entry: PlainMapping): string {
  return `${nameOf(objectAt(entry, 'user'))}:${nameOf(objectAt(entry, 'group'))}`
}

function nameOf(owner: PlainMapping): string {
  const id = fieldOf(owner, 'id')
  if (typeof id === 'number' && id !== 0) return String(id)
  return textAt(owner, 'name') ?? 'root'
}
