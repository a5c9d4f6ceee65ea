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

/**
 * Users and groups that images have from the start: base-passwd 3.6.1 of Debian, setup 2.15 of Fedora. A
 * config that names such a group does not create it.
 */
export const systemAccounts: ReadonlySet<string> = new Set(
  `root daemon bin sys adm tty disk lp mail news uucp man proxy kmem mem dialout fax voice cdrom floppy
   tape sudo wheel audio dip www-data backup operator list irc src shadow utmp video sasl plugdev staff
   games users ftp lock sync nobody nogroup`.split(/\s+/),
)

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
  const groups = groupsOf(config.get('groups'))
  const entries = entriesOf(config)
  if (entries === null || groups === null)
    return withDefaultKeys(failed('"users"', 'bad-users'), config)
  const ending = entries.findIndex(entry => endingOf(entry) !== null)
  const last = entries[ending]
  const cause = last === undefined ? null : endingOf(last)
  // A user whose keys cannot be written exists nevertheless.
  const hasAccount = cause === 'no-keys' || cause === 'bad-keys'
  const created = ending < 0 ? entries : entries.slice(0, ending + Number(hasAccount))
  const results = created.map(entry => createUser(entry, hasAccount && entry === last))
  const after = hasAccount
    ? `the users after ${last?.name}`
    : `the user ${last?.name} and those after it`
  const ended = cause === null ? [] : [endedAt(after, cause, entries.slice(created.length))]
  return withDefaultKeys(
    {
      users: new Map(results.flatMap(({ users }) => [...users])),
      accounts: accountsOf(created, groups),
      diagnostics: [...results, ...ended].flatMap(({ diagnostics }) => diagnostics),
      unknown: [...results, ...ended].flatMap(({ unknown }) => unknown),
    },
    config,
  )
}

const noAccounts: Accounts = { users: new Set(), groups: new Set() }

function failed(what: string, cause: Cause): Users {
  const diagnostics = [report('inspect/ignored', ['users'], { what, cause, detail: '' })]
  return { users: new Map(), accounts: noAccounts, diagnostics, unknown: [] }
}

function unknownUsers(what: string, cause: Cause, value: Yaml11): Users {
  const diagnostics = [report('inspect/unknown', ['users'], { what, cause, detail: '' })]
  const unknown = [{ path: ['users'], what, text: printValue(value) }]
  return { users: new Map(), accounts: noAccounts, diagnostics, unknown }
}

/** The users that are not created because of one of them. */
function endedAt(what: string, cause: Cause, entries: readonly Entry[]): Users {
  const fields = entries.map(entry => entry.fields)
  return cause === 'needs-selinux' ? unknownUsers(what, cause, fields) : failed(what, cause)
}

function createUser({ name, fields }: Entry, isWithoutKeys: boolean): Users {
  if (isUnknown(fields)) return unknownUsers(`the user ${name}`, unknownCause(fields), fields)
  const keys = isWithoutKeys ? [] : keysOf(fields.get('ssh_authorized_keys'))
  const authorizedKeys = keys.filter(isKey)
  const users = name === 'default' && authorizedKeys.length === 0 ? [] : [{ name, authorizedKeys }]
  const notes =
    authorizedKeys.length === keys.length ? [] : failed(`a key of ${name}`, 'bad-key').diagnostics
  return {
    users: new Map(users.map(user => [user.name, user])),
    accounts: noAccounts,
    diagnostics: notes,
    unknown: [],
  }
}

// Roughly ssh_util.VALID_KEY_TYPES; options may come before the type.
const keyPattern =
  /(?:^|\s)(?:dsa|ecdsa|ed25519|rsa|(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]{1,60})\s+[A-Za-z0-9+/.<]/

/** Whether cloud-init writes a key: it skips lines without the type of a key. */
function isKey(key: string): boolean {
  return keyPattern.test(key)
}

/** The keys at the top level are for the default user, and for root where it may log in. */
function withDefaultKeys(users: Users, config: Yaml11Map): Users {
  const keys = keysOf(config.get('ssh_authorized_keys')).filter(isKey)
  if (keys.length === 0) return users
  const names = [nameOfDefault(config), ...(config.get('disable_root') === false ? ['root'] : [])]
  const added = names.map(name => {
    const before = users.users.get(name)?.authorizedKeys ?? []
    return [name, { name, authorizedKeys: [...new Set([...before, ...keys])] }] as const
  })
  return { ...users, users: new Map([...users.users, ...added]) }
}

/** `user: NAME` gives the default user another name. */
function nameOfDefault(config: Yaml11Map): string {
  const user = config.get('user')
  const name = isMapping(user) ? user.get('name') : user
  return typeof name === 'string' && name !== '' ? name : 'default'
}

interface Entry {
  readonly name: string
  /** The fields, with `_` for `-` in their names. */
  readonly fields: Yaml11Map
}

/** The users in their order, each once; null where cloud-init raises a TypeError. */
function entriesOf(config: Yaml11Map): readonly Entry[] | null {
  const value = config.get('users')
  const items = typeof value === 'string' ? [...namesOf(value)].sort(compareText) : itemsOf(value)
  if (items === null) return null
  const fieldsByName = new Map<string, Yaml11Map>()
  // The first of two values of a field counts.
  const add = (name: string, fields: Yaml11Map) =>
    fieldsByName.set(name, new Map([...fields, ...(fieldsByName.get(name) ?? [])]))
  for (const item of items) {
    if (isMapping(item)) add(keyText(item.get('name') ?? 'default'), item)
    else if (typeof item === 'string' || isList(item)) {
      for (const name of isList(item) ? item.map(keyText) : namesOf(item)) add(name, new Map())
    } else return null
  }
  const user = config.get('user')
  if (!isFalsy(user)) add('default', new Map())
  return withDefaultLast(fieldsByName, config).map(([name, fields]) => {
    const pairs = [...fields].filter(([key]) => key !== 'name')
    const normalized = pairs.map(
      ([key, item]) => [strip(keyText(key).replaceAll('-', '_')), item] as const,
    )
    return { name, fields: new Map(normalized) }
  })
}

/** The default user comes last, with the fields of `user` and of its own name. */
function withDefaultLast(
  fieldsByName: ReadonlyMap<string, Yaml11Map>,
  config: Yaml11Map,
): readonly (readonly [string, Yaml11Map])[] {
  const fields = fieldsByName.get('default')
  if (fields === undefined) return [...fieldsByName]
  const name = nameOfDefault(config)
  const user = config.get('user')
  const others = [...fieldsByName].filter(([other]) => other !== 'default' && other !== name)
  const own = name === 'default' ? [] : (fieldsByName.get(name) ?? [])
  return [...others, [name, new Map([...own, ...fields, ...(isMapping(user) ? user : [])])]]
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

/** The reason why cloud-init creates no user after this one, or not even this one. */
function endingOf({ name, fields }: Entry): Cause | null {
  if (isUnknown(fields)) return null
  const has = (...keys: readonly string[]) => keys.some(key => !isFalsy(fields.get(key)))
  if (has('no_create_home', 'system') && has('ssh_authorized_keys', 'ssh_import_id')) {
    return 'keys-without-home'
  }
  if (has('selinux_user')) return 'needs-selinux'
  if (/[\s:]/.test(name)) return 'bad-name'
  const keys = fields.get('ssh_authorized_keys')
  if (keys === null) return 'no-keys'
  return isList(keys) && keys.some(key => isList(key) || isMapping(key)) ? 'bad-keys' : null
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
