/** The rules of formats: refusals of formats and platforms, and problems of inspected configs. */
import type { Expected } from '../codec/go-json.ts'
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'
import { type RefusalCause, refusalTexts, unitTexts } from './refusal-texts.ts'

/** A kind of plan item that not every format can express. */
export type Item = 'file' | 'user' | 'link' | 'owner' | 'unit' | 'enabled-unit'

const itemNames: Readonly<Record<Item, string>> = {
  file: 'the file',
  user: 'the user',
  link: 'the link',
  owner: 'the owner',
  unit: 'the unit',
  'enabled-unit': 'the enabled unit',
}

/** Why an item or a part of a config is refused, ignored or unknown; some texts quote a detail. */
const causeTexts = {
  ...unitTexts,
  'after-exit': (detail: string) => `${detail} ends the script`,
  'also-outside-plan': (detail: string) => `Also=${detail} is not a unit of the plan`,
  'appended-by-ignition': () =>
    'Ignition adds its own lines; use another name in the same directory',
  'appended-to-existing': () => 'it is appended to an existing file',
  'bad-base64': () => 'its Base64 is invalid',
  'bad-gzip': () => 'its gzip data is invalid, or larger than 64 MiB',
  'bad-users': () => 'a user or group is neither a name nor a mapping',
  'bad-tar': () => 'a header is invalid, or the end is missing',
  'bad-key': () => 'it is not a line of an authorized_keys file',
  'bad-keys': () => 'one of its keys is a list or a mapping',
  'bad-name': () => 'its name is not the name of a user',
  'bad-patch': () => 'it is not a JSON patch',
  'bad-template': () => 'Jinja does not accept it',
  'bad-yaml': (detail: string) => detail,
  'below-file': (detail: string) => `${detail} is a file`,
  'byte-order-mark': () => 'it begins with a byte order mark',
  'content-not-text': () => 'its content is not text',
  empty: () => 'it is empty',
  'encoded-twice': () => 'it is compressed or in Base64 twice, and cloud-init decodes it once',
  'encoding-not-text': () => 'its encoding is not text',
  'entry-not-a-command': (detail: string) => `entry ${detail} is neither text nor a list`,
  'entry-not-a-mapping': (detail: string) => `entry ${detail} is not a mapping`,
  fetched: (detail: string) => `it is fetched from ${detail}`,
  'fetched-since-24.3': () => 'cloud-init 24.3 and later fetch it, earlier versions do not',
  'field-not-text': () => 'one of its fields is not text',
  'hard-link-target': (detail: string) =>
    `it is a hard link to ${detail}, which the config does not write`,
  'header-not-first': () => '#cloud-config is not the first line',
  'invalid-alias': (detail: string) => `${detail} is not a valid alias of it`,
  'invalid-unit-name': (detail: string) => `"${detail}" is not a unit name`,
  'kept-if-existing': () => 'an existing file keeps its content',
  'known-on-the-node': () => 'it has values that are known on the node only',
  'keys-without-home': () => 'it has keys, and no home directory for them',
  'launch-index': (detail: string) => `it is for the machine with the launch index ${detail}`,
  'may-end-script': (detail: string) => `${detail} may end the script, or change how it continues`,
  'mode-too-large': () => 'its permissions are a number that no mode can be',
  'needs-selinux': () => 'it has selinux_user, which needs an image with SELinux',
  'no-default-instance': (detail: string) => `the template ${detail} has no DefaultInstance=`,
  'no-enabled-units': () => 'it enables no units',
  'no-header': () => 'the first line is not #cloud-config',
  'no-keys': () => 'its ssh_authorized_keys has no value',
  'no-links': () => 'it has no symbolic links',
  'no-mime-version': () => 'it has no MIME-Version header in its first 4096 bytes',
  'no-path': () => 'it has no path',
  'no-presets': () => 'systemd enables no units on a machine that has an id already',
  'no-users': () => 'it has no users',
  'not-a-list': () => 'it is not a list',
  'not-a-mapping': () => 'it is not a mapping',
  'not-a-template': () => 'its first line is not exactly "## template: jinja"',
  'not-utf8': () => 'it is not UTF-8',
  'null-content': () => 'its content is null, which cloud-init accepts since 24.3',
  'of-kernel': () =>
    'the kernel decides whether it can be written; where it cannot, cloud-init stops there',
  'only-root': () => 'it has no owner other than root:root',
  'owner-is-number': (detail: string) =>
    `its owner "${detail}" is a number, and cloud-init looks it up as a name`,
  'owner-not-text': () => 'its owner is not text',
  'owner-not-yet': (detail: string) => `its owner "${detail}" is created later`,
  patched: () => 'a JSON patch changes it',
  'path-invalid': () => 'its path is too long, or has a character that no path can have',
  'path-is-directory': () => 'its path is a directory',
  'path-not-text': () => 'its path is not text',
  'path-taken': (detail: string) => `${detail} is another entry of the plan`,
  surrogate: () => 'it has half of a surrogate pair, which has no UTF-8 form',
  'template-type': () => 'only configs and scripts can be templates',
  'through-links': () => 'its directory is a link to another link',
  'too-deep': () => 'it is nested too deeply',
  'type-not-mime': () => 'its type is not of the form text/NAME',
  'unknown-encoding': () => 'the encoding is unknown',
  'unknown-merge': () => 'its merge strategy is unknown',
  'unknown-specifier': (detail: string) => `the value of "${detail}" is known on the node only`,
  'unknown-type': () => 'the type is unknown',
  unmergeable: () => 'it merges values of different types',
} as const satisfies Readonly<Record<string, (detail: string) => string>>

