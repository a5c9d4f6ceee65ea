/** /etc of every box: accounts and settings of a small Debian, without settings of this machine. */
import type { BoxEntry } from './box.ts'

/** The accounts that a box starts with. */
export const boxUsers: readonly string[] = ['root', 'daemon', 'bin', 'sys', 'www-data', 'nobody']

/** The accounts and settings that every box starts with. */
export const boxEtc: readonly BoxEntry[] = [
  file('/etc/passwd', [
    'root:x:0:0:root:/root:/bin/bash',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
    'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
    'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  ]),
  file('/etc/group', [
    'root:x:0:',
    'daemon:x:1:',
    'bin:x:2:',
    'sys:x:3:',
    'adm:x:4:',
    'sudo:x:27:',
    'www-data:x:33:',
    'staff:x:50:',
    'users:x:100:',
    'nogroup:x:65534:',
  ]),
  { ...file('/etc/shadow', ['root:*:19000:0:99999:7:::']), mode: 0o640 },
  { ...file('/etc/gshadow', ['root:*::', 'adm:*::', 'sudo:*::', 'users:*::']), mode: 0o640 },
  file('/etc/nsswitch.conf', ['passwd: files', 'group: files', 'shadow: files', 'hosts: files']),
  file('/etc/hosts', ['127.0.0.1 localhost', '::1 localhost']),
  file('/etc/login.defs', [
    'MAIL_DIR /var/mail',
    'UID_MIN 1000',
    'UID_MAX 60000',
    'GID_MIN 1000',
    'GID_MAX 60000',
    'SYS_UID_MIN 100',
    'SYS_UID_MAX 999',
    'SYS_GID_MIN 100',
    'SYS_GID_MAX 999',
    'UMASK 022',
    'HOME_MODE 0755',
    'USERGROUPS_ENAB yes',
    'ENCRYPT_METHOD YESCRYPT',
  ]),
  { kind: 'link', path: '/etc/os-release', target: '../usr/lib/os-release' },
  file('/etc/debian_version', ['12']),
  { kind: 'link', path: '/etc/alternatives/awk', target: '/usr/bin/mawk' },
  { kind: 'link', path: '/etc/alternatives/which', target: '/usr/bin/which.debianutils' },
  { kind: 'directory', path: '/etc/skel' },
  { kind: 'directory', path: '/etc/systemd/system' },
]

function file(
  path: string,
  lines: readonly string[],
): Extract<BoxEntry, { readonly content: string | Uint8Array }> {
  return { path, content: `${lines.join('\n')}\n` }
}
