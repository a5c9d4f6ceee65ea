/** What is known about the paths of a machine while a config is applied to it. */
import { parentsOf } from '../../../plan/path.ts'
import type { MachineState } from '../../foreign/machine-state.ts'

/** The directories that every Linux image has: https://refspecs.linuxfoundation.org/FHS_3.0. */
export const everywhere: ReadonlySet<string> = new Set(
  `/ /bin /boot /dev /etc /etc/opt /home /lib /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp
   /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/local/share
   /usr/sbin /usr/share /var /var/cache /var/lib /var/lock /var/log /var/opt /var/run /var/spool
   /var/tmp /etc/systemd /etc/systemd/system /usr/lib/systemd /usr/lib/systemd/system`.split(/\s+/),
)

/** Whether a path is certainly a directory: on every image, or by the config. */
export function isDirectory({ entries }: Pick<MachineState, 'entries'>, path: string): boolean {
  if (everywhere.has(path) || entries.get(path)?.kind === 'directory') return true
  const prefix = `${path}/`
  return [...entries.keys()].some(other => other.startsWith(prefix))
}

/** The file of the config that is above a path, or null. */
export function fileAbove({ entries }: Pick<MachineState, 'entries'>, path: string): string | null {
  return parentsOf(path).find(parent => entries.get(parent)?.kind === 'file') ?? null
}

/** Files and devices of every Linux machine. */
export const filesEverywhere: ReadonlySet<string> = new Set([
  ...['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/gshadow', '/etc/machine-id'],
  ...['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'],
])

/** Whether a path is in a file system in which the kernel decides what can be written. */
export function isOfKernel(path: string): boolean {
  return /^\/(?:proc|sys)\//.test(path)
}
