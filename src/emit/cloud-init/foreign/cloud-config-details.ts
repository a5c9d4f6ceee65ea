/** The parts of a cloud-config that its tree does not show, or shows in part. */
import { isList, isMapping, keyText, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import type { Detail, Details, Unmodelled } from '../../emitter.ts'
import { detailOf, numbered } from '../../foreign/detail-texts.ts'
import { plainValue, withSources } from './unknown.ts'

const shownFileFields = ['path', 'content', 'encoding', 'permissions', 'owner']
const shownUserFields = ['name', 'ssh_authorized_keys', 'ssh-authorized-keys']

/** The details of a merged config and of the parts of user-data that are not merged into it. */
export function detailsOf(config: Yaml11Map, unmerged: readonly Unmodelled[]): Details {
  const parts = [
    ...unmerged.map(({ what, text }) => ({ what: what.replace(/ of \d+ bytes$/, ''), text })),
    ...[...config].flatMap(([key, value]) => partsOf(withSources(keyText(key)), value)),
  ]
  return { format: 'cloud-init', parts: numbered(parts) }
}

function partsOf(key: string, value: Yaml11): readonly Detail[] {
  switch (key) {
    case 'write_files':
      return itemsOf(value).flatMap(item => furtherFields(item, 'path', shownFileFields))
    case 'users':
      return isList(value) || isMapping(value)
        ? itemsOf(value).flatMap(item => furtherFields(item, 'name', shownUserFields))
        : detailOf(key, plainValue(value))
    case 'ssh_authorized_keys':
      return []
    default:
      return detailOf(`"${key}"`, plainValue(value))
  }
}

function itemsOf(value: Yaml11): readonly Yaml11[] {
  if (isMapping(value)) {
    return [...value].map(([name, item]) =>
      isMapping(item) ? new Map([['name', name], ...item]) : name,
    )
  }
  return isList(value) ? value : []
}

function furtherFields(item: Yaml11, name: string, shown: readonly string[]): readonly Detail[] {
  if (!isMapping(item)) return []
  const fields = [...item].filter(([key]) => !shown.includes(keyText(key)))
  const owner = withSources(keyText(item.get(name) ?? 'an entry'))
  return detailOf(`further fields of ${owner}`, plainValue(new Map(fields)))
}