/** The name of a cause. */
export type Cause = keyof typeof causeTexts

interface Caused {
  readonly cause: Cause
  /** The value that the text of the cause quotes; empty where it quotes none. */
  readonly detail: string
}

function causeText({ cause, detail }: Caused): string {
  return causeTexts[cause](detail)
}

/** A field of an Ignition config, and what Ignition reports about it. */
interface Refused {
  readonly where: string
  readonly cause: RefusalCause
  /** The value that the text of the cause quotes; empty where it quotes none. */
  readonly detail: string
}

function refusalText({ cause, detail }: Refused): string {
  return refusalTexts[cause](detail)
}

const expectedTexts: Readonly<Record<Expected, string>> = {
  value: 'a value',
  key: 'a key in double quotation marks',
  colon: 'a colon',
  'comma-or-brace': 'a comma or "}"',
  'comma-or-bracket': 'a comma or "]"',
  'closing-quote': 'the closing quotation mark',
  escape: 'an escape such as \\n or \\u0041',
  digit: 'a digit',
  end: 'the end of the text',
  'less-nesting': 'at most 10000 levels',
}

/** A character as people name it. */
function characterText(character: string): string {
  if (character === '') return 'the end of the text'
  if (character === '\n' || character === '\r') return 'the end of the line'
  return character === '"' ? 'a quotation mark' : `"${character}"`
}

/** One file and its compressed size in bytes. */
export interface Weight {
  readonly path: string
  readonly gzip: number
}

/** One way to make an artifact smaller. */
export type Remedy =
  | { readonly kind: 'compress'; readonly bytes: number; readonly setting: string | null }
  | { readonly kind: 'other-format'; readonly format: string }
  | { readonly kind: 'larger'; readonly place: string }
  | { readonly kind: 'image' }

function remedyText(remedy: Remedy, platform: string): string {
  switch (remedy.kind) {
    case 'compress': {
      const setting = remedy.setting === null ? '' : ` (and set ${remedy.setting})`
      return `use --gzip always: ${remedy.bytes} bytes${setting}`
    }
    case 'other-format':
      return `use -f ${remedy.format}: ${platform} accepts it compressed as a whole`
    case 'larger':
      return `put the user-data into ${remedy.place}, and remove \`platform: ${platform}\``
    case 'image':
      return 'put files that are the same on every node into the image, and remove them from the spec'
  }
}

function weightsText(weights: readonly Weight[]): string {
  const files = weights.map(({ path, gzip }) => `${path} (${gzip} gzipped)`)
  return files.length === 0 ? '' : `; the largest files are ${files.join(', ')}`
}

/** A file that a config is rendered from. */
export type SourceKind = 'spec' | 'butane'

const sourceTexts: Readonly<Record<SourceKind, { readonly name: string; readonly help: string }>> =
  {
    spec: {
      name: 'a spec of gen-node, not the user-data or Ignition config',
      help: 'render it with `gen-node SPEC --node NAME -o FILE`, and inspect FILE; `gen-node check SPEC` checks it',
    },
    butane: {
      name: 'a Butane config, not the Ignition config',
      help: 'render it with `butane FILE > config.ign`, and inspect config.ign',
    },
  }

