/** The rules of formats: what a format or a platform does not accept, and what a config leaves unclear. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

export const rules = {
  'emit/gzip-not-taken': rule<{ format: string; platform: string | null }>({
    severity: 'error',
    message: a => `${a.platform ?? 'a machine'} takes no compressed ${a.format} config`,
    help: () => 'leave out --gzip always: files are compressed one by one where that is shorter',
    reason:
      'Ignition decompresses a whole config on vSphere and Akamai only, some clouds take text only: the machine would not boot.',
  }),
  'emit/unknown-platform': rule<{ platform: string; known: string }>({
    severity: 'error',
    message: a => `no size limit of a platform "${a.platform}" is known`,
    help: a => `use one of ${a.known}, or leave it out`,
    reason: 'A limit that is guessed fails at the worst moment: when the machine is created.',
  }),
  'emit/unknown-version': rule<{ version: string; known: string }>({
    severity: 'error',
    message: a => `there is no Ignition specification ${a.version}`,
    help: a => `use one of ${a.known}`,
    reason: 'A machine refuses a config of a version that it does not know, and does not boot.',
  }),
  'emit/version-lacks': rule<{ version: string; what: string; since: string }>({
    severity: 'error',
    message: a => `Ignition ${a.version} has no ${a.what}`,
    help: a => `use --ignition-version ${a.since} or later, or leave it out`,
    reason: 'A machine whose Ignition does not know a field does not boot, or silently ignores it.',
  }),
  'inspect/hash-mismatch': rule<{ path: string; expected: string; found: string }>({
    severity: 'error',
    message: a =>
      `the content of ${a.path} is not what its hash says: ${a.found} instead of ${a.expected}`,
    help: () => '',
    reason:
      'Ignition verifies the hash of what it decoded and does not boot the machine when it differs.',
  }),
  'inspect/ignored': rule<{ what: string; why: string }>({
    severity: 'warning',
    message: a => `cloud-init ignores ${a.what}: ${a.why}`,
    help: () => '',
    reason:
      'cloud-init goes on without the parts that it does not understand, and reports success.',
  }),
  'inspect/not-shown': rule<{ what: string }>({
    severity: 'note',
    message: a => `what comes of ${a.what} is not shown`,
    help: () => '',
    reason:
      'Only what a config writes by itself can be read from it; what commands and scripts do is known when they have run.',
  }),
  'inspect/stops': rule<{ where: string; why: string }>({
    severity: 'warning',
    message: a => `cloud-init stops at ${a.where}, and what follows is never written: ${a.why}`,
    help: () => '',
    reason:
      'One entry that cannot be written ends the module; the modules after it still run, runcmd too.',
  }),
  'inspect/template': rule<Record<never, never>>({
    severity: 'warning',
    message: () =>
      'this is a jinja template: cloud-init fills it in on the machine, or drops it whole',
    help: () => 'leave out the line `## template: jinja`',
    reason:
      'With that line cloud-init treats `{{ … }}` in file contents as its own, and an unknown name in it changes or drops the config.',
  }),
  'inspect/unknown-content': rule<{ path: string; why: string }>({
    severity: 'warning',
    message: a => `what will be in ${a.path} cannot be known here: ${a.why}`,
    help: () => '',
    reason:
      'What is fetched from elsewhere or added to an existing file does not stand in the config.',
  }),
  'inspect/unreadable': rule<{ what: string; why: string }>({
    severity: 'error',
    message: a => `${a.what} cannot be read: ${a.why}`,
    help: () => '',
    reason: 'A machine would not be able to read it either.',
  }),
  'inspect/version-two': rule<{ version: string }>({
    severity: 'error',
    message: a => `this is an Ignition ${a.version} config, of the old specification`,
    help: () => 'translate it with https://github.com/coreos/ign-converter, or render it again',
    reason:
      'Specification 2 means other things by the same words, and machines of today refuse it.',
  }),
  'size/over-budget': rule<{
    name: string
    counted: string
    platform: string
    limit: string
    heaviest: string
    remedies: string
  }>({
    severity: 'error',
    message: a =>
      `${a.name} has ${a.counted} bytes, and ${a.platform} takes ${a.limit}; most of it is ${a.heaviest}`,
    help: a => a.remedies,
    reason:
      'A platform refuses user-data that is too large, or cuts it silently, and the node boots without.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
