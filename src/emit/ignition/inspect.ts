/** What any Ignition 3 config leaves on a machine: decoded, verified, with what it merges in. */
import { decodeUtf8, encodeUtf8 } from '../../codec/text.ts'
import { type Rest, type Tree, type TreeEntry, type TreeUser, unitFolder } from '../../plan/tree.ts'
import {
  andThen,
  type Diagnostic,
  failure,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import {
  absolute,
  bareMachine,
  type Machine,
  notShown,
  place,
  treeOn,
} from '../foreign/machine-state.ts'
import { report } from '../rules.ts'
import {
  isObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  objectsAt,
  own,
  textAt,
} from './foreign/json.ts'
import { mergeConfigs } from './foreign/merge.ts'
import { bytesOf } from './foreign/resource.ts'

/** Whether the bytes are a JSON object with the key `ignition`, or the broken beginning of one. */
export function isIgnition(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  if (text === null || !/^\s*\{/.test(text)) return false
  try {
    return Object.hasOwn(JSON.parse(text), 'ignition')
  } catch {
    return /^\s*\{\s*"ignition"\s*:/.test(text)
  }
}

/** Reads an Ignition config back into the tree that it leaves. */
export function inspectIgnition(bytes: Uint8Array): Outcome<Tree> {
  return andThen(configOf(bytes, [], maxDepth), config => {
    const files = objectsAt(objectAt(config, 'storage'), 'files').map(fileOf)
    return andThen(all(files), found => {
      const machine = machineOf(config, found)
      return success(treeOn(machine), notShown(machine))
    })
  })
}

const maxDepth = 8

/** The config with all that it is replaced by or merges in. */
function configOf(bytes: Uint8Array, at: Path, depth: number): Outcome<JsonObject> {
  const value = jsonOf(bytes)
  if (!isObject(value)) return unreadable('the config', at, 'it is no JSON object')
  const version = textAt(objectAt(value, 'ignition'), 'version')
  if (version === null) return unreadable('the config', at, 'it has no ignition.version')
  if (/^[12]\./.test(version)) return failure([report('inspect/version-two', at, { version })])
  if (!/^3\.\d+\.\d+(-experimental)?$/.test(version)) {
    return unreadable('the config', at, `there is no version "${version}"`)
  }
  if (depth === 0) return unreadable('the config', at, 'it merges itself too deeply')
  return withConfigs(value, at, depth)
}

function withConfigs(config: JsonObject, at: Path, depth: number): Outcome<JsonObject> {
  const settings = objectAt(objectAt(config, 'ignition'), 'config')
  const here = [...at, 'ignition', 'config']
  const replace = objectAt(settings, 'replace')
  if (textAt(replace, 'source') !== null) return childOf(replace, [...here, 'replace'], depth)
  const children = objectsAt(settings, 'merge').map((child, index) =>
    childOf(child, [...here, 'merge', index], depth),
  )
  return andThen(all(children), configs => success(configs.reduce(mergeConfigs, config)))
}

function childOf(resource: JsonObject, at: Path, depth: number): Outcome<JsonObject> {
  return andThen(bytesOf(resource, 'a merged config', at), bytes => {
    const remote = bytes.length === 0 && !(textAt(resource, 'source') ?? '').startsWith('data:')
    return remote ? success({}) : configOf(bytes, at, depth - 1)
  })
}

function jsonOf(bytes: Uint8Array): Json {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? '') as Json
  } catch {
    return null // JSON.parse says no by throwing.
  }
}

function unreadable(what: string, at: Path, why: string): Outcome<never> {
  return failure([report('inspect/unreadable', at, { what, why })])
}

/** All values, or everything that prevents one. */
function all<T>(outcomes: readonly Outcome<T>[]): Outcome<readonly T[]> {
  const diagnostics: readonly Diagnostic[] = outcomes.flatMap(outcome => outcome.diagnostics)
  const values = outcomes.flatMap(outcome => (outcome.ok ? [outcome.value] : []))
  return values.length === outcomes.length ? success(values, diagnostics) : failure(diagnostics)
}

function fileOf(file: JsonObject, index: number): Outcome<TreeEntry> {
  const at = ['storage', 'files', index]
  const path = absolute(textAt(file, 'path') ?? '')
  const resources = [objectAt(file, 'contents'), ...objectsAt(file, 'append')]
  return andThen(all(resources.map(resource => bytesOf(resource, path, at))), parts => {
    const content = parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts)
    const entry = {
      kind: 'file' as const,
      path,
      mode: modeOf(file, 0o644),
      owner: ownerOf(file),
      content,
    }
    const added =
      listAt(file, 'append').length > 0 && textAt(objectAt(file, 'contents'), 'source') === null
    const why = 'it is added to what is there'
    return success(entry, added ? [report('inspect/unknown-content', at, { path, why })] : [])
  })
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

function machineOf(config: JsonObject, files: readonly TreeEntry[]): Machine {
  const storage = objectAt(config, 'storage')
  const directories = objectsAt(storage, 'directories').map(directory => ({
    kind: 'directory' as const,
    path: absolute(textAt(directory, 'path') ?? ''),
    mode: modeOf(directory, 0o755),
    owner: ownerOf(directory),
  }))
  const units = objectsAt(objectAt(config, 'systemd'), 'units')
  const written = [...files, ...directories, ...units.flatMap(unitFiles)]
  const links = objectsAt(storage, 'links').map(link => linkOf(link, written))
  const enabled = units.filter(unit => own(unit, 'enabled') === true)
  return {
    ...place(bareMachine, ...written, ...links),
    enabled: new Set(enabled.map(unit => textAt(unit, 'name') ?? '')),
    users: new Map(objectsAt(objectAt(config, 'passwd'), 'users').flatMap(userOf)),
    rest: restOf(config),
  }
}

// What is in the tree, or changes nothing in it.
const shown: readonly (readonly [path: Path, fields: readonly string[]])[] = [
  [[], ['ignition', 'passwd', 'storage', 'systemd']],
  [['ignition'], ['version', 'config']],
  [['passwd'], ['users']],
  [['storage'], ['directories', 'files', 'links']],
  [['systemd'], ['units']],
]
const shownOfUsers = ['name', 'sshAuthorizedKeys', 'shouldExist']

function restOf(config: JsonObject): readonly Rest[] {
  const besides = (object: JsonObject, at: Path, fields: readonly string[]) =>
    Object.entries(object).flatMap(([name, value]): readonly Rest[] => {
      const empty = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
      if (fields.includes(name) || empty) return []
      const path = [...at, name]
      return [{ at: path, what: `"${path.join('.')}"`, text: JSON.stringify(value) }]
    })
  const objects = shown.flatMap(([at, fields]) => {
    const object = at.reduce<JsonObject>((inner, name) => objectAt(inner, String(name)), config)
    return besides(object, at, fields)
  })
  const users = objectsAt(objectAt(config, 'passwd'), 'users').flatMap(user =>
    besides(user, ['passwd', 'users', textAt(user, 'name') ?? ''], shownOfUsers),
  )
  return [...objects, ...users]
}

/** A unit's own file, its drop-ins, and the link that masks it. */
function unitFiles(unit: JsonObject): readonly TreeEntry[] {
  const path = `${unitFolder}/${textAt(unit, 'name') ?? ''}`
  const root = { mode: 0o644, owner: 'root:root' }
  const file = (at: string, text: string | null): readonly TreeEntry[] =>
    text === null || text === ''
      ? []
      : [{ kind: 'file', path: at, ...root, content: encodeUtf8(text) }]
  if (own(unit, 'mask') === true) {
    return [{ kind: 'link', path, mode: 0o777, owner: 'root:root', target: '/dev/null' }]
  }
  return [
    ...file(path, textAt(unit, 'contents')),
    ...objectsAt(unit, 'dropins').flatMap(dropin =>
      file(`${path}.d/${textAt(dropin, 'name') ?? ''}`, textAt(dropin, 'contents')),
    ),
  ]
}

/** A hard link is the file that it names, once more. */
function linkOf(link: JsonObject, written: readonly TreeEntry[]): TreeEntry {
  const path = absolute(textAt(link, 'path') ?? '')
  const target = textAt(link, 'target') ?? ''
  const same = written.find(entry => entry.kind === 'file' && entry.path === absolute(target))
  if (own(link, 'hard') === true && same !== undefined) return { ...same, path }
  return { kind: 'link', path, mode: 0o777, owner: ownerOf(link), target }
}

function userOf(user: JsonObject): readonly (readonly [string, TreeUser])[] {
  const name = textAt(user, 'name')
  if (name === null || own(user, 'shouldExist') === false) return []
  const authorizedKeys = listAt(user, 'sshAuthorizedKeys').filter(key => typeof key === 'string')
  return [[name, { name, authorizedKeys }]]
}

function modeOf(node: JsonObject, usual: number): number {
  const mode = own(node, 'mode')
  return typeof mode === 'number' ? mode & 0o7777 : usual
}

function ownerOf(node: JsonObject): string {
  return `${nameOf(objectAt(node, 'user'))}:${nameOf(objectAt(node, 'group'))}`
}

function nameOf(owner: JsonObject): string {
  const id = own(owner, 'id')
  if (typeof id === 'number' && id !== 0) return String(id)
  return textAt(owner, 'name') ?? 'root'
}
