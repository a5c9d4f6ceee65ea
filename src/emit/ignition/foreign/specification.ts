/** The version of the specification that a config names. */
import type { GoJson } from '../../../codec/go-json.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import { isOlder, modeRows, versions } from '../versions.ts'
import { decodeObject } from './decode.ts'
import { versionType } from './fields.ts'
import { type Finding, refusal, warning } from './finding.ts'
import { fieldOf, objectAt, objectsAt, textAt } from './json-values.ts'

/** A version 3.MINOR.0 with warnings, a version of specification 2, or the reasons for a refusal. */
export type Specification =
  | { readonly kind: 'known'; readonly minor: number; readonly findings: readonly Finding[] }
  | { readonly kind: 'version-two'; readonly version: string }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] }

const newestMinor = versions.length - 1

/** The minor version after the newest one, by whose rules Ignition checks merged configs. */
export const experimentalMinor = newestMinor + 1

const path = ['ignition', 'version'] as const

/** Reads the version before the other fields, whose types depend on it. */
export function specificationOf(node: GoJson): Specification {
  const { value, findings } = decodeObject(node, versionType, 0)
  const errors = findings.filter(finding => finding.severity === 'error')
  if (errors.length > 0) return { kind: 'refused', findings: errors }
  const version = textAt(objectAt(value, 'ignition'), 'version') ?? ''
  if (version === '') return { kind: 'refused', findings: [refusal(path, 'version-missing')] }
  // github.com/coreos/go-semver accepts leading zeros.
  const [, major = '', minor, patch, experimental] =
    /^([0-9]+)\.([0-9]+)\.([0-9]+)(-experimental)?$/.exec(version) ?? []
  if (/^0*[12]$/.test(major)) return { kind: 'version-two', version }
  // Up to the release with the final version, Ignition has a version with the suffix -experimental.
  const isExperimental = experimental !== undefined
  const newest = isExperimental ? experimentalMinor : newestMinor
  const isKnown = Number(major) === 3 && Number(patch) === 0 && Number(minor) <= newest
  if (!isKnown) return { kind: 'refused', findings: [refusal(path, 'version-unknown', version)] }
  const warnings = isExperimental ? [warning(path, 'version-experimental', version)] : []
  return { kind: 'known', minor: Number(minor), findings: warnings }
}

/** The config in the newest version: earlier versions ignore some bits of modes. */
export function inNewestVersion(config: PlainMapping, minor: number): PlainMapping {
  const ignored = modeRows
    .filter(({ since }) => isOlder(`3.${minor}.0`, since))
    .reduce((bits, row) => bits | row.bits, 0)
  const { storage } = config
  if (ignored === 0 || storage === undefined) return config
  const masked = ['directories', 'files'].map(
    list => [list, objectsAt(storage, list).map(node => withoutBits(node, ignored))] as const,
  )
  return { ...config, storage: { ...objectAt(config, 'storage'), ...Object.fromEntries(masked) } }
}

function withoutBits(node: PlainMapping, bits: number): PlainMapping {
  const mode = fieldOf(node, 'mode')
  return typeof mode === 'number' ? { ...node, mode: mode & ~bits } : node
}
