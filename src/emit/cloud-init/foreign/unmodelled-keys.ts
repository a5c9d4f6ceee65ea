/** The parts of a config whose effect is not modelled. */
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import type { Path } from '../../../report/place.ts'
import type { Unmodelled } from '../../emitter.ts'
import { keptFileSettings } from '../kept-files.ts'
import { repeatModules } from '../repeat-modules.ts'

// The modelled keys, and those that change no file, unit or login.
const modelledKeys = new Set(
  `write_files runcmd users ssh_authorized_keys disable_root hostname fqdn preserve_hostname
   prefer_fqdn_over_hostname merge_how merge_type`.split(/\s+/),
)

// A login shell and a locked password are the same in every config that gen-node writes.
const modelledUserKeys = new Set(
  'name ssh_authorized_keys ssh-authorized-keys shell lock_passwd'.split(' '),
)

/** Settings of gen-node, as JSON, that change no file, unit or login. */
const ownSettings = new Set([...keptFileSettings, jsonOf({ bootcmd: [repeatModules] })])

/** The keys of a config whose effect is not modelled. */
export function unmodelledIn(config: Yaml11Map): readonly Unmodelled[] {
  const unmodelled = [...config].filter(
    ([key, value]) =>
      !modelledKeys.has(String(key)) && !ownSettings.has(jsonOf({ [String(key)]: value })),
  )
  return [
    ...unmodelled.map(([key, value]) => unmodelledValue([String(key)], `"${String(key)}"`, value)),
    ...unmodelledUserFields(config.get('users')),
  ]
}

function unmodelledUserFields(users: Yaml11 | undefined): readonly Unmodelled[] {
  const list = isMapping(users) ? [...users.values()] : isList(users) ? users : []
  const fields = list.map(user =>
    isMapping(user) ? [...user].filter(([key]) => !modelledUserKeys.has(String(key))) : [],
  )
  if (fields.flat().length === 0) return []
  return [unmodelledValue(['users'], 'further fields of "users"', fields)]
}

/** A value of a config as an unmodelled part. */
export function unmodelledValue(path: Path, what: string, value: unknown): Unmodelled {
  const plain = (_: string, item: unknown) => (item instanceof Map ? [...item] : item)
  return { path, what, text: JSON.stringify(value, plain) ?? '' }
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, item) => (item instanceof Map ? Object.fromEntries(item) : item))
}
