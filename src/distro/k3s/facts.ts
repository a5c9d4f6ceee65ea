/** The properties of k3s versions, each with its source. */
import { versionParser } from '../parts/version.ts'

/** A setting of config.yaml that k3s has from some patch of each minor version on. */
export interface NewerOption {
  readonly name: string
  /** The first patch of minor versions of 1.x, oldest first; all later minor versions have the setting. */
  readonly since: readonly (readonly [minor: number, patch: number])[]
}

// k3s-io/docs, docs/installation/private-registry.md ("Default Endpoint Fallback") and registry-mirror.md.
const releasesOfJanuary2024 = [
  [26, 13],
  [27, 10],
  [28, 6],
  [29, 1],
] as const

/** The settings that supported versions of k3s may lack, the newest setting last. */
export const newerOptions: readonly NewerOption[] = [
  { name: 'disable-default-registry-endpoint', since: releasesOfJanuary2024 },
  { name: 'embedded-registry', since: releasesOfJanuary2024 },
]

/** Major, minor and patch of `1.33`, `1.33.4` or `v1.33.4+k3s1`; null where the text is not a version. */
export const parseVersion = versionParser([1])

/** Whether a version is known to lack a setting; null is an unknown version. */
export function lacks(version: string | null, { since }: NewerOption): boolean {
  const [, minor, patch] = (version === null ? null : parseVersion(version)) ?? []
  if (minor === undefined) return false
  const [, first] = since.find(([found]) => found === minor) ?? []
  if (first !== undefined) return patch !== undefined && patch < first
  return minor < (since[0]?.[0] ?? 0)
}

/** The versions that have a setting, for a message: `1.26.13, 1.27.10 or later`. */
export function versionsWith({ since }: NewerOption): string {
  const versions = since.map(([minor, patch]) => `1.${minor}.${patch}`)
  return `${versions.join(', ')} or later`
}
