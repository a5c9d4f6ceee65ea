/** The login users of a config's `users`: cloudinit/distros/ug_util.py of 22.4.2. */
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import type { TreeUser } from '../../../plan/tree.ts'

/** The users of a config by name; `default` is the default user of the distribution, listed if it has keys. */
export function usersOf(config: Yaml11Map): ReadonlyMap<string, TreeUser> {
  const users = new Map<string, TreeUser>()
  const add = (name: string, keys: readonly string[]) => {
    const before = users.get(name)?.authorizedKeys ?? []
    users.set(name, { name, authorizedKeys: [...new Set([...before, ...keys])] })
  }
  for (const [name, keys] of entriesOf(config.get('users'))) add(name, keys)
  const defaultKeys = keysOf(config.get('ssh_authorized_keys'))
  if (defaultKeys.length > 0) add('default', defaultKeys)
  if (users.get('default')?.authorizedKeys.length === 0) users.delete('default')
  return users
}

type Entry = readonly [name: string, keys: readonly string[]]

function entriesOf(value: Yaml11 | undefined): readonly Entry[] {
  if (typeof value === 'string') return namesOf(value)
  if (isMapping(value)) return [...value].flatMap(([name, item]) => entryOf(String(name), item))
  if (!isList(value)) return []
  return value.flatMap((item): readonly Entry[] => {
    if (typeof item === 'string') return namesOf(item)
    if (!isMapping(item)) return []
    const name = item.get('name')
    return [[typeof name === 'string' ? name : 'default', keysOfUser(item)]]
  })
}

function entryOf(name: string, item: Yaml11): readonly Entry[] {
  if (isMapping(item)) return [[name, keysOfUser(item)]]
  return item === true ? [[name, []]] : []
}

function namesOf(text: string): readonly Entry[] {
  return text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
    .map(name => [name, []])
}

function keysOfUser(user: Yaml11Map): readonly string[] {
  return keysOf(user.get('ssh_authorized_keys') ?? user.get('ssh-authorized-keys'))
}

function keysOf(value: Yaml11 | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  const list = isMapping(value) ? [...value.values()] : isList(value) ? value : []
  return [...new Set(list.filter(key => typeof key === 'string'))]
}
