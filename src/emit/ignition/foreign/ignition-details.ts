/** The parts of an Ignition config that its tree does not show, or shows in part. */
import type { Plain, PlainMapping } from '../../../codec/plain.ts'
import type { Detail, Details } from '../../emitter.ts'
import { detailOf, numbered } from '../../foreign/detail-texts.ts'
import { fieldOf, objectAt, objectsAt, textAt } from './json-values.ts'
import { unmodelledIn } from './unmodelled-fields.ts'

const shownEntryFields = ['path', 'mode', 'user', 'group', 'contents', 'append', 'target']

/** The details of a merged config. */
export function detailsOf(config: PlainMapping): Details {
  const storage = objectAt(config, 'storage')
  const entries = ['files', 'directories', 'links'].flatMap(kind => objectsAt(storage, kind))
  const units = objectsAt(objectAt(config, 'systemd'), 'units')
  const users = objectsAt(objectAt(config, 'passwd'), 'users')
  const parts = [
    ...detailOf('"ignition.version"', textAt(objectAt(config, 'ignition'), 'version')),
    ...detailOf('remote configs', remoteConfigs(objectAt(objectAt(config, 'ignition'), 'config'))),
    ...unmodelledIn(config).flatMap(({ what, text }) => detailOf(what, JSON.parse(text))),
    ...entries.flatMap(entryDetails),
    ...units.flatMap(unitDetails),
    ...users.flatMap(userDetails),
  ]
  return { format: 'ignition', parts: numbered(parts) }
}

/** The configs that Ignition fetches, and merges or uses in place of this one. */
function remoteConfigs(settings: PlainMapping): Plain {
  return [objectAt(settings, 'replace'), ...objectsAt(settings, 'merge')].flatMap(
    resource => remoteOf(resource) ?? [],
  )
}

function entryDetails(entry: PlainMapping): readonly Detail[] {
  const further = Object.entries(entry).filter(([name]) => !shownEntryFields.includes(name))
  const contents = remoteOf(objectAt(entry, 'contents'))
  const append = objectsAt(entry, 'append').map(resource => remoteOf(resource) ?? 'inline')
  return detailOf(`further fields of ${textAt(entry, 'path') ?? 'an entry'}`, {
    ...Object.fromEntries(further),
    ...(contents === null ? {} : { contents }),
    ...(append.length === 0 ? {} : { append }),
  })
}

/** A resource that the config does not contain itself, or null. */
function remoteOf(resource: PlainMapping): Plain {
  const source = textAt(resource, 'source')
  return source === null || source.startsWith('data:') ? null : resource
}

function unitDetails(unit: PlainMapping): readonly Detail[] {
  const name = textAt(unit, 'name') ?? 'a unit'
  return fieldOf(unit, 'enabled') === false
    ? detailOf(`further fields of ${name}`, { enabled: false })
    : []
}

function userDetails(user: PlainMapping): readonly Detail[] {
  const name = textAt(user, 'name') ?? 'a user'
  return fieldOf(user, 'shouldExist') === false
    ? detailOf(`further fields of ${name}`, { shouldExist: false })
    : []
}
