/** Where things go on each operating system, one row each. */
import type { Os } from '../../model/spec.ts'

interface Paths {
  /** Where the operator puts binaries: k0s, node. */
  readonly bin: string
  /** Where gen-node's own programs lie. */
  readonly lib: string
  /** The user that people log in as. */
  readonly user: string
}

const usual = { bin: '/usr/local/bin', lib: '/usr/local/lib/gen-node' }

export const paths: Readonly<Record<Os, Paths>> = {
  generic: { ...usual, user: 'root' },
  debian: { ...usual, user: 'debian' },
  ubuntu: { ...usual, user: 'ubuntu' },
  // SELinux lets systemd execute below /usr/local, not below /opt: k0sproject/k0sctl#440.
  rhel: { ...usual, user: 'cloud-user' },
  fcos: { ...usual, user: 'core' },
  slemicro: { ...usual, user: 'root' },
  // /usr is a read-only partition, /usr/local with it: flatcar.org, "Immutability".
  flatcar: { bin: '/opt/bin', lib: '/opt/gen-node', user: 'core' },
}

/** Where programs are looked up, the operator's folder first. */
export function searchPath(os: Os): string {
  const folders = [
    paths[os].bin,
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
  ]
  return [...new Set(folders)].join(':')
}
