/** The rules of specs: of their text, of single fields and of fields that depend on each other. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

const nearest = (a: { readonly nearest: string | null }) =>
  a.nearest === null ? '' : `did you mean "${a.nearest}"?`

/** Values that are not a text, for `sops/not-text`. */
const notTexts = {
  mapping: 'is a mapping, not a text',
  list: 'is a list, not a text',
  number: 'is a number, not a text',
  boolean: 'is a boolean, not a text',
  null: 'is null, not a text',
  empty: 'is an empty text',
  binary: 'is not UTF-8 text',
  several: 'is the key of several values, because keys contain dots',
} as const

/** Features of SOPS files that only the program reads, for `sops/unsupported`. */
const sopsFeatures = {
  'key-groups': 'it has several groups of keys',
  'no-age-recipient': 'it has no age recipient',
  'comment-regex': 'its comments decide which values are encrypted',
  'go-regex': 'it has a regular expression that only Go can read',
} as const

/** The rules of specs by id. */
export const rules = {
  'mirror/docker-hub-host': rule<{ host: string }>({
    severity: 'error',
    message: a => `containerd never looks up images of Docker Hub as ${a.host}`,
    help: () => 'write docker.io',
    reason:
      'containerd chooses the hosts.toml by the host in the image name, which is docker.io for Docker Hub.',
  }),
  'mirror/endpoint-twice': rule<{ value: string }>({
    severity: 'error',
    message: a => `endpoint "${a.value}" is listed twice`,
    help: () => 'remove one of the two',
    reason:
      'containerd rejects a hosts.toml with a duplicate host, and then pulls from the upstream registry.',
  }),
  'mirror/endpoint-without-scheme': rule<{ endpoint: string }>({
    severity: 'error',
    message: a => `endpoint "${a.endpoint}" has no scheme`,
    help: a => `write http://${a.endpoint} or https://${a.endpoint}`,
    reason: 'containerd assumes https, which fails if the registry serves plain HTTP.',
  }),
  'mirror/override-without-v2': rule<{ endpoint: string }>({
    severity: 'error',
    message: a =>
      `with overridePath, containerd asks ${a.endpoint}/NAME/manifests/TAG, which lacks /v2`,
    help: () => 'write the whole path, such as https://registry.site/v2/proxy',
    reason: 'containerd appends nothing to the path of an endpoint with override_path.',
  }),
  'mirror/path-without-override': rule<{ endpoint: string; path: string }>({
    severity: 'error',
    message: a => `containerd asks ${a.endpoint}/v2/NAME/manifests/TAG: it appends /v2 to the path`,
    help: a =>
      a.path.startsWith('/v2/')
        ? 'add overridePath: true'
        : `add overridePath: true and write the whole path: /v2${a.path} for a project of a registry, ${a.path}/v2 behind a prefix`,
    reason:
      'Registries that have their projects in the path, such as Harbor, answer below /v2 only.',
  }),
  'mirror/server-with-path': rule<{ server: string }>({
    severity: 'error',
    message: a => `containerd asks ${a.server}/v2/NAME/manifests/TAG: it appends /v2 to the path`,
    help: a =>
      `write ${a.server}/v2 if the registry answers there, else list the URL under endpoints with overridePath: true`,
    reason:
      'Images that the endpoints lack would be requested below a path that the registry does not have.',
  }),
  'mirror/tls-on-http': rule<{ endpoint: string }>({
    severity: 'error',
    message: a =>
      `ca, client and skipVerify have no effect on ${a.endpoint}, which uses plain HTTP`,
    help: () => 'use an https:// URL, or remove ca, client and skipVerify',
    reason:
      'With one of them in hosts.toml, containerd 1.6.25 and later tries https first, also for an http:// URL.',
  }),
  'network/isolated-without-address': rule<{ name: string }>({
    severity: 'error',
    message: a => `isolated node ${a.name} has no IP address`,
    help: () => 'set address to the IP address of the node',
    reason:
      'The kubelet derives the IP address of the node from the default route, which is a dummy on an isolated node.',
  }),
  'registry/address-with-path': rule<{ address: string }>({
    severity: 'error',
    message: a => `${a.address} has a path, which is not part of the names of images`,
    help: () =>
      'write the URL without its path, and give the mirrors endpoints with the path and overridePath: true',
    reason:
      'Charts and images that name the registry by HOST:PORT are requested below /v2 of that host.',
  }),
  'registry/address-unused': rule<{ run: string }>({
    severity: 'error',
    message: a => `address is for an external registry, but run is ${a.run}`,
    help: () => 'set run: external, or remove address',
    reason: 'address has no effect unless run is external.',
  }),
  'registry/listen-loopback': rule<{ listen: string; name: string }>({
    severity: 'error',
    message: a => `the registry listens on ${a.listen}, which ${a.name} cannot reach`,
    help: () => 'remove listen: the default is 0.0.0.0 where other nodes use the registry',
    reason: 'Workers pull their images from the registry on the controllers.',
  }),
  'registry/listen-of-one-node': rule<{ listen: string; count: number }>({
    severity: 'error',
    message: a => `${a.count} nodes run the registry, and only one of them can have ${a.listen}`,
    help: () => 'remove listen, or write 0.0.0.0',
    reason: 'The registry does not start with an address that its machine does not have.',
  }),
  'registry/path-in-tmp': rule<{ path: string }>({
    severity: 'error',
    message: a =>
      `the registry cannot read ${a.path}: its systemd unit has a private /tmp and /var/tmp`,
    help: () => 'use another directory, such as one below /var/lib/gen-node or /srv',
    reason: 'The unit runs with PrivateTmp, and /tmp is emptied at every boot.',
  }),
  'sops/edited': rule<{ file: string }>({
    severity: 'error',
    message: a => `${a.file} was changed without sops: its content does not match its MAC`,
    help: () => 'restore the file, and change it with `sops edit`',
    reason: 'The nodes would get a secret that the owner of the keys did not write.',
  }),
  'sops/identity-unreadable': rule<{ source: string; reason: string }>({
    severity: 'error',
    message: a => `cannot read an age key from ${a.source}: ${a.reason}`,
    help: () =>
      'give the file that `age-keygen` wrote; keys with a passphrase need the program sops in PATH',
    reason: 'No other age key decrypts the file.',
  }),
  'sops/no-identity': rule<{ file: string; recipients: string }>({
    severity: 'error',
    message: a => `no available age key decrypts ${a.file}`,
    help: a =>
      `set SOPS_AGE_KEY_FILE to the file with the private key of ${a.recipients}; SSH keys and plugins of age need the program sops in PATH`,
    reason: 'A SOPS file is encrypted for the keys that it lists.',
  }),
  'sops/not-sops': rule<{ file: string }>({
    severity: 'error',
    message: a => `${a.file} is not a YAML or JSON document that SOPS encrypted`,
    help: () => 'encrypt it with `sops encrypt --in-place`, or write {file: PATH}',
    reason:
      'A file without the metadata of SOPS has no MAC, which shows whether it was changed. Files with several documents are not supported.',
  }),
  'sops/not-text': rule<{ file: string; key: string; found: keyof typeof notTexts }>({
    severity: 'error',
    message: a => `${a.key} in ${a.file} ${notTexts[a.found]}`,
    help: () => 'name the key of a text; before encryption, put a number in quotes',
    reason: 'A secret is a text: the spelling of a number is lost when it is parsed.',
  }),
  'sops/program-failed': rule<{ file: string; reason: string }>({
    severity: 'error',
    message: a => `the program sops cannot decrypt ${a.file}: ${a.reason}`,
    help: a => `\`sops decrypt ${a.file}\` shows its message`,
    reason: 'Messages of sops are not shown here, because they can contain hashes of secrets.',
  }),
  'sops/unknown-key': rule<{ file: string; key: string; nearest: string | null }>({
    severity: 'error',
    message: a => `${a.file} has no key ${a.key}`,
    help: nearest,
    reason: 'The keys in a SOPS file are not encrypted: they are as written.',
  }),
  'sops/unsupported': rule<{ file: string; feature: keyof typeof sopsFeatures }>({
    severity: 'error',
    message: a => `only the program sops can decrypt ${a.file}: ${sopsFeatures[a.feature]}`,
    help: () => 'install sops in PATH, or encrypt the file for an age key',
    reason: 'Without the program, gen-node decrypts files that have an age recipient.',
  }),
  'spec/address-twice': rule<{ value: string }>({
    severity: 'error',
    message: a => `address ${a.value} is used by two nodes`,
    help: () => 'give every node its own address',
    reason: 'Only one of the two nodes could join the cluster.',
  }),
  'spec/byte-order-mark': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file begins with a byte order mark',
    help: () => 'save the file as UTF-8 without a byte order mark',
    reason: 'Programs treat a byte order mark differently.',
  }),
  'spec/empty': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the spec is empty',
    help: () => 'create a spec with `gen-node init`',
    reason: 'A spec needs at least apiVersion and nodes.',
  }),
  'spec/file-unreadable': rule<{ file: string; reason: string }>({
    severity: 'error',
    message: a => `cannot read ${a.file}: ${a.reason}`,
    help: () => 'check the path: it is relative to the folder of the spec',
    reason: 'The node needs the content of this file.',
  }),
  'spec/hostname-twice': rule<{ value: string }>({
    severity: 'error',
    message: a => `host name ${a.value} is used by two nodes`,
    help: () => 'give every node its own host name',
    reason:
      'Kubernetes identifies nodes by their host names: the second node would replace the first.',
  }),
  'spec/inline-secret': rule<{ field: string }>({
    severity: 'warning',
    message: () => 'the spec contains a secret in plain text',
    help: a =>
      a.field === 'content'
        ? 'write `file: PATH` instead of `content`'
        : 'write {file: PATH}, {env: NAME} or {sops: PATH, key: KEY}',
    reason: 'Specs are kept in version control and are sent to other people.',
  }),
  'spec/malformed': rule<{ found: string; expected: string }>({
    severity: 'error',
    message: a => `${a.found} is not ${a.expected}`,
    help: () => '',
    reason: "The value does not match the field's grammar.",
  }),
  'spec/malformed-key': rule<{ key: string; expected: string }>({
    severity: 'error',
    message: a => `"${a.key}" is not ${a.expected}`,
    help: () => '',
    reason: "The key does not match the field's grammar.",
  }),
  'spec/manifest-on-worker': rule<{ name: string }>({
    severity: 'error',
    message: a => `manifest ${a.name} is set for workers, which apply no manifests`,
    help: () => 'move it to roles.controller',
    reason: 'Only controllers apply manifests.',
  }),
  'spec/mirror-twice': rule<{ value: string }>({
    severity: 'error',
    message: a => `mirror ${a.value} is listed twice`,
    help: () => 'merge the two mirrors: endpoints can list several URLs',
    reason: 'containerd reads one hosts.toml per registry host.',
  }),
  'spec/missing-key': rule<{ key: string; example: string }>({
    severity: 'error',
    message: a => `"${a.key}" is missing`,
    help: a => `add \`${a.example}\``,
    reason: 'The field is required and has no default.',
  }),
  'spec/no-bootstrap': rule<{ name: string }>({
    severity: 'error',
    message: a => `the registry address for worker ${a.name} is unknown`,
    help: () => 'set bootstrap (--bootstrap-ip), or the address of a controller',
    reason: 'A worker pulls its images from the registry on the bootstrap node.',
  }),
  'spec/no-value': rule<{ expected: string }>({
    severity: 'error',
    message: a => `the value is missing; expected ${a.expected}`,
    help: () => 'add a value, or remove the key',
    reason: 'An empty value is usually an unfinished line.',
  }),
  'spec/node-twice': rule<{ value: string }>({
    severity: 'error',
    message: a => `node name ${a.value} is used twice`,
    help: () => 'give every node its own name',
    reason: 'The output has one folder per node, named after the node.',
  }),
  'spec/not-text': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file is not UTF-8 text',
    help: () => 'give a YAML file; for a rendered configuration use `gen-node inspect`',
    reason: 'A spec is a YAML text.',
  }),
  'spec/one-of': rule<{ keys: string; present: string }>({
    severity: 'error',
    message: a =>
      a.present === '' ? `one of ${a.keys} is missing` : `${a.present} exclude each other`,
    help: a => `set exactly one of ${a.keys}`,
    reason: 'The fields are alternatives: one value has one source.',
  }),
  'spec/outside-folder': rule<{ file: string }>({
    severity: 'error',
    message: a => `${a.file} is outside the folder of the spec`,
    help: () => 'copy it into the folder of the spec and use a relative path',
    reason: 'A spec from another person must not be able to read any file of this machine.',
  }),
  'spec/path-characters': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the path contains invisible characters, or a space at the end of a name',
    help: () => 'remove these characters',
    reason: 'Two such paths can look identical, and few programs can handle them.',
  }),
  'spec/path-not-plain': rule<{ path: string }>({
    severity: 'error',
    message: a => `path "${a.path}" is not normalized`,
    help: () => 'remove "//", ".", ".." and a slash at the end',
    reason: 'Ignition rejects such a path, and two different paths could name the same file.',
  }),
  'spec/path-too-long': rule<{ part: 'path' | 'component'; maxBytes: number }>({
    severity: 'error',
    message: a =>
      a.part === 'path'
        ? `the path is longer than ${a.maxBytes} bytes`
        : `a name in the path is longer than ${a.maxBytes} bytes`,
    help: () => 'use a shorter path',
    reason:
      'Linux limits a path to 4096 bytes, including the directory below which Ignition writes, and each name to 255 bytes.',
  }),
  'spec/relative-path': rule<{ path: string }>({
    severity: 'error',
    message: a => `path "${a.path}" is relative`,
    help: a => {
      const plain = /^(?:\.{1,2}\/)*([\w@+-][\w@+./-]*)$/.exec(a.path)?.[1]
      return plain === undefined ? 'begin the path with /' : `write /${plain}`
    },
    reason: 'A path on a node must be absolute: the first boot has no current directory.',
  }),
  'spec/single-among-others': rule<{ name: string }>({
    severity: 'error',
    message: a => `node ${a.name} has the role single, but the cluster has other nodes`,
    help: () => 'use the role controller: a controller runs workloads too',
    reason: 'A node with the role single cannot join a cluster, and no other node can join it.',
  }),
  'spec/too-large': rule<{ bytes: number; maxBytes: number }>({
    severity: 'error',
    message: a => `the spec has ${a.bytes} bytes; the limit is ${a.maxBytes}`,
    help: () => 'move large contents into files, and refer to them with file:',
    reason: 'A spec of a thousand nodes has about 100 KB: a larger file is probably not a spec.',
  }),
  'spec/unit-name': rule<{ name: string }>({
    severity: 'error',
    message: a => `"${a.name}" is not a valid unit name`,
    help: a => {
      if (/^[\w:@\\-]+$/.test(a.name)) return `write ${a.name}.service`
      return /^[\w:@\\.-]+$/.test(a.name)
        ? 'use a suffix that systemd knows, such as .service'
        : 'use only letters, digits and : _ . @ -, and a suffix such as .service'
    },
    reason: 'systemd derives the unit type from the suffix, and ignores files with other names.',
  }),
  'spec/unknown-key': rule<{ key: string; nearest: string | null }>({
    severity: 'error',
    message: a => `unknown key "${a.key}"`,
    help: nearest,
    reason: 'An unknown key would have no effect: the node would lack what it sets.',
  }),
  'spec/unknown-value': rule<{ found: string; allowed: string; nearest: string | null }>({
    severity: 'error',
    message: a => `unknown value ${a.found}`,
    help: a => `${a.nearest === null ? '' : `did you mean "${a.nearest}"? `}allowed: ${a.allowed}`,
    reason: 'No other value is defined.',
  }),
  'spec/unquoted': rule<{ written: string; kind: string; instead: string }>({
    severity: 'error',
    message: a => `YAML reads ${a.written} as a ${a.kind}, but the field is a text`,
    help: a => `write ${a.instead}`,
    reason: 'Without quotes, YAML changes versions such as 1.10 and modes such as 0644.',
  }),
  'spec/utf-16': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file is encoded in UTF-16',
    help: () => 'save the file as UTF-8',
    reason: 'A spec is encoded in UTF-8.',
  }),
  'spec/variable-unset': rule<{ name: string }>({
    severity: 'error',
    message: a => `environment variable ${a.name} is not set, or empty`,
    help: () => 'set the variable, or write {file: PATH}',
    reason: 'The node would get an empty secret.',
  }),
  'spec/yes-no': rule<{ written: string; meant: string }>({
    severity: 'error',
    message: a => `"${a.written}" is a text in YAML 1.2, not a boolean`,
    help: a => `write ${a.meant}`,
    reason: 'YAML 1.1 read yes, no, on and off as booleans; YAML 1.2 does not.',
  }),
  'yaml/duplicate-key': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the key is in this mapping twice',
    help: () => 'merge the two entries',
    reason: 'YAML parsers disagree about which of the two entries counts.',
  }),
  'yaml/key-not-plain': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a mapping, a list or an alias is used as a key',
    help: () => 'put a text such as "{{ name }}" in quotes',
    reason:
      'Keys are texts. YAML reads a value that begins with { as a mapping, and {{ … }} as a mapping whose key is a mapping.',
  }),
  'yaml/merge-key': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'merge keys (<<) are not part of YAML 1.2',
    help: () => 'write the fields out, or put shared fields under `defaults` or `roles`',
    reason:
      'YAML parsers disagree about which value of a merge counts; the layers of a spec have a fixed order.',
  }),
  'yaml/several-documents': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a second YAML document begins here',
    help: () => 'put each spec into its own file',
    reason: 'Only the first document would be read.',
  }),
  'yaml/syntax': rule<{ message: string }>({
    severity: 'error',
    message: a => `invalid YAML: ${a.message.charAt(0).toLowerCase()}${a.message.slice(1)}`,
    help: () => '',
    reason: 'A spec is YAML 1.2.',
  }),
  'yaml/tab': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a tab is used for indentation',
    help: () => 'use spaces',
    reason: 'YAML forbids tabs in indentation.',
  }),
  'yaml/tag': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this YAML tag (!) is not supported',
    help: () => 'remove the tag, or put the text in quotes if it is not a tag',
    reason: 'gen-node would not do what other programs do for a tag, such as decrypting the value.',
  }),
  'yaml/too-deep': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the value is nested too deeply',
    help: () => 'check for brackets that are not closed',
    reason:
      'No field of a spec is nested that deeply, and parsers run out of memory on such a text.',
  }),
  'yaml/too-many-references': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this alias (*) expands the text beyond the limit',
    help: () => 'write the values out, or put shared fields under `defaults` or `roles`',
    reason: 'A few lines of nested aliases can expand beyond the available memory.',
  }),
  'yaml/unknown-anchor': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this alias (*) has no anchor (&) before it',
    help: () =>
      'define the anchor before the alias, or put the text in quotes if it is not an alias',
    reason: 'YAML reads a value that begins with * as an alias.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
