/** The parts of a config whose effect is not modelled. */
import { isList, isMapping, keyText, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { decodeUtf8 } from '../../../codec/text.ts'
import type { Path } from '../../../report/place.ts'
import type { Unmodelled } from '../../emitter.ts'
import { detailOf } from '../../foreign/detail-texts.ts'
import type { MachineState } from '../../foreign/machine-state.ts'
import { keptFileSettings } from '../kept-files.ts'
import { repeatModules } from '../repeat-modules.ts'
import { isTrue } from './file-entry.ts'
import { plainValue, printValue } from './unknown.ts'

const modelledKeys = new Set(
  `write_files runcmd user users ssh_authorized_keys disable_root hostname fqdn preserve_hostname
   prefer_fqdn_over_hostname merge_how merge_type`.split(/\s+/),
)

/** Settings of gen-node by key, as texts, that change no file, unit or login. */
const ownSettings = new Map(
  [...keptFileSettings, ['bootcmd', [repeatModules]] as const].map(
    ([key, value]) => [key, textOf(value)] as const,
  ),
)

/** The keys of a config whose effect is not modelled; `state` is the machine after the modelled ones. */
export function unmodelledIn(config: Yaml11Map, state: MachineState): readonly Unmodelled[] {
  const unmodelled = [...config].filter(
    ([key, value]) =>
      !modelledKeys.has(keyText(key)) &&
      (!ownSettings.has(keyText(key)) ||
        ownSettings.get(keyText(key)) !== textOf(plainValue(value))),
  )
  return [
    ...unmodelled.map(([key, value]) =>
      unmodelledValue([keyText(key)], `"${keyText(key)}"`, value),
    ),
    ...hostname(config, state),
    ...rootLogin(config),
    ...userFields(config.get('users')),
    ...userFields([config.get('user') ?? null]),
  ]
}

/** A value of a config as an unmodelled part. */
export function unmodelledValue(path: Path, what: string, value: Yaml11): Unmodelled {
  return { path, what, text: printValue(value) }
}

/** A host name is modelled where the config itself writes it to /etc/hostname. */
function hostname(config: Yaml11Map, { entries }: MachineState): readonly Unmodelled[] {
  const names = ['hostname', 'fqdn', 'prefer_fqdn_over_hostname'].filter(key => config.has(key))
  if (names.length === 0 || isTrue(config.get('preserve_hostname'))) return []
  const file = entries.get('/etc/hostname')
  const written = file?.kind === 'file' ? decodeUtf8(file.content) : null
  if (written !== null && written === `${keyText(config.get('fqdn') ?? null)}\n`) return []
  const values = names.map(name => [name, config.get(name) ?? null] as const)
  return [unmodelledValue(['hostname'], 'the host name', new Map(values))]
}

/** Without the user root, `disable_root` decides about keys that are not in the config. */
function rootLogin(config: Yaml11Map): readonly Unmodelled[] {
  const users = config.get('users')
  const isListed =
    isList(users) && users.some(user => isMapping(user) && user.get('name') === 'root')
  if (!config.has('disable_root') || isListed) return []
  return [unmodelledValue(['disable_root'], '"disable_root"', config.get('disable_root') ?? null)]
}

// The values of the fields that gen-node writes: a shell for a user other than root, and a locked
// password, which is the default.
const modelledUserKeys = new Set(['name', 'ssh_authorized_keys', 'ssh-authorized-keys'])

function isModelled(user: Yaml11Map, key: Yaml11, value: Yaml11): boolean {
  if (key === 'shell') return value === '/bin/bash'
  if (key === 'lock_passwd') return value === (user.get('name') !== 'root')
  return modelledUserKeys.has(keyText(key))
}

function userFields(users: Yaml11 | undefined): readonly Unmodelled[] {
  const list = isMapping(users) ? [...users.values()] : isList(users) ? users : []
  const fields = list.map(user =>
    isMapping(user)
      ? new Map([...user].filter(([key, value]) => !isModelled(user, key, value)))
      : new Map<Yaml11, Yaml11>(),
  )
  if (fields.every(({ size }) => size === 0)) return []
  return [unmodelledValue(['users'], 'further fields of "users"', fields)]
}

function textOf(value: unknown): string {
  return detailOf('', value)[0]?.text ?? ''
}
