/** Folders and users of each operating system, one row each. */
import type { Os } from '../../model/spec.ts'

interface Paths {
  /** The folder into which the operator copies programs. */
  readonly bin: string
  /** The folder of gen-node's programs. */
  readonly lib: string
  /** The login user where the spec names none. */
  readonly user: string
}

const usual = { bin: '/usr/local/bin', lib: '/usr/local/lib/gen-node' }

/** The table. */
export const paths: Readonly<Record<Os, Paths>> = {
  generic: { ...usual, user: 'root' },
  debian: { ...usual, user: 'debian' },
  ubuntu: { ...usual, user: 'ubuntu' },
  // SELinux lets systemd execute bin_t, the label below /usr/local/bin, not usr_t, the label below /opt.
  rhel: { ...usual, user: 'cloud-user' },
  fcos: { ...usual, user: 'core' },
  slemicro: { ...usual, user: 'root' },
  // /usr is a read-only partition, /usr/local with it: flatcar.org, "Immutability".
  flatcar: { bin: '/opt/bin', lib: '/opt/gen-node', user: 'core' },
}

/** PATH of gen-node's programs, the operator's folder first. */
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
