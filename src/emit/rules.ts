/** The rules of formats: what a format or a platform does not accept, and what a config leaves unclear. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

/** A kind of plan item that not every format can express. */
export type Item = 'user' | 'link' | 'owner' | 'enabled-unit'

/** One file and its compressed size in bytes. */
export interface Weight {
  readonly path: string
  readonly gzip: number
}

/** One way to make an artifact smaller. */
export type Remedy =
  | { readonly kind: 'compress'; readonly bytes: number; readonly setting: string | null }
  | { readonly kind: 'other-format'; readonly format: string }
  | { readonly kind: 'image' }

function remedyText(remedy: Remedy, platform: string): string {
  switch (remedy.kind) {
    case 'compress': {
      const setting = remedy.setting === null ? '' : ` (and set ${remedy.setting})`
      return `use --gzip always: ${remedy.bytes} bytes${setting}`
    }
    case 'other-format':
      return `use -f ${remedy.format}: ${platform} accepts it compressed as a whole`
    case 'image':
      return 'put files that are the same on every node into the image, and remove them from the spec'
  }
}

const items: Readonly<Record<Item, string>> = {
  user: 'the user',
  link: 'the link',
  owner: 'the owner',
  'enabled-unit': 'the enabled unit',
}

export const rules = {
  'emit/cannot-carry': rule<{ format: string; item: Item; name: string }>({
    severity: 'error',
    message: a => `the format ${a.format} cannot carry ${items[a.item]} ${a.name}`,
    help: () => 'render another format with -f, or remove it from the spec',
    reason:
      'A format without a place for an item would drop it silently, and the node would lack it.',
  }),
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
    counted: number
    platform: string
    maxBytes: number
    heaviest: readonly Weight[]
    remedies: readonly Remedy[]
  }>({
    severity: 'error',
    message: a =>
      `${a.name} has ${a.counted} bytes, and ${a.platform} accepts ${a.maxBytes}; the largest files are ${a.heaviest.map(weight => `${weight.path} (${weight.gzip} gzipped)`).join(', ')}`,
    help: a => a.remedies.map(remedy => remedyText(remedy, a.platform)).join('\n'),
    reason:
      'A platform rejects user-data above its limit, or truncates it, and the node boots without configuration.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
