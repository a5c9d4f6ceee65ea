/** The tree that an Ignition 3 config of any origin creates on a machine: validated, decoded and merged. */
import { parseGoJson } from '../../codec/go-json.ts'
import type { PlainMapping } from '../../codec/plain.ts'
import { decodeLossyUtf8 } from '../../codec/text.ts'
import type { TreeUser } from '../../plan/tree.ts'
import { andThen, checked, type Diagnostic, type Outcome } from '../../report/diagnostic.ts'
import type { InspectedTree } from '../emitter.ts'
import { emptyState, toTree, unmodelledNotes } from '../foreign/machine-state.ts'
import { readConfig } from './foreign/config-tree.ts'
import { foldCase } from './foreign/decode.ts'
import { failsAt } from './foreign/finding.ts'
import { detailsOf } from './foreign/ignition-details.ts'
import { fieldOf, listAt, objectAt, objectsAt, textAt } from './foreign/json-values.ts'
import { ownerNotes } from './foreign/owners.ts'
import { createEntries } from './foreign/storage.ts'
import { emptySysroot } from './foreign/sysroot.ts'
import { writeUnits } from './foreign/units.ts'
import { unmodelledIn } from './foreign/unmodelled-fields.ts'

/** Whether the bytes are a JSON object with the key `ignition`, or broken JSON that names it. */
export function isIgnition(bytes: Uint8Array): boolean {
  const text = decodeLossyUtf8(bytes)
  if (!/^[\s\ufeff]*\{/.test(text)) return false
  const json = parseGoJson(text)
  if (!json.ok) return /"ignition"/i.test(text)
  return (
    json.value.kind === 'object' &&
    json.value.members.some(({ key }) => foldCase(key) === 'ignition')
  )
}

/** The tree that an uncompressed Ignition config creates. */
export function inspectIgnition(bytes: Uint8Array): Outcome<InspectedTree> {
  return andThen(readConfig(bytes), ({ config, locate }) => {
    const sysroot = emptySysroot()
    const users = objectsAt(objectAt(config, 'passwd'), 'users')
    const units = objectsAt(objectAt(config, 'systemd'), 'units')
    const diagnostics = [
      ...unnamedUsers(users),
      ...ownerNotes(config),
      ...createEntries(objectAt(config, 'storage'), sysroot),
      ...writeUnits(objectAt(config, 'systemd'), sysroot),
    ]
    const { entries, hardLinks } = sysroot
    const enabled = units.filter(unit => fieldOf(unit, 'enabled') === true)
    const state = {
      ...emptyState,
      entries,
      hardLinks,
      enabled: new Set(enabled.map(unit => textAt(unit, 'name') ?? '')),
      users: new Map(users.flatMap(userOf)),
      unmodelled: unmodelledIn(config),
    }
    const tree = toTree(state, detailsOf(config))
    return checked(tree, [...diagnostics.map(locate), ...unmodelledNotes(state)])
  })
}

/** useradd fails without a name, which Ignition does not validate. */
function unnamedUsers(users: readonly PlainMapping[]): readonly Diagnostic[] {
  return users.flatMap((user, index) =>
    (textAt(user, 'name') ?? '') === '' && fieldOf(user, 'shouldExist') !== false
      ? [failsAt(['passwd', 'users', index], 'name-missing')]
      : [],
  )
}

function userOf(user: PlainMapping): readonly (readonly [string, TreeUser])[] {
  const name = textAt(user, 'name')
  if (name === null || fieldOf(user, 'shouldExist') === false) return []
  const authorizedKeys = listAt(user, 'sshAuthorizedKeys').filter(key => typeof key === 'string')
  return [[name, { name, authorizedKeys }]]
}
