/** The rules of plans: what no machine may have. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

export const rules = {
  'plan/below-a-file': rule<{ path: string; file: string }>({
    severity: 'error',
    message: a => `${a.path} lies below ${a.file}, which is no directory`,
    help: () => 'choose another path for one of the two',
    reason: 'No machine can hold both; configuration tools stop in the middle.',
  }),
  'plan/secret-readable': rule<{ path: string; mode: string }>({
    severity: 'error',
    message: a => `${a.path} holds a secret and would be readable by everybody (mode ${a.mode})`,
    help: () => 'leave mode out (0600), or take the rights of others away',
    reason: 'Every process on the node could read it.',
  }),
  'plan/template-enabled': rule<{ name: string }>({
    severity: 'error',
    message: a => `${a.name} is a template: it can only be enabled for an instance`,
    help: a => `set enabled: false, or name an instance such as ${a.name.replace('@.', '@1.')}`,
    reason: 'systemctl refuses to enable it, and what is enabled with it does not start either.',
  }),
  'plan/two-owners': rule<{ path: string; other: string }>({
    severity: 'error',
    message: a => `${a.path} is already written by ${a.other}`,
    help: () => 'choose another path, or leave one of the two out',
    reason: 'Which of the two would win depends on the configuration tool.',
  }),
  'plan/unit-empty': rule<{ name: string }>({
    severity: 'error',
    message: a => `unit ${a.name} has no section`,
    help: () => 'begin it with [Unit] or [Service]',
    reason: 'systemd refuses it, and Ignition stops the machine.',
  }),
  'plan/unit-not-installable': rule<{ name: string }>({
    severity: 'error',
    message: a => `unit ${a.name} has no [Install] section and cannot be enabled`,
    help: () => 'add [Install] with WantedBy=multi-user.target, or set enabled: false',
    reason: 'Nothing would start it at a boot.',
  }),
  'plan/volatile-path': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} would not survive until the system is up`,
    help: () => 'choose a path outside /tmp, /run, /dev, /proc and /sys',
    reason: 'These are mounted or cleaned after the configuration tool has written its files.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
