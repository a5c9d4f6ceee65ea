/** What each version of k0s can do: one row per change, newest last, each with its source. */

/** How containerd's CRI is configured by a drop-in. */
export interface Facts {
  readonly containerd: '1' | '2'
}

interface Row extends Facts {
  /** The first minor version of 1.x that it holds for. */
  readonly since: number
}

export const k0sFacts: readonly Row[] = [
  // Drop-ins are imported from 1.27.1 on: k0sproject/k0s, docs/runtime.md at v1.27.1.
  { since: 27, containerd: '1' },
  // containerd 2: `version = 2` or io.containerd.grpc.v1.cri in a drop-in stops k0s at its pre-flight
  // checks: k0sproject/k0s, docs/runtime.md at v1.36.3+k0s.2.
  { since: 36, containerd: '2' },
]

/** The facts of a version such as `1.36.0`; of an unknown one, those of the oldest. */
export function factsOf(version: string | null): Facts {
  const minor = version === null ? 0 : Number(version.split('.')[1])
  const [oldest, ...newer] = k0sFacts as readonly [Row, ...Row[]]
  return newer.findLast(row => minor >= row.since) ?? oldest
}

/** Whether a version is older than all of them. */
export function readsNoDropIns(version: string): boolean {
  return Number(version.split('.')[1]) < (k0sFacts[0]?.since ?? 0)
}

/** The first minor version whose containerd is 2. */
export function containerd2Minor(): number {
  return k0sFacts.find(row => row.containerd === '2')?.since ?? 0
}
