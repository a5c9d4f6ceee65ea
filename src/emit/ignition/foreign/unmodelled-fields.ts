/** The fields of a config whose effect is not modelled. */
import type { Path } from '../../../report/place.ts'
import type { Unmodelled } from '../../emitter.ts'
import { type JsonObject, objectAt, objectsAt, textAt } from './json-values.ts'

// The modelled fields of each object, and those that change no file, unit or login.
const modelledFields: readonly (readonly [path: Path, fields: readonly string[]])[] = [
  [[], ['ignition', 'passwd', 'storage', 'systemd']],
  [['ignition'], ['version', 'config']],
  [['passwd'], ['users']],
  [['storage'], ['directories', 'files', 'links']],
  [['systemd'], ['units']],
]
const modelledUserFields = ['name', 'sshAuthorizedKeys', 'shouldExist']

/** The non-empty fields of a config that are not modelled. */
export function unmodelledIn(config: JsonObject): readonly Unmodelled[] {
  const sections = modelledFields.flatMap(([at, fields]) => {
    const object = at.reduce<JsonObject>((outer, name) => objectAt(outer, String(name)), config)
    return otherFields(object, at, fields)
  })
  const users = objectsAt(objectAt(config, 'passwd'), 'users').flatMap(user =>
    otherFields(user, ['passwd', 'users', textAt(user, 'name') ?? ''], modelledUserFields),
  )
  return [...sections, ...users]
}

function otherFields(
  object: JsonObject,
  at: Path,
  modelled: readonly string[],
): readonly Unmodelled[] {
  return Object.entries(object).flatMap(([name, value]): readonly Unmodelled[] => {
    const isEmpty = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    if (modelled.includes(name) || isEmpty) return []
    const path = [...at, name]
    return [{ at: path, what: `"${path.join('.')}"`, text: JSON.stringify(value) }]
  })
}
