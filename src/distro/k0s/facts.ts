/** The properties of k0s versions: one row per change, newest last, each with its source. */

/** The facts of a version. */
export interface Facts {
  /** The major version of its containerd, which reads only one form of a drop-in. */
  readonly containerd: '1' | '2'
}

interface Row extends Facts {
  /** The first minor version of 1.x that the row holds for. */
  readonly since: number
}

/** The table, oldest row first. */
export const k0sFacts: readonly [Row, ...Row[]] = [
  // Drop-ins are imported from 1.27.1 on: k0sproject/k0s, docs/runtime.md at v1.27.1.
  { since: 27, containerd: '1' },
  // containerd 2: `version = 2` or io.containerd.grpc.v1.cri in a drop-in stops k0s at its pre-flight
  // checks: k0sproject/k0s, docs/runtime.md at v1.36.3+k0s.2.
  { since: 36, containerd: '2' },
]

/** Major, minor and patch of `1.33`, `1.33.4` or `v1.33.4+k0s.0`; null where the text is not a version. */
export function parseVersion(text: string): readonly number[] | null {
  const match = /^v?(1)\.([0-9]{1,3})(?:\.([0-9]{1,3})(?:[+-][0-9A-Za-z.+-]{1,40})?)?$/.exec(text)
  return match === null
    ? null
    : match
        .slice(1)
        .filter(part => part !== undefined)
        .map(Number)
}

/** The facts of a version; of an unknown version, those of the oldest row. */
export function factsOf(version: string | null): Facts {
  const minor = minorOf(version)
  return k0sFacts.findLast(row => minor >= row.since) ?? k0sFacts[0]
}

/** Whether a version is older than the first row: k0s then reads no drop-ins. */
export function isTooOld(version: string): boolean {
  const minor = minorOf(version)
  return minor !== unknown && minor < k0sFacts[0].since
}

/** The first minor version whose containerd is 2. */
export function containerd2Minor(): number {
  return k0sFacts.find(row => row.containerd === '2')?.since ?? 0
}

const unknown = -1

function minorOf(version: string | null): number {
  return (version === null ? null : parseVersion(version)?.[1]) ?? unknown
}
