/** The rules of specs: what a text, a field or two fields together can have wrong. */
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

const nearest = (a: { readonly nearest: string | null }) =>
  a.nearest === null ? '' : `did you mean "${a.nearest}"?`

export const rules = {
  'mirror/docker-hub-host': rule<{ host: string }>({
    severity: 'error',
    message: a => `no image is looked up at ${a.host}: containerd knows Docker Hub as docker.io`,
    help: () => 'write docker.io',
    reason: 'containerd chooses hosts.toml by the host in the image name, which is docker.io.',
  }),
  'mirror/endpoint-twice': rule<{ word: string }>({
    severity: 'error',
    message: a => `endpoint ${a.word} stands here twice`,
    help: () => 'leave one of the two out',
    reason: 'containerd refuses a hosts.toml that names a host twice and then asks the internet.',
  }),
  'mirror/endpoint-without-scheme': rule<{ endpoint: string }>({
    severity: 'error',
    message: a => `endpoint "${a.endpoint}" has no scheme`,
    help: a => `write http://${a.endpoint} or https://${a.endpoint}`,
    reason: 'containerd would guess https, and a plain registry would never be reached.',
  }),
  'mirror/tls-on-http': rule<{ endpoint: string }>({
    severity: 'error',
    message: a => `ca, client and skipVerify mean nothing to ${a.endpoint}`,
    help: () => 'write https://, or leave ca, client and skipVerify out',
    reason:
      'Where one of them stands beside a plain http host containerd from 1.6.25 on tries https first.',
  }),
  'network/isolated-without-address': rule<{ name: string }>({
    severity: 'error',
    message: a => `node ${a.name} is isolated and has no IP address`,
    help: () => 'set its address',
    reason:
      'The kubelet takes its address from the default route; on an isolated node that is the dummy.',
  }),
  'registry/address-unused': rule<{ run: string }>({
    severity: 'error',
    message: a => `address is the external registry's, and run is ${a.run}`,
    help: () => 'set run: external, or leave address out',
    reason: 'One of the two would silently win.',
  }),
  'registry/path-in-tmp': rule<{ path: string }>({
    severity: 'error',
    message: a => `the registry would not see ${a.path}: its unit has a /tmp of its own`,
    help: () => 'keep it elsewhere, such as below /var/lib/gen-node or /srv',
    reason: 'The unit runs with PrivateTmp, and a reboot empties /tmp.',
  }),
  'spec/address-twice': rule<{ word: string }>({
    severity: 'error',
    message: a => `two nodes have the address ${a.word}`,
    help: () => 'give every node its own',
    reason: 'Only one of them could join.',
  }),
  'spec/byte-order-mark': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file begins with a byte order mark',
    help: () => 'save it as UTF-8 without one',
    reason: 'Programs disagree about what it means.',
  }),
  'spec/empty': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the spec is empty',
    help: () => 'begin with `gen-node init`',
    reason: 'There is nothing to make a node of.',
  }),
  'spec/file-unreadable': rule<{ file: string; why: string }>({
    severity: 'error',
    message: a => `cannot read ${a.file}: ${a.why}`,
    help: () => "references are relative to the spec's folder",
    reason: 'A node without this file would not be what the spec says.',
  }),
  'spec/hostname-twice': rule<{ word: string }>({
    severity: 'error',
    message: a => `two nodes have the host name ${a.word}`,
    help: () => 'give every node its own',
    reason:
      'Kubernetes knows nodes by their host names: the second would take the place of the first.',
  }),
  'spec/inline-secret': rule<Record<never, never>>({
    severity: 'warning',
    message: () => 'a secret stands in the spec itself',
    help: () => 'write {file: PATH} or {env: NAME}',
    reason: 'Specs are kept in version control, and mailed.',
  }),
  'spec/malformed': rule<{ found: string; expected: string }>({
    severity: 'error',
    message: a => `${a.found} is not ${a.expected}`,
    help: () => '',
    reason: 'What a field means must be beyond doubt before a machine is made of it.',
  }),
  'spec/malformed-key': rule<{ key: string; expected: string }>({
    severity: 'error',
    message: a => `"${a.key}" is not ${a.expected}`,
    help: () => '',
    reason: 'The name has a grammar of its own, and its reader would refuse it.',
  }),
  'spec/manifest-on-worker': rule<{ name: string }>({
    severity: 'error',
    message: a => `manifest ${a.name} would never be applied: it is given to workers`,
    help: () => 'move it to roles.controller',
    reason: 'Only controllers apply manifests.',
  }),
  'spec/mirror-twice': rule<{ word: string }>({
    severity: 'error',
    message: a => `mirror ${a.word} is named twice`,
    help: () => 'merge the two: endpoints is a list',
    reason: 'There is one hosts.toml for a host.',
  }),
  'spec/missing-key': rule<{ key: string; example: string }>({
    severity: 'error',
    message: a => `"${a.key}" is missing`,
    help: a => `add \`${a.example}\``,
    reason: 'Nothing sensible can be assumed for it.',
  }),
  'spec/no-bootstrap': rule<{ name: string }>({
    severity: 'error',
    message: a => `worker ${a.name} does not know where its registry is`,
    help: () => 'set bootstrap (--bootstrap-ip), or the address of a controller',
    reason: 'A worker pulls everything from the bootstrap node.',
  }),
  'spec/no-value': rule<{ expected: string }>({
    severity: 'error',
    message: a => `there is no value here; it takes ${a.expected}`,
    help: () => 'give one, or leave the key out',
    reason: 'An empty value usually is a line that was lost.',
  }),
  'spec/node-twice': rule<{ word: string }>({
    severity: 'error',
    message: a => `two nodes are called ${a.word}`,
    help: () => 'give every node its own name',
    reason: 'The output has one folder for each.',
  }),
  'spec/not-text': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file is not a text in UTF-8',
    help: () => 'give a YAML file; for a rendered config use `gen-node inspect`',
    reason: 'A spec is YAML.',
  }),
  'spec/one-of': rule<{ keys: string; given: string }>({
    severity: 'error',
    message: a =>
      a.given === '' ? `one of ${a.keys} is missing` : `${a.given} exclude each other`,
    help: a => `give exactly one of ${a.keys}`,
    reason: 'There is one content.',
  }),
  'spec/outside-folder': rule<{ file: string }>({
    severity: 'error',
    message: a => `${a.file} lies outside the spec's folder`,
    help: () => 'copy it beside the spec and name it by a relative path',
    reason: 'A spec from elsewhere must not carry files of this machine away.',
  }),
  'spec/path-characters': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the path has invisible characters, or ends in a space',
    help: () => 'take them out',
    reason: 'Hardly any program on the node could name the file, and nobody could see why.',
  }),
  'spec/path-not-plain': rule<{ path: string }>({
    severity: 'error',
    message: a => `path "${a.path}" is not fully simplified`,
    help: () => 'write it without "//", ".", ".." and a slash at its end',
    reason: 'Ignition refuses such a path, and one file could have two names.',
  }),
  'spec/relative-path': rule<{ path: string }>({
    severity: 'error',
    message: a => `path "${a.path}" is relative`,
    help: a => {
      const plain = /^(?:\.{1,2}\/)*([\w@+-][\w@+./-]*)$/.exec(a.path)?.[1]
      return plain === undefined ? 'begin with /' : `write /${plain}`
    },
    reason: 'There is no current folder at a first boot.',
  }),
  'spec/single-among-others': rule<{ name: string }>({
    severity: 'error',
    message: a => `node ${a.name} is single, and there are others`,
    help: () => 'make it a controller: controllers run workloads too',
    reason: 'A single node neither lets others join nor joins.',
  }),
  'spec/too-large': rule<{ bytes: number; maxBytes: number }>({
    severity: 'error',
    message: a => `the spec has ${a.bytes} bytes, more than ${a.maxBytes}`,
    help: () => 'put large contents into files and name them with file:',
    reason: 'A spec of a thousand nodes has a hundred thousand bytes.',
  }),
  'spec/unit-name': rule<{ name: string }>({
    severity: 'error',
    message: a => `"${a.name}" is no unit name`,
    help: a => {
      if (/^[\w:@\\-]+$/.test(a.name)) return `write ${a.name}.service`
      return /^[\w:@\\.-]+$/.test(a.name)
        ? "give it a name with one of systemd's suffixes, such as .service"
        : 'use letters, digits and : _ . @ - only, and a suffix such as .service'
    },
    reason: 'systemd knows the kind of a unit by its suffix, and ignores what is no name.',
  }),
  'spec/unknown-key': rule<{ key: string; nearest: string | null }>({
    severity: 'error',
    message: a => `unknown key "${a.key}"`,
    help: nearest,
    reason: 'A misspelt key would be ignored, and the node would come up without what it says.',
  }),
  'spec/unknown-value': rule<{ found: string; allowed: string; nearest: string | null }>({
    severity: 'error',
    message: a => `unknown value ${a.found}`,
    help: a =>
      `${a.nearest === null ? '' : `did you mean "${a.nearest}"? `}it is one of ${a.allowed}`,
    reason: 'Only these are known.',
  }),
  'spec/unquoted': rule<{ written: string; kind: string; instead: string }>({
    severity: 'error',
    message: a => `YAML reads ${a.written} as a ${a.kind}, and this is a text`,
    help: a => `write ${a.instead}`,
    reason: 'Versions such as 1.10 and modes such as 0644 become other numbers without quotes.',
  }),
  'spec/utf-16': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the file is UTF-16',
    help: () => 'save it as UTF-8',
    reason: 'A spec is UTF-8.',
  }),
  'spec/variable-unset': rule<{ name: string }>({
    severity: 'error',
    message: a => `environment variable ${a.name} is not set, or empty`,
    help: () => 'set it, or write {file: PATH}',
    reason: 'The node would get an empty secret.',
  }),
  'spec/yes-no': rule<{ written: string; meant: string }>({
    severity: 'error',
    message: a => `"${a.written}" is a text in YAML 1.2`,
    help: a => `write ${a.meant}`,
    reason: 'YAML 1.1 read yes, no, on and off as booleans; 1.2 does not.',
  }),
  'yaml/duplicate-key': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this key stands in the mapping twice',
    help: () => 'merge the two',
    reason: 'Readers of YAML disagree about which one wins.',
  }),
  'yaml/key-not-plain': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a mapping, a list or a reference cannot be a key',
    help: () => 'put the text in quotes if it is one, such as "{{ name }}"',
    reason: 'A value that begins with { is a mapping in YAML, and in {{ … }} its key is one too.',
  }),
  'yaml/merge-key': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'YAML 1.2 has no merge keys (<<)',
    help: () => 'write the fields out, or put what nodes share under `defaults` or `roles`',
    reason: 'Readers of YAML disagree about what wins; the layers of a spec do not.',
  }),
  'yaml/several-documents': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a second document begins here',
    help: () => 'keep one spec in a file',
    reason: 'The others would be ignored.',
  }),
  'yaml/syntax': rule<{ message: string }>({
    severity: 'error',
    message: a => `this is not YAML: ${a.message.charAt(0).toLowerCase()}${a.message.slice(1)}`,
    help: () => '',
    reason: 'A spec is YAML 1.2.',
  }),
  'yaml/tab': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'a tab cannot indent YAML',
    help: () => 'use spaces',
    reason: 'How wide a tab is depends on who looks at it.',
  }),
  'yaml/tag': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this tag (!) means nothing here',
    help: () => 'leave it out, or quote the text if it is none',
    reason: 'What other programs do at a tag, such as decrypting, would not be done.',
  }),
  'yaml/too-deep': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this is nested deeper than any spec',
    help: () => 'look for brackets that are never closed',
    reason: 'No field is that deep; programs that read such a text run out of memory.',
  }),
  'yaml/too-many-references': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'with this reference (*) the text unfolds to more than any spec has',
    help: () => 'write the values out, or put what nodes share under `defaults` or `roles`',
    reason: 'A few lines of references to references can stand for more than all memory holds.',
  }),
  'yaml/unknown-anchor': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this reference (*) leads to no anchor (&) before it',
    help: () => 'define the anchor before its use, or quote the text if it is none',
    reason: 'A value that begins with * is a reference in YAML.',
  }),
} as const

export const { report, reportKey } = reporters(rules)