/** The rules of formats by id. */
export const rules = {
  'emit/cannot-carry': rule<{ format: string; item: Item; name: string } & Caused>({
    severity: 'error',
    message: a =>
      `the format ${a.format} cannot carry ${itemNames[a.item]} ${a.name}: ${causeText(a)}`,
    help: () => 'render another format with -f, or remove it from the spec',
    reason:
      'A format without a place for an item would drop it silently, and the node would lack it.',
  }),
  'emit/gzip-not-taken': rule<{ format: string; platform: string | null }>({
    severity: 'error',
    message: a =>
      a.platform === null
        ? `a compressed ${a.format} config needs a platform that decompresses it`
        : `${a.platform} does not accept a compressed ${a.format} config`,
    help: () => 'remove --gzip always: files are then compressed one by one where that is shorter',
    reason:
      'Ignition decompresses a whole config on vSphere and Akamai only, and some clouds accept text only: the node would not boot.',
  }),
  'emit/malformed-option': rule<{ option: string; expected: string }>({
    severity: 'error',
    message: a => `the value of ${a.option} must be ${a.expected}`,
    help: () => '',
    reason: 'Kubernetes, containerd or systemd would refuse another value.',
  }),
  'emit/no-mirrors': rule<Record<never, never>>({
    severity: 'error',
    message: () =>
      'the spec has no mirror with an endpoint, so that there is nothing to write to the nodes',
    help: () => 'add `mirrors`, or set `registry.run` to another value than none',
    reason: 'A DaemonSet without files would have no effect.',
  }),
  'emit/secret-too-large': rule<{ bytes: number; maxBytes: number }>({
    severity: 'error',
    message: a =>
      `the files of the mirrors have ${a.bytes} bytes, and a Secret has at most ${a.maxBytes}`,
    help: () => 'remove certificates that the mirrors do not need from `ca`',
    reason: 'The API server refuses a larger Secret (Kubernetes, MaxSecretSize).',
  }),
  'emit/unknown-platform': rule<{ platform: string; known: string }>({
    severity: 'error',
    message: a => `unknown platform "${a.platform}"`,
    help: a => `use one of ${a.known}, or remove it`,
    reason: 'The size of user-data cannot be checked without the limit of its platform.',
  }),
  'emit/unknown-version': rule<{ version: string; known: string }>({
    severity: 'error',
    message: a => `unknown version "${a.version}" of the Ignition specification`,
    help: a => `use one of ${a.known}`,
    reason: 'Ignition rejects a config of an unknown version, and the node does not boot.',
  }),
  'emit/version-lacks': rule<{ version: string; what: string; since: string }>({
    severity: 'error',
    message: a => `Ignition ${a.version} does not support the ${a.what}`,
    help: a => `use --ignition-version ${a.since} or later, or remove the ${a.what}`,
    reason: 'An older Ignition rejects or ignores what it does not support.',
  }),
  'inspect/broken-json': rule<{
    where: string
    line: number
    column: number
    expected: Expected
    found: string
  }>({
    severity: 'error',
    message: a =>
      `the JSON of ${a.where} is broken in line ${a.line}, column ${a.column}: expected ${expectedTexts[a.expected]}, found ${characterText(a.found)}`,
    help: () => '',
    reason: 'Ignition does not read broken JSON, and the machine does not boot.',
  }),
  'inspect/hash-mismatch': rule<{ path: string; expected: string; found: string }>({
    severity: 'error',
    message: a =>
      `the content of ${a.path} does not match its hash: expected ${a.expected}, found ${a.found}`,
    help: () => '',
    reason:
      'Ignition verifies the hash of the decoded content, and the node does not boot when it differs.',
  }),
  'inspect/ignored': rule<{ what: string } & Caused>({
    severity: 'warning',
    message: a => `cloud-init ignores ${a.what}: ${causeText(a)}`,
    help: () => '',
    reason: 'cloud-init skips the parts that it cannot read, and still reports success.',
  }),
  'inspect/ignition-fails': rule<Refused>({
    severity: 'error',
    message: a => `Ignition fails at ${a.where}, and the machine does not boot: ${refusalText(a)}`,
    help: () => '',
    reason:
      'The form of the config is valid, but a step of Ignition fails; Ignition then stops the boot of the machine.',
  }),
  'inspect/ignition-refuses': rule<Refused>({
    severity: 'error',
    message: a => `Ignition refuses the config because of ${a.where}: ${refusalText(a)}`,
    help: () => '',
    reason:
      'Ignition validates the whole config before it writes anything; the machine does not boot with an invalid config.',
  }),
  'inspect/ignition-warns': rule<Refused>({
    severity: 'warning',
    message: a => `Ignition warns about ${a.where}: ${refusalText(a)}`,
    help: () => '',
    reason:
      'Ignition accepts the config, but a field of it has no effect, or another effect than the config suggests.',
  }),
  'inspect/lost-in-merge': rule<{ key: string; count: number; lost: 'earlier' | 'later' }>({
    severity: 'note',
    message: a =>
      a.lost === 'earlier'
        ? `"${a.key}" of a later part replaces ${a.count} entries of an earlier part`
        : `"${a.key}" of a later part is lost with ${a.count} entries: an earlier part has the key`,
    help: () =>
      "write `merge_how: 'list(append)+dict(recurse_array,no_replace)+str()'` into every part",
    reason: 'cloud-init merges the parts key by key; without merge_how the last list counts.',
  }),
  'inspect/not-modelled': rule<{ parts: readonly string[] }>({
    severity: 'note',
    message: a =>
      a.parts.length === 1
        ? `the effect of ${a.parts[0]} is not modelled`
        : `the effect of ${a.parts.length} parts is not modelled: ${a.parts.join(', ')}`,
    help: () => '',
    reason:
      'Commands and scripts can change anything on a node; the listing has only what the config itself writes.',
  }),
  'inspect/not-rendered': rule<{ source: SourceKind }>({
    severity: 'error',
    message: a => `this is ${sourceTexts[a.source].name} that is rendered from it`,
    help: a => sourceTexts[a.source].help,
    reason:
      'A machine reads the rendered config; the file that it is rendered from has other fields.',
  }),
  'inspect/rejected': rule<{ what: string } & Caused>({
    severity: 'error',
    message: a =>
      `cloud-init fails at ${a.what} and applies none of the user-data: ${causeText(a)}`,
    help: () => '',
    reason: 'An error while cloud-init splits user-data ends its first stage.',
  }),
  'inspect/repeated-key': rule<{ key: string }>({
    severity: 'note',
    message: a => `the key ${a.key} occurs more than once: only its last value counts`,
    help: () => 'merge the values, or remove those that do not count',
    reason: 'YAML readers keep the last of several values of a key, and do not report the others.',
  }),
  'inspect/stops': rule<{ where: string } & Caused>({
    severity: 'warning',
    message: a => `cloud-init stops at ${a.where} and writes no further entry: ${causeText(a)}`,
    help: () => '',
    reason:
      'An entry that cannot be written ends the module write_files; later modules such as runcmd still run.',
  }),
  'inspect/template': rule<{ what: string; values: readonly string[] }>({
    severity: 'warning',
    message: a =>
      `${a.what} is a Jinja template with values of the node, and may be ignored if one is undefined: ${a.values.join(', ')}`,
    help: () =>
      'remove the line `## template: jinja`, or inspect the config that cloud-init renders',
    reason:
      'cloud-init replaces `{{ … }}` in file contents too, and an unknown name in it changes or discards the config.',
  }),
  'inspect/unknown': rule<{ what: string } & Caused>({
    severity: 'warning',
    message: a => `${a.what} cannot be known: ${causeText(a)}`,
    help: () => '',
    reason: 'What depends on the node or on the version of cloud-init is not in the listing.',
  }),
  'inspect/unknown-content': rule<{ path: string } & Caused>({
    severity: 'warning',
    message: a => `the content of ${a.path} is unknown: ${causeText(a)}`,
    help: () => '',
    reason: 'Content that is fetched, or appended to an existing file, is not in the config.',
  }),
  'inspect/unknown-owner': rule<{ where: string; owner: string; tool: 'cloud-init' | 'Ignition' }>({
    severity: 'note',
    message: a =>
      `the owner "${a.owner}" must exist in the image: otherwise ${a.tool} stops at ${a.where}`,
    help: () => '',
    reason:
      'After a file whose owner does not exist, cloud-init writes no further file, and Ignition stops the boot.',
  }),
  'inspect/unreadable': rule<{ what: string } & Caused>({
    severity: 'error',
    message: a => `cannot read ${a.what}: ${causeText(a)}`,
    help: () => '',
    reason: 'A node cannot read it either.',
  }),
  'inspect/version-dependent': rule<{ what: string; before: string; after: string; since: string }>(
    {
      severity: 'warning',
      message: a =>
        `${a.what} is ${a.before} before cloud-init ${a.since}, and ${a.after} since then`,
      help: () => '',
      reason: 'Images have different versions of cloud-init.',
    },
  ),
  'inspect/version-two': rule<{ version: string }>({
    severity: 'error',
    message: a => `Ignition ${a.version} is not supported: the config must be of specification 3`,
    help: () => 'convert it with https://github.com/coreos/ign-converter, or render it again',
    reason:
      'Fields of specification 2 have other meanings, and current versions of Ignition reject it.',
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
      `${a.name} has ${a.counted} bytes, and ${a.platform} accepts ${a.maxBytes}${weightsText(a.heaviest)}`,
    help: a => a.remedies.map(remedy => remedyText(remedy, a.platform)).join('\n'),
    reason:
      'A platform rejects user-data above its limit, or truncates it, and the node boots without configuration.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
