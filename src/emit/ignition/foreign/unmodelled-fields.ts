/** The fields of a config whose effect is not modelled. */
import type { PlainMapping } from '../../../codec/plain.ts'
import type { Path } from '../../../report/place.ts'
import type { Unmodelled } from '../../emitter.ts'
import { objectAt, objectsAt, textAt } from './json-values.ts'

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
export function unmodelledIn(config: PlainMapping): readonly Unmodelled[] {
  const sections = modelledFields.flatMap(([path, fields]) => {
    const object = path.reduce<PlainMapping>((outer, name) => objectAt(outer, String(name)), config)
    return unmodelledFields(object, path, fields)
  })
  const users = objectsAt(objectAt(config, 'passwd'), 'users').flatMap(user =>
    unmodelledFields(user, ['passwd', 'users', textAt(user, 'name') ?? ''], modelledUserFields),
  )
  return [...sections, ...users]
}

function unmodelledFields(
  object: PlainMapping,
  path: Path,
  modelled: readonly string[],
): readonly Unmodelled[] {
  return Object.entries(object).flatMap(([name, value]): readonly Unmodelled[] => {
    const isEmpty = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    if (modelled.includes(name) || isEmpty) return []
    const fieldPath = [...path, name]
    return [{ path: fieldPath, what: `"${fieldPath.join('.')}"`, text: JSON.stringify(value) }]
  })
}
