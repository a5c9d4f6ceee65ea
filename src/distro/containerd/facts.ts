/** The properties of containerd versions: one row per change, newest last, each with its source. */
import type { Containerd } from '../parts/certs-d.ts'
import { versionParser } from '../parts/version.ts'

/** The facts of a version. */
export interface Facts {
  readonly major: Containerd
  /** The newest version of the configuration format that it reads. */
  readonly newestFormat: number
  /** The tag of registry.k8s.io/pause that it uses where the configuration names no other image. */
  readonly pause: string
}

interface Row extends Facts {
  /** The row applies from this minor version on. */
  readonly since: readonly [major: number, minor: number]
}

// containerd/containerd: the default of sandbox_image in pkg/cri/config/config_unix.go (1.x) and
// internal/cri/config/config.go (2.x), and ConfigVersion in version/version.go, at the newest tags.
/** The table, oldest row first. */
export const containerdFacts: readonly [Row, ...Row[]] = [
  { since: [1, 6], major: '1', newestFormat: 2, pause: '3.6' },
  { since: [1, 7], major: '1', newestFormat: 2, pause: '3.8' },
  { since: [2, 0], major: '2', newestFormat: 3, pause: '3.10' },
  { since: [2, 2], major: '2', newestFormat: 3, pause: '3.10.1' },
  { since: [2, 3], major: '2', newestFormat: 4, pause: '3.10.2' },
]

/** The plugins that read the settings of the registry, of the pause image and of the runtime. */
export interface Plugins {
  readonly images: string
  readonly runtime: string
}

// containerd, docs/cri/config.md at 1.7 and 2.3. containerd 2 also reads version 2 with the former name.
/** The names of the plugins in a version of the configuration format. */
export function pluginsOf(format: number): Plugins {
  return format < 3
    ? { images: 'io.containerd.grpc.v1.cri', runtime: 'io.containerd.grpc.v1.cri' }
    : { images: 'io.containerd.cri.v1.images', runtime: 'io.containerd.cri.v1.runtime' }
}

/**
 * The version of the configuration format that gen-node writes for a version of containerd. For an unknown
 * version it is 2, which all versions read.
 */
export function formatFor(version: string | null): number {
  return version !== null && factsOf(version).major === '2' ? 3 : 2
}

/** Major, minor and patch of `1.7`, `2.1.4` or `v2.1.4`; null where the text is not a version. */
export const parseVersion = versionParser([1, 2])

/** The facts of a version; of an unknown version, those of the newest row. */
export function factsOf(version: string | null): Facts {
  const [oldest] = containerdFacts
  const newest = containerdFacts.at(-1) ?? oldest
  const [major = 0, minor = 0] = version === null ? [] : (parseVersion(version) ?? [])
  if (major === 0) return newest
  return containerdFacts.findLast(({ since }) => isAtLeast([major, minor], since)) ?? oldest
}

/** Whether a version is older than the first row: its certs.d has no `config_path`, or is not tested. */
export function isTooOld(version: string): boolean {
  const parsed = parseVersion(version)
  return parsed !== null && !isAtLeast([parsed[0] ?? 0, parsed[1] ?? 0], containerdFacts[0].since)
}

function isAtLeast(
  [major, minor]: readonly [number, number],
  [sinceMajor, sinceMinor]: readonly [number, number],
): boolean {
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
}
