/** The login users of a config: cloudinit/distros/ug_util.py and distros/__init__.py of 22.4.2. */

import { strip } from '../../../codec/python-text.ts'
import { isList, isMapping, keyText, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { compareText } from '../../../codec/text.ts'
import type { TreeUser } from '../../../plan/tree.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Unmodelled } from '../../emitter.ts'
import { type Cause, report } from '../../rules.ts'
import { isFalsy, isTrue } from './file-entry.ts'
import { isUnknown, printValue, unknownCause } from './unknown.ts'

/** The names of accounts that a config creates. */
export interface Accounts {
  readonly users: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

/** The users of a config by name; `default` is the default user of the image, listed if it has keys. */
export interface Users {
  readonly users: ReadonlyMap<string, TreeUser>
  readonly accounts: Accounts
  readonly diagnostics: readonly Diagnostic[]
  /** Users that a warning names as unknown. */
  readonly unknown: readonly Unmodelled[]
}

/** The users that cloud-init creates, or to which it gives keys. */
export function usersOf(config: Yaml11Map): Users {
  const defaultName = nameOfDefault(config.get('user'))
  const normalized = entriesOf(config.get('users'), defaultName)
  const groups = groupsOf(config.get('groups'))
  if (normalized === null || groups === null) return none(config, 'bad-users')
  const known = normalized.filter(({ fields }) => !isUnknown(fields))
  const unknown = normalized.filter(({ fields }) => isUnknown(fields))
  const failing = known.findIndex(entry => failureOf(entry) !== null)
  const failed = known[failing]
  const cause = failed === undefined ? null : failureOf(failed)
  // A user whose keys cannot be written exists nevertheless.
  const created = failing < 0 ? known : known.slice(0, failing + Number(cause === 'no-keys'))
  const users = new Map<string, TreeUser>()
  for (const { name, fields } of created) {
    users.set(name, { name, authorizedKeys: keysOf(fields.get('ssh_authorized_keys')) })
  }
  addDefaultKeys(users, config, defaultName)
  const what =
    cause === 'no-keys'
      ? `the users after ${failed?.name}`
      : `the user ${failed?.name} and those after it`
  return {
    users,
    accounts: accountsOf([...created, ...unknown], groups),
    diagnostics: [
      ...(cause === null
        ? []
        : [report('inspect/ignored', ['users'], { what, cause, detail: '' })]),
      ...unknown.map(({ name, fields }) =>
        report('inspect/unknown', ['users'], {
          what: `the user ${name}`,
          cause: unknownCause(fields),
          detail: '',
        }),
      ),
    ],
    unknown: unknown.map(({ name, fields }) => {
      return { path: ['users'], what: `the user ${name}`, text: printValue(fields) }
    }),
  }
}

function none(config: Yaml11Map, cause: Cause): Users {
  const users = new Map<string, TreeUser>()
  addDefaultKeys(users, config, 'default')
  return {
    users,
    accounts: { users: new Set(), groups: new Set() },
    diagnostics: [report('inspect/ignored', ['users'], { what: '"users"', cause, detail: '' })],
    unknown: [],
  }
}

/** `user: NAME` gives the default user another name. */
function nameOfDefault(user: Yaml11 | undefined): string {
  const name = isMapping(user) ? user.get('name') : user
  return typeof name === 'string' && name !== '' ? name : 'default'
}

interface Entry {
  readonly name: string
  /** The fields, with `_` for `-` in their names. */
  readonly fields: Yaml11Map
}

/** The users in their order, each once; null where cloud-init raises a TypeError. */
function entriesOf(value: Yaml11 | undefined, defaultName: string): readonly Entry[] | null {
  const items = typeof value === 'string' ? [...namesOf(value)].sort(compareText) : itemsOf(value)
  if (items === null) return null
  const fieldsByName = new Map<string, Map<Yaml11, Yaml11>>()
  for (const item of items) {
    if (isMapping(item)) {
      const name = keyText(item.get('name') ?? 'default')
      const before = fieldsByName.get(name) ?? []
      // The first of two values of a field counts.
      fieldsByName.set(name, new Map([...item, ...before]))
    } else if (typeof item === 'string' || isList(item)) {
      for (const name of isList(item) ? item.map(keyText) : namesOf(item)) {
        if (!fieldsByName.has(name)) fieldsByName.set(name, new Map())
      }
    } else return null
  }
  const entries = [...fieldsByName].map(([name, fields]) => {
    const pairs = [...fields].filter(([key]) => key !== 'name')
    const normalized = pairs.map(
      ([key, item]) => [strip(keyText(key).replaceAll('-', '_')), item] as const,
    )
    return { name: name === 'default' ? defaultName : name, fields: new Map(normalized) }
  })
  return entries.filter(({ name }) => name !== 'default' || defaultName !== 'default')
}

/** The users of a list, or of a mapping whose values are fields or `true`; null for other values. */
function itemsOf(value: Yaml11 | undefined): readonly Yaml11[] | null {
  if (!isMapping(value)) return isList(value) ? value : []
  const items = [...value].map(([name, item]) => {
    if (isMapping(item)) return new Map([...item, ['name', name] as const])
    const isScalar = /^(?:boolean|number|string)$/.test(typeof item)
    if (!isScalar) return null
    return isTrue(item) ? keyText(name) : ''
  })
  return items.includes(null) ? null : items.filter(item => item !== '')
}

function namesOf(text: string): readonly string[] {
  return strip(text)
    .split(',')
    .filter(name => name !== '')
}

/** The reason why cloud-init creates neither this user nor those after it. */
function failureOf({ name, fields }: Entry): Cause | null {
  const has = (...keys: readonly string[]) => keys.some(key => !isFalsy(fields.get(key)))
  if (has('no_create_home', 'system') && has('ssh_authorized_keys', 'ssh_import_id')) {
    return 'keys-without-home'
  }
  if (fields.has('ssh_authorized_keys') && fields.get('ssh_authorized_keys') === null) {
    return 'no-keys'
  }
  return /[\s:]/.test(name) ? 'bad-name' : null
}

/** The keys at the top level are for the default user, and for root where it may log in. */
function addDefaultKeys(
  users: Map<string, TreeUser>,
  config: Yaml11Map,
  defaultName: string,
): void {
  const keys = keysOf(config.get('ssh_authorized_keys'))
  if (keys.length === 0) return
  const isRootEnabled = config.get('disable_root') === false
  for (const name of [defaultName, ...(isRootEnabled ? ['root'] : [])]) {
    const before = users.get(name)?.authorizedKeys ?? []
    users.set(name, { name, authorizedKeys: [...new Set([...before, ...keys])] })
  }
}

function keysOf(value: Yaml11 | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  const list = isMapping(value) ? [...value.values()] : isList(value) ? value : []
  return [...new Set(list.filter(key => typeof key === 'string'))]
}

/** The names of `groups`; null where cloud-init raises a TypeError. */
function groupsOf(value: Yaml11 | undefined): readonly string[] | null {
  if (value === undefined) return []
  if (typeof value === 'string') return strip(value).split(',')
  if (isMapping(value)) return [...value.keys()].map(keyText)
  if (!isList(value)) return null
  const names = value.map(item => {
    if (typeof item === 'string') return [item]
    return isMapping(item) ? [...item.keys()].map(keyText) : null
  })
  return names.includes(null) ? null : names.flatMap(list => list ?? [])
}

/** useradd makes a group for each user, and cloud-init makes the groups that users name. */
function accountsOf(entries: readonly Entry[], groups: readonly string[]): Accounts {
  const groupsOfUser = ({ name, fields }: Entry): readonly string[] => {
    const own = isFalsy(fields.get('primary_group')) && isFalsy(fields.get('no_user_group'))
    const listed = fields.get('groups')
    const names =
      typeof listed === 'string' ? listed.split(',').map(strip) : (groupsOf(listed) ?? [])
    const primary = fields.get('primary_group')
    return [...(own ? [name] : []), ...names, ...(typeof primary === 'string' ? [primary] : [])]
  }
  return {
    users: new Set(entries.map(({ name }) => name)),
    groups: new Set([...groups, ...entries.flatMap(groupsOfUser)]),
  }
}
