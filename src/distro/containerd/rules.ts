/** The rules of plain containerd. */

import { rules as specRules } from '../../model/rules.ts'
import { reporters } from '../../report/diagnostic.ts'
import { rule } from '../../report/rule.ts'

/** The rules of plain containerd by id. */
export const rules = {
  'containerd/both-patterns': rule<{ key: string; place: string }>({
    severity: 'error',
    message: a =>
      `registry.${a.key} (${a.place}) and config_path, which gen-node sets, exclude each other`,
    help: () =>
      'write these hosts as `mirrors` of the spec and remove them there: gen-node convert FILE prints them',
    reason:
      'With both, the CRI plugin of containerd does not load: "`mirrors` cannot be set when `config_path` is provided".',
  }),
  'containerd/config-fixed': rule<{ key: string; needed: string | number }>({
    severity: 'error',
    message: a => `${a.key} must be ${JSON.stringify(a.needed)}, as the generated files need it`,
    help: () => 'remove it',
    reason:
      'The hosts.toml files are in this directory, and the names of the plugins belong to this version of the format.',
  }),
  'containerd/config-not-editable': rule<{ table: string }>({
    severity: 'error',
    message: a => `config_path cannot be added to this file: ${a.table} is not a table of its own`,
    help: () =>
      'write the table with a heading in brackets, or set config_path = "/etc/containerd/certs.d"',
    reason: 'gen-node changes one line of a given config.toml and keeps all other bytes.',
  }),
  'containerd/config-syntax': rule<{ reason: string; line: number; column: number }>({
    severity: 'error',
    message: a => `this file is not TOML: line ${a.line}, column ${a.column}: ${a.reason}`,
    help: () => '',
    reason: 'containerd does not start with such a file.',
  }),
  'containerd/config-twice': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the spec has both distro.config and a file at this path',
    help: () => 'keep one of them: a given config.toml gets only its config_path from gen-node',
    reason: 'A given config.toml stays as it is, so that distro.config would have no effect.',
  }),
  'containerd/config-version': rule<{ found: number; newest: number; version: string | null }>({
    severity: 'error',
    message: a =>
      a.found === 1
        ? 'this config.toml has version 1, in which gen-node cannot set the mirrors'
        : `this config.toml has version ${a.found}, which ${
            a.version === null
              ? 'not every containerd reads'
              : `containerd ${a.version} does not read`
          }`,
    help: a => {
      if (a.found === 1) return 'convert it: containerd config migrate'
      return a.version === null
        ? 'set distro.version, or write it in version 2'
        : `write it in version 2${a.newest > 2 ? ` to ${a.newest}` : ''}`
    },
    reason:
      'containerd refuses a newer version of the format; without `version` a file has version 1 (docs/man/containerd-config.toml.5.md).',
  }),
  'containerd/drop-in-newer': rule<{ path: string; found: number }>({
    severity: 'error',
    message: a => `${a.path} has version ${a.found}, and config.toml has an older version`,
    help: () => 'write it in version 3',
    reason:
      'containerd 2.3 refuses a drop-in of a newer version than that of the file that imports it.',
  }),
  'containerd/drop-in-replaces': rule<{ path: string }>({
    severity: 'error',
    message: a => `${a.path} would replace the whole table of the CRI plugin in containerd 1`,
    help: () => 'set distro.version for containerd 2, or put its settings into distro.config',
    reason:
      'containerd 1 does not merge the table of a plugin with that of a drop-in: the mirrors and the runtime would be lost.',
  }),
  'containerd/field-unused': rule<{ field: string }>({
    severity: 'error',
    message: a => `${a.field} has no effect with plain containerd`,
    help: () =>
      'remove it, and give it to the program that starts the kubelet, through files and units',
    reason: 'gen-node installs containerd here, not Kubernetes.',
  }),
  'containerd/plugin-of-other-format': rule<{
    name: string
    format: number
    names: readonly string[]
  }>({
    severity: 'error',
    message: a =>
      `the generated config.toml has version ${a.format}, which has no plugin ${a.name}`,
    help: a => `write the settings under ${a.names.join(' and ')}`,
    reason: 'containerd ignores the settings of a plugin that it does not have.',
  }),
  'containerd/version-too-old': rule<{ version: string }>({
    severity: 'error',
    message: a => `containerd ${a.version} is older than 1.6, the oldest version that was tested`,
    help: () => 'use containerd 1.6 or later',
    reason: 'Earlier versions read hosts.toml with other rules.',
  }),
} as const

/** Reports a rule of this table or of the model's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
