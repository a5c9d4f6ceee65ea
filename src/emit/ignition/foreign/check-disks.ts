/**
 * Ignition's checks of disks, partitions and RAID: github.com/coreos/ignition
 * config/v3_6/types/{disk,partition,raid,device}.go and their earlier versions.
 */
import type { PlainMapping } from '../../../codec/plain.ts'
import { encodeUtf8 } from '../../../codec/text.ts'
import type { Path } from '../../../report/place.ts'
import { checkPath } from './check-nodes.ts'
import { type Finding, refusal } from './finding.ts'
import { fieldOf, listAt, objectsAt, textAt } from './json-values.ts'

/** Checks a disk. */
export function checkDisk(disk: PlainMapping, path: Path): readonly Finding[] {
  const device = textAt(disk, 'device') ?? ''
  if (device === '') return [refusal([...path, 'device'], 'device-missing')]
  const partitions = objectsAt(disk, 'partitions')
  const partitionsPath = [...path, 'partitions']
  return [
    ...checkPath(device, [...path, 'device']),
    ...repeatedNumber(partitions, partitionsPath),
    ...overlap(partitions, partitionsPath),
    ...repeatedLabel(partitions, partitionsPath),
  ]
}

function numberAt(item: PlainMapping, field: string): number | null {
  const value = fieldOf(item, field)
  return typeof value === 'number' ? value : null
}

/** A partition without a number takes the next free one. */
function repeatedNumber(partitions: readonly PlainMapping[], path: Path): readonly Finding[] {
  const numbers = partitions.map(partition => numberAt(partition, 'number') ?? 0)
  const index = numbers.findIndex((number, at) => number !== 0 && numbers.indexOf(number) < at)
  return index < 0 ? [] : [refusal([...path, index], 'partition-number-repeated')]
}

function repeatedLabel(partitions: readonly PlainMapping[], path: Path): readonly Finding[] {
  const labels = partitions.map(partition => textAt(partition, 'label'))
  const index = labels.findIndex((label, at) => label !== null && labels.indexOf(label) < at)
  return index < 0 ? [] : [refusal([...path, index], 'partition-label-repeated')]
}

/** The first and the last MiB. */
type Extent = readonly [first: number, last: number]

/** The extent of a partition whose place is fixed, or null; a size of 0 fills the free space. */
function extentOf(partition: PlainMapping): Extent | null {
  const start = numberAt(partition, 'startMiB')
  const size = numberAt(partition, 'sizeMiB')
  if (start === null || start === 0 || size === null) return null
  return [start, size === 0 ? start : start + size - 1]
}

function meet(a: Extent, b: Extent): boolean {
  return a[0] <= b[1] && b[0] <= a[1]
}

function overlap(partitions: readonly PlainMapping[], path: Path): readonly Finding[] {
  const extents = partitions.map(extentOf)
  const index = extents.findIndex((extent, at) =>
    extents
      .slice(0, at)
      .some(earlier => extent !== null && earlier !== null && meet(extent, earlier)),
  )
  return index < 0 ? [] : [refusal([...path, index], 'partitions-overlap')]
}

const maxPartitionLabelBytes = 36
const guid = /^(?:|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})$/

/** Checks a partition. */
export function checkPartition(partition: PlainMapping, path: Path): readonly Finding[] {
  const label = textAt(partition, 'label')
  const isPlaced = ['startMiB', 'sizeMiB'].some(field => numberAt(partition, field) !== null)
  const isNamed = ['typeGuid', 'guid'].some(field => (textAt(partition, field) ?? '') !== '')
  const isDeleted = fieldOf(partition, 'shouldExist') === false
  return [
    ...(isDeleted && (label !== null || isPlaced || isNamed)
      ? [refusal(path, 'deleted-with-others')]
      : []),
    ...((numberAt(partition, 'number') ?? 0) === 0 && label === null
      ? [refusal(path, 'partition-unnamed')]
      : []),
    ...(label !== null && encodeUtf8(label).length > maxPartitionLabelBytes
      ? [refusal([...path, 'label'], 'label-too-long', String(maxPartitionLabelBytes))]
      : []),
    ...(label?.includes(':') ? [refusal([...path, 'label'], 'label-with-colon')] : []),
    ...['guid', 'typeGuid']
      .filter(field => !guid.test(textAt(partition, field) ?? ''))
      .map(field => refusal([...path, field], 'guid-invalid')),
  ]
}

const striped = /^(?:linear|raid0|0|stripe)$/
const redundant = /^(?:raid1|1|mirror|raid4|4|raid5|5|raid6|6|raid10|10)$/

/** Checks a RAID array. */
export function checkRaid(raid: PlainMapping, path: Path): readonly Finding[] {
  const level = textAt(raid, 'level') ?? ''
  const devices = listAt(raid, 'devices')
  const hasSpares = (numberAt(raid, 'spares') ?? 0) !== 0
  return [
    ...(striped.test(level) || redundant.test(level)
      ? []
      : [refusal([...path, 'level'], 'raid-level', level)]),
    ...(striped.test(level) && hasSpares ? [refusal([...path, 'level'], 'raid-spares')] : []),
    ...(devices.length === 0 ? [refusal([...path, 'devices'], 'raid-devices-missing')] : []),
    ...devices.flatMap((device, index) => checkPath(device, [...path, 'devices', index])),
  ]
}
