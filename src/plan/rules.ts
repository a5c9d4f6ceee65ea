/** The rules of plans. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

/** The rules of plans by id. */
export const rules = {
  'plan/account-file': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} would replace the users of the machine`,
    help: () => 'add users with ssh, or with a file in /etc/sysusers.d',
    reason:
      'The services of the machine need their own users, and configuration tools and distributions add users to this file.',
  }),
  'plan/below-a-file': rule<{ path: string; file: string }>({
    severity: 'error',
    message: a => `${a.path} is below ${a.file}, which is not a directory`,
    help: () => 'choose another path for one of the two',
    reason: 'No machine can have both; configuration tools stop at the second.',
  }),
  'plan/identity-in-image': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} belongs to one machine and must not be part of a shared image`,
    help: () => 'this is a bug in gen-node: report it with the spec',
    reason: 'All machines that boot the image would have the same identity.',
  }),
  'plan/secret-in-image': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} is a secret and must not be part of a shared image`,
    help: () => 'this is a bug in gen-node: report it with the spec',
    reason: 'Images are copied and published; a secret inside cannot be taken back.',
  }),
  'plan/secret-readable': rule<{ path: string; mode: string }>({
    severity: 'error',
    message: a => `${a.path} is a secret and its mode ${a.mode} lets every user read it`,
    help: () => 'remove mode (the default is 0600), or use a mode that ends in 0',
    reason: 'Every process on the node could read it.',
  }),
  'plan/template-enabled': rule<{ name: string }>({
    severity: 'error',
    message: a => `${a.name} is a template: it can only be enabled for an instance`,
    help: a => `set enabled: false, or name an instance such as ${a.name.replace('@.', '@1.')}`,
    reason: 'systemctl refuses to enable it, and does not start the units of the same call either.',
  }),
  'plan/two-owners': rule<{ path: string; other: string }>({
    severity: 'error',
    message: a => `${a.path} is already written by ${a.other}`,
    help: () => 'choose another path, or remove one of the two',
    reason: 'Which of the two is on the node depends on the configuration tool.',
  }),
  'plan/unit-empty': rule<{ name: string }>({
    severity: 'error',
    message: a => `unit ${a.name} has no section`,
    help: () => 'begin it with [Unit] or [Service]',
    reason: 'systemd refuses it, and Ignition stops the boot.',
  }),
  'plan/unit-not-installable': rule<{ name: string }>({
    severity: 'error',
    message: a => `unit ${a.name} has no [Install] section and cannot be enabled`,
    help: () => 'add [Install] with WantedBy=multi-user.target, or set enabled: false',
    reason: 'Without [Install] it is not started at boot.',
  }),
  'plan/volatile-path': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} is lost before the system is up`,
    help: () => 'choose a path outside /tmp, /run, /dev, /proc and /sys',
    reason: 'These are mounted or cleaned after the configuration tool has written its files.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
