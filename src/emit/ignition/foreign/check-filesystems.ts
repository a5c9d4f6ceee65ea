/**
 * Ignition's checks of file systems: github.com/coreos/ignition
 * config/v3_6/types/{filesystem,storage}.go, their earlier versions and v3_7_experimental.
 */
import type { PlainMapping } from '../../../codec/plain.ts'
import { encodeUtf8 } from '../../../codec/text.ts'
import type { Path } from '../../../report/place.ts'
import { checkPath } from './check-nodes.ts'
import { type Finding, refusal, warning } from './finding.ts'
import { fieldOf, listAt, objectsAt, textAt } from './json-values.ts'

// The minor version that added each format, and its longest label in bytes; null without a limit.
const formats: ReadonlyMap<string, { readonly since: number; readonly label: number | null }> =
  new Map([
    ['ext4', { since: 0, label: 16 }],
    ['btrfs', { since: 0, label: 256 }],
    ['xfs', { since: 0, label: 12 }],
    ['swap', { since: 0, label: 15 }],
    ['vfat', { since: 0, label: 11 }],
    ['none', { since: 3, label: null }],
    ['virtiofs', { since: 7, label: null }],
  ])

/** Checks a file system. */
export function checkFilesystem(
  filesystem: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  const text = (field: string) => textAt(filesystem, field) ?? ''
  const name = text('format')
  const format = formats.get(name)
  const isKnown = format !== undefined && format.since <= minor
  const longest = format?.label ?? null
  return [
    ...(text('path') === '' ? [] : checkPath(text('path'), [...path, 'path'])),
    ...(isKnown && name === 'virtiofs'
      ? checkShare(filesystem, path)
      : checkPath(text('device'), [...path, 'device'])),
    ...(name === '' && hasSettings(filesystem)
      ? [refusal([...path, 'format'], 'format-missing')]
      : []),
    ...(name === '' || isKnown ? [] : [refusal([...path, 'format'], 'format-unknown', name)]),
    ...(longest !== null && encodeUtf8(text('label')).length > longest
      ? [refusal([...path, 'label'], 'label-too-long', String(longest))]
      : []),
  ]
}

/** The settings that need a format. */
const formatFields = ['path', 'label', 'uuid', 'wipeFilesystem', 'mountOptions', 'options'] as const

function hasSettings(filesystem: PlainMapping): boolean {
  return formatFields.some(field => isSet(filesystem, field))
}

function isSet(filesystem: PlainMapping, field: string): boolean {
  const value = fieldOf(filesystem, field)
  return (
    value === true ||
    (typeof value === 'string' && value !== '') ||
    listAt(filesystem, field).length > 0
  )
}

const maxTagBytes = 36

/** A shared directory of the host has a tag in place of a device. */
function checkShare(filesystem: PlainMapping, path: Path): readonly Finding[] {
  const tag = textAt(filesystem, 'device') ?? ''
  const device = [...path, 'device']
  return [
    ...(tag === '' ? [refusal(device, 'device-missing')] : []),
    ...(encodeUtf8(tag).length > maxTagBytes ? [refusal(device, 'device-tag-too-long')] : []),
    ...['uuid', 'wipeFilesystem', 'options', 'label']
      .filter(field => isSet(filesystem, field))
      .map(field => refusal([...path, field], 'format-without-device')),
  ]
}

/** Ignition's warnings about file systems on disks that it partitions. */
export function checkWipedFilesystems(storage: PlainMapping, path: Path): readonly Finding[] {
  const disks = new Map(objectsAt(storage, 'disks').map(disk => [textAt(disk, 'device'), disk]))
  return objectsAt(storage, 'filesystems').flatMap((filesystem, index) => {
    const disk = disks.get(textAt(filesystem, 'device'))
    if (disk === undefined) return []
    const devicePath = [...path, 'filesystems', index, 'device']
    if (objectsAt(disk, 'partitions').length > 0) {
      return [warning(devicePath, 'partitions-overwritten')]
    }
    return fieldOf(filesystem, 'wipeFilesystem') !== true && fieldOf(disk, 'wipeTable') === true
      ? [warning(devicePath, 'filesystem-wiped')]
      : []
  })
}
