/** Directories and users of each operating system, one row each. */
import type { AnyNode, Os } from '../../model/spec.ts'

interface Paths {
  /** The directory into which the operator copies programs. */
  readonly bin: string
  /** The directory of gen-node's programs. */
  readonly lib: string
  /** The login user where the spec has no user. */
  readonly user: string
}

const standard = { bin: '/usr/local/bin', lib: '/usr/local/lib/gen-node' }

/** The table. */
export const paths: Readonly<Record<Os, Paths>> = {
  generic: { ...standard, user: 'root' },
  debian: { ...standard, user: 'debian' },
  ubuntu: { ...standard, user: 'ubuntu' },
  // SELinux lets systemd execute bin_t, the label below /usr/local/bin, not usr_t, the label below /opt.
  rhel: { ...standard, user: 'cloud-user' },
  fcos: { ...standard, user: 'core' },
  slemicro: { ...standard, user: 'root' },
  // /usr with /usr/local is a read-only partition: flatcar.org, "Immutability".
  flatcar: { bin: '/opt/bin', lib: '/opt/gen-node', user: 'core' },
}

/** Whether the PATH that systemd gives to services contains the operator's directory: systemd.exec(5), "$PATH". */
export function inDefaultPath(os: Os): boolean {
  return paths[os].bin === '/usr/local/bin'
}

/** PATH of gen-node's programs, the operator's directory first. */
export function searchPath(os: Os): string {
  const directories = [
    paths[os].bin,
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
  ]
  return [...new Set(directories)].join(':')
}

/** The user name for logging in to a node. */
export function loginUser({ os, ssh }: Pick<AnyNode, 'os' | 'ssh'>): string {
  return ssh?.user ?? paths[os].user
}

/** The prefix of a command that needs root: sudo, or nothing where the login user is root. */
export function sudoFor(node: AnyNode): string {
  return loginUser(node) === 'root' ? '' : 'sudo '
}
