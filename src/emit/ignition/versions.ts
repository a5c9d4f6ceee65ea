/** The versions of Ignition's specification and their differences, as rows. */
import type { OptionTable } from '../emitter.ts'

/** One version of the specification. */
export interface Version {
  readonly version: string
  /** The shortest hash that the version can verify. */
  readonly hash: 'sha256' | 'sha512'
}

/** The versions that can be written, oldest first. */
export const versions: readonly Version[] = [
  // https://github.com/coreos/ignition docs/configuration-v3_0.md: sha512 only.
  { version: '3.0.0', hash: 'sha512' },
  // docs/release-notes.md, 2.3.0: "add support for sha256 resource verification".
  { version: '3.1.0', hash: 'sha256' },
  { version: '3.2.0', hash: 'sha256' },
  { version: '3.3.0', hash: 'sha256' },
  { version: '3.4.0', hash: 'sha256' },
  { version: '3.5.0', hash: 'sha256' },
  { version: '3.6.0', hash: 'sha256' },
]

// The newest version that Ignition 2.14 of Debian 12 supports.
/** The version that is written without --ignition-version. */
export const defaultVersion = '3.3.0'

/** The name of the option that selects the version. */
export const versionOption = 'ignition-version'

/** The options of this format. */
export const ignitionOptions: OptionTable = {
  [versionOption]: {
    placeholder: 'VERSION',
    values: versions.map(row => row.version),
    default: defaultVersion,
    description: `version of the Ignition specification (${defaultVersion})`,
  },
}

/** Mode bits of files and directories that only later versions set. */
export const modeRows = [
  // docs/migrating-configs.md, 3.6.0: setuid, setgid and sticky are honoured; ignored before.
  { bits: 0o4000, what: 'setuid bit', since: '3.6.0' },
  { bits: 0o2000, what: 'setgid bit', since: '3.6.0' },
  { bits: 0o1000, what: 'sticky bit', since: '3.6.0' },
] as const

/** Whether `version` is older than `other`; both are `3.N.0`. */
export function isOlder(version: string, other: string): boolean {
  return minorOf(version) < minorOf(other)
}

function minorOf(version: string): number {
  return Number(version.split('.')[1])
}
