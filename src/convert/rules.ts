/** The rules of conversions from other registry settings. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

const at = (line: number | null) => (line === null ? '' : ` (line ${line})`)

/** The rules that conversions report, by id. */
export const rules = {
  'convert/both-patterns': rule<{ mirrors: number | null; configPath: number | null }>({
    severity: 'error',
    message: a =>
      `registry.mirrors${at(a.mirrors)} and registry.config_path${at(a.configPath)} exclude each other`,
    help: () => 'remove config_path to convert the mirrors; keep only one pattern on the node',
    reason:
      'With both, the CRI plugin of containerd does not load: "`mirrors` cannot be set when `config_path` is provided".',
  }),
  'convert/copy-file': rule<{ path: string; file: string }>({
    severity: 'note',
    message: a => `${a.path} is a file of the node, and the mirror has ./${a.file}`,
    help: a => `copy it beside the spec as ${a.file}`,
    reason: 'gen-node writes the certificates of mirrors to the nodes itself.',
  }),
  'convert/endpoints-differ': rule<{ host: string; first: string; other: string }>({
    severity: 'warning',
    message: a =>
      `the endpoints ${a.first} and ${a.other} of ${a.host} have different TLS settings or credentials`,
    help: a => `the mirror has those of ${a.first} for all endpoints; -f certs.d keeps them apart`,
    reason:
      'A mirror of the spec has one CA, one client certificate and one user for all its endpoints.',
  }),
  'convert/no-equivalent': rule<{ key: string; line: number | null }>({
    severity: 'warning',
    message: a => `${a.key}${at(a.line)} has no equivalent in hosts.toml`,
    help: a =>
      /identity_?token$/.test(a.key)
        ? 'keep it under registry.configs in config.toml; containerd reads only `auth` there beside config_path'
        : a.key.endsWith('.rewrite')
          ? 'containerd has no rewriting of paths: give the images the same paths in the mirror'
          : a.key === 'configs.*'
            ? 'write one entry for each endpoint: containerd looks for the exact host and port'
            : '',
    reason: 'containerd, docs/hosts.md, has no such field.',
  }),
  'convert/nothing-found': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file has neither registry.mirrors nor registry.configs',
    help: () =>
      'give a config.toml of containerd with [plugins."io.containerd.grpc.v1.cri".registry], or a registries.yaml with `mirrors` or `configs`',
    reason: 'There is nothing to convert.',
  }),
  'convert/syntax': rule<{ reason: string; line: number; column: number }>({
    severity: 'error',
    message: a =>
      `the file is neither TOML nor YAML: line ${a.line}, column ${a.column}: ${a.reason}`,
    help: () => '',
    reason: 'A config.toml is TOML, a registries.yaml is YAML.',
  }),
  'convert/write-password': rule<{ username: string; host: string; file: string }>({
    severity: 'note',
    message: a => `convert does not print the password of ${a.username} at ${a.host}`,
    help: a => `write it into ${a.file} beside the spec, or use {env: NAME}`,
    reason: 'A password on a terminal or in a pipe is easily stored by other programs.',
  }),
} as const

/** Reports a rule of this table. */
export const { report } = reporters(rules)
