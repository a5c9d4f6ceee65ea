/**
 * Ignition's validation of one config: a check for each object, and repeated keys of lists
 * (github.com/coreos/ignition config/validate/validate.go).
 */
import type { Plain, PlainMapping } from '../../../codec/plain.ts'
import type { Path } from '../../../report/place.ts'
import { checkDisk, checkPartition, checkRaid } from './check-disks.ts'
import { checkFilesystem, checkWipedFilesystems } from './check-filesystems.ts'
import { checkCustomPin, checkLuks, checkTang } from './check-luks.ts'
import {
  checkDirectory,
  checkFile,
  checkNode,
  checkOwner,
  checkStorageNodes,
  checkUnitPaths,
} from './check-nodes.ts'
import {
  checkCertificates,
  checkHeader,
  checkProxy,
  checkReference,
  checkReferences,
  checkResource,
  checkVerification,
} from './check-resources.ts'
import { checkDropIn, checkInstances, checkUnit } from './check-units.ts'
import { configType, type FieldType, fieldsIn, type ObjectName, type ObjectType } from './fields.ts'
import { type Finding, refusal } from './finding.ts'
import { fieldOf, isList } from './json-values.ts'
import { shownUrl } from './resource.ts'

/** The findings about one object; `minor` is the minor version of specification 3. */
type Check = (value: PlainMapping, path: Path, minor: number) => readonly Finding[]

const checks: Partial<Readonly<Record<ObjectName, Check>>> = {
  config: checkUnitPaths,
  references: checkReferences,
  reference: checkReference,
  contents: checkResource,
  header: checkHeader,
  verification: checkVerification,
  proxy: checkProxy,
  tls: checkCertificates,
  storage: (storage, path, minor) => [
    ...checkStorageNodes(storage, path, minor),
    ...checkWipedFilesystems(storage, path),
  ],
  directory: checkDirectory,
  file: checkFile,
  link: checkNode,
  'node-user': checkOwner,
  'node-group': checkOwner,
  disk: checkDisk,
  partition: checkPartition,
  filesystem: checkFilesystem,
  luks: checkLuks,
  'custom-clevis': checkCustomPin,
  tang: checkTang,
  raid: checkRaid,
  systemd: checkInstances,
  unit: checkUnit,
  'drop-in': checkDropIn,
}

/** The findings about a config by the rules of a version. */
export function validate(config: PlainMapping, minor: number): readonly Finding[] {
  const findings: Finding[] = []
  visitObjects(config, configType, [], minor, (value, type, path) => {
    findings.push(
      ...(checks[type.name]?.(value, path, minor) ?? []),
      ...repeatedIn(value, type, path, minor),
    )
  })
  return findings
}

/** Calls a function for every object of a config, the outer before the inner. */
function visitObjects(
  value: Plain | undefined,
  type: FieldType,
  path: Path,
  minor: number,
  visit: (value: PlainMapping, type: ObjectType, path: Path) => void,
): void {
  if (typeof type !== 'object' || value === undefined) return
  if (type.kind === 'list') {
    if (!isList(value)) return
    for (const [index, item] of value.entries()) {
      visitObjects(item, type.item, [...path, index], minor, visit)
    }
    return
  }
  visit(value as PlainMapping, type, path)
  for (const [name, field] of fieldsIn(type, minor)) {
    visitObjects(fieldOf(value, name), field.type, [...path, name], minor, visit)
  }
}

/** The items of the lists of an object whose key an earlier item has. */
function repeatedIn(
  value: PlainMapping,
  type: ObjectType,
  path: Path,
  minor: number,
): readonly Finding[] {
  const keysByScope = new Map<string, Set<string>>()
  return [...fieldsIn(type, minor)].flatMap(([name, { type: list }]) => {
    const items = fieldOf(value, name)
    if (typeof list !== 'object' || list.kind !== 'list' || !isList(items)) return []
    const { keyOf } = list
    if (keyOf === null) return []
    const keys = keysByScope.get(list.scope ?? name) ?? new Set()
    keysByScope.set(list.scope ?? name, keys)
    return items.flatMap((item, index) => {
      const key = keyOf(item)
      const isRepeated = keys.has(key)
      keys.add(key)
      return isRepeated ? [refusal([...path, name, index], 'repeated-entry', shownKey(key))] : []
    })
  })
}

/** The key for messages; the data of a data URL may be secret. */
function shownKey(key: string): string {
  return key.startsWith('data:') ? 'data:…' : shownUrl(key)
}
