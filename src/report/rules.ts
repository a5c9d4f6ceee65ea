/** The catalogue: every rule's severity, sentence, remedy and reason. All prose about mistakes is here. */

/** `error` stops the output, `warning` stops it under --strict, `note` never does. */
export type Severity = 'error' | 'warning' | 'note'

interface Rule<A> {
  readonly severity: Severity
  /** One sentence without a full stop: what is wrong, in the user's words. */
  readonly says: (args: A) => string
  /** What to do, as an imperative; empty where the sentence says it all. */
  readonly help: (args: A) => string
  /** Why the rule exists; shown by the documentation. */
  readonly why: string
}

function rule<A>(entry: Rule<A>): Rule<A> {
  return entry
}

const nearest = (a: { readonly nearest: string | null }) =>
  a.nearest === null ? '' : `did you mean "${a.nearest}"?`

export const rules = {
  'emit/gzip-not-taken': rule<{ format: string; platform: string | null }>({
    severity: 'error',
    says: a => `${a.platform ?? 'a machine'} takes no compressed ${a.format} config`,
    help: () => 'leave out --gzip always: files are compressed one by one where that is shorter',
    why: 'Ignition decompresses a whole config on vSphere and Akamai only, some clouds take text only: the machine would not boot.',
  }),
  'emit/unknown-platform': rule<{ platform: string; known: string }>({
    severity: 'error',
    says: a => `no size limit of a platform "${a.platform}" is known`,
    help: a => `use one of ${a.known}, or leave it out`,
    why: 'A limit that is guessed fails at the worst moment: when the machine is created.',
  }),
  'emit/unknown-version': rule<{ version: string; known: string }>({
    severity: 'error',
    says: a => `there is no Ignition specification ${a.version}`,
    help: a => `use one of ${a.known}`,
    why: 'A machine refuses a config of a version that it does not know, and does not boot.',
  }),
  'emit/version-lacks': rule<{ version: string; what: string; since: string }>({
    severity: 'error',
    says: a => `Ignition ${a.version} has no ${a.what}`,
    help: a => `use --ignition-version ${a.since} or later, or leave it out`,
    why: 'A machine whose Ignition does not know a field does not boot, or silently ignores it.',
  }),
  'inspect/hash-mismatch': rule<{ path: string; expected: string; found: string }>({
    severity: 'error',
    says: a =>
      `the content of ${a.path} is not what its hash says: ${a.found} instead of ${a.expected}`,
    help: () => '',
    why: 'Ignition verifies the hash of what it decoded and does not boot the machine when it differs.',
  }),
  'inspect/ignored': rule<{ what: string; why: string }>({
    severity: 'warning',
    says: a => `cloud-init ignores ${a.what}: ${a.why}`,
    help: () => '',
    why: 'cloud-init goes on without the parts that it does not understand, and reports success.',
  }),
  'inspect/not-shown': rule<{ what: string }>({
    severity: 'note',
    says: a => `what comes of ${a.what} is not shown`,
    help: () => '',
    why: 'Only what a config writes by itself can be read from it; what commands and scripts do is known when they have run.',
  }),
  'inspect/stops': rule<{ where: string; why: string }>({
    severity: 'warning',
    says: a => `cloud-init stops at ${a.where}, and what follows is never written: ${a.why}`,
    help: () => '',
    why: 'One entry that cannot be written ends the module; the modules after it still run, runcmd too.',
  }),
  'inspect/template': rule<Record<never, never>>({
    severity: 'warning',
    says: () =>
      'this is a jinja template: cloud-init fills it in on the machine, or drops it whole',
    help: () => 'leave out the line `## template: jinja`',
    why: 'With that line cloud-init treats `{{ … }}` in file contents as its own, and an unknown name in it changes or drops the config.',
  }),
  'inspect/unknown-content': rule<{ path: string; why: string }>({
    severity: 'warning',
    says: a => `what will be in ${a.path} cannot be known here: ${a.why}`,
    help: () => '',
    why: 'What is fetched from elsewhere or added to an existing file does not stand in the config.',
  }),
  'inspect/unreadable': rule<{ what: string; why: string }>({
    severity: 'error',
    says: a => `${a.what} cannot be read: ${a.why}`,
    help: () => '',
    why: 'A machine would not be able to read it either.',
  }),
  'inspect/version-two': rule<{ version: string }>({
    severity: 'error',
    says: a => `this is an Ignition ${a.version} config, of the old specification`,
    help: () => 'translate it with https://github.com/coreos/ign-converter, or render it again',
    why: 'Specification 2 means other things by the same words, and machines of today refuse it.',
  }),
  'k0s/containerd-override': rule<{ path: string }>({
    severity: 'error',
    says: a => `${a.path} would replace k0s' own containerd configuration, and the mirrors with it`,
    help: () => 'put what you need into a drop-in below /etc/k0s/containerd.d',
    why: 'k0s imports drop-ins only while /etc/k0s/containerd.toml is its own (docs.k0sproject.io, runtime).',
  }),
  'k0s/dropin-stops-k0s': rule<{ path: string; version: string }>({
    severity: 'error',
    says: a => `${a.path} is a containerd 1 drop-in, and k0s ${a.version} does not start with one`,
    help: () =>
      'write `version = 3` and the plugin names of containerd 2, such as io.containerd.cri.v1.runtime',
    why: 'From 1.36 on k0s ends at its pre-flight checks when a drop-in says `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/dropin-unknown-version': rule<{ path: string }>({
    severity: 'warning',
    says: a => `${a.path} is a containerd 1 drop-in: k0s 1.36 and later do not start with one`,
    help: () => 'name the version under `distro`',
    why: 'From 1.36 on k0s ends at its pre-flight checks when a drop-in says `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/k0rdent-registry': rule<{ wrong: string }>({
    severity: 'error',
    says: a => `the chart of k0rdent cannot come ${a.wrong}`,
    help: () =>
      'run the registry on the controllers without tls and auth, or use an external one with https and without auth',
    why: 'helm inside k0s speaks plain HTTP to its own machine alone, and has no password to send.',
  }),
  'k0s/token-for-another-role': rule<{ role: string; found: string }>({
    severity: 'error',
    says: a => `a ${a.role} cannot join with this token: it is a ${a.found}'s`,
    help: a =>
      `make one with \`k0s token create --role ${a.role}\` and set it under roles.${a.role}.token`,
    why: 'k0s has a token for each role; with the other one the node asks the wrong API and never joins.',
  }),
  'k0s/token-unreadable': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'this is no k0s join token',
    help: () => 'give what `k0s token create` printed, whole and on one line',
    why: 'A join token is base64 of a gzipped kubeconfig; a cut or wrapped one lets the node wait for ever.',
  }),
  'k0s/version-too-old': rule<{ version: string }>({
    severity: 'error',
    says: a => `k0s ${a.version} reads no containerd drop-ins: its mirrors would never be asked`,
    help: () => 'use k0s 1.28 or later',
    why: 'k0s imports /etc/k0s/containerd.d from 1.27.1 on (k0sproject/k0s, docs/runtime.md).',
  }),
  'mirror/docker-hub-host': rule<{ host: string }>({
    severity: 'error',
    says: a => `no image is looked up at ${a.host}: containerd knows Docker Hub as docker.io`,
    help: () => 'write docker.io',
    why: 'containerd chooses hosts.toml by the host in the image name, which is docker.io.',
  }),
  'mirror/endpoint-twice': rule<{ word: string }>({
    severity: 'error',
    says: a => `endpoint ${a.word} stands here twice`,
    help: () => 'leave one of the two out',
    why: 'containerd refuses a hosts.toml that names a host twice and then asks the internet.',
  }),
  'mirror/endpoint-without-scheme': rule<{ endpoint: string }>({
    severity: 'error',
    says: a => `endpoint "${a.endpoint}" has no scheme`,
    help: a => `write http://${a.endpoint} or https://${a.endpoint}`,
    why: 'containerd would guess https, and a plain registry would never be reached.',
  }),
  'mirror/file-unreadable': rule<{ what: string }>({
    severity: 'error',
    says: a => `this is not ${a.what} in PEM form`,
    help: () => 'give a file that begins with -----BEGIN',
    why: 'containerd fails every pull of a mirror whose certificates it cannot read.',
  }),
  'mirror/ipv6-needs-version': rule<{ endpoint: string }>({
    severity: 'error',
    says: a => `how ${a.endpoint} is written for containerd depends on the version of k0s`,
    help: () => 'name the version under `distro` (--k0s-version)',
    why: 'containerd 1 and 2 read an IPv6 address only in forms that the other one does not read.',
  }),
  'mirror/never-pulled': rule<Record<never, never>>({
    severity: 'warning',
    says: () => 'with default_pull_policy Never nothing is pulled, not even from a mirror',
    help: () =>
      'leave it out, or set `registry: {run: none}` where all images lie in /var/lib/k0s/images',
    why: 'k0s puts `imagePullPolicy: Never` on every pod that it manages: only images imported before run.',
  }),
  'mirror/tls-on-http': rule<{ endpoint: string }>({
    severity: 'error',
    says: a => `ca, client and skipVerify mean nothing to ${a.endpoint}`,
    help: () => 'write https://, or leave ca, client and skipVerify out',
    why: 'Where one of them stands beside a plain http host containerd from 1.6.25 on tries https first.',
  }),
  'network/isolated-without-address': rule<{ name: string }>({
    severity: 'error',
    says: a => `node ${a.name} is isolated and has no IP address`,
    help: () => 'set its address',
    why: 'The kubelet takes its address from the default route; on an isolated node that is the dummy.',
  }),
  'plan/below-a-file': rule<{ path: string; file: string }>({
    severity: 'error',
    says: a => `${a.path} lies below ${a.file}, which is no directory`,
    help: () => 'choose another path for one of the two',
    why: 'No machine can hold both; configuration tools stop in the middle.',
  }),
  'plan/secret-readable': rule<{ path: string; mode: string }>({
    severity: 'error',
    says: a => `${a.path} holds a secret and would be readable by everybody (mode ${a.mode})`,
    help: () => 'leave mode out (0600), or take the rights of others away',
    why: 'Every process on the node could read it.',
  }),
  'plan/template-enabled': rule<{ name: string }>({
    severity: 'error',
    says: a => `${a.name} is a template: it can only be enabled for an instance`,
    help: a => `set enabled: false, or name an instance such as ${a.name.replace('@.', '@1.')}`,
    why: 'systemctl refuses to enable it, and what is enabled with it does not start either.',
  }),
  'plan/two-owners': rule<{ path: string; other: string }>({
    severity: 'error',
    says: a => `${a.path} is already written by ${a.other}`,
    help: () => 'choose another path, or leave one of the two out',
    why: 'Which of the two would win depends on the configuration tool.',
  }),
  'plan/unit-empty': rule<{ name: string }>({
    severity: 'error',
    says: a => `unit ${a.name} has no section`,
    help: () => 'begin it with [Unit] or [Service]',
    why: 'systemd refuses it, and Ignition stops the machine.',
  }),
  'plan/unit-not-installable': rule<{ name: string }>({
    severity: 'error',
    says: a => `unit ${a.name} has no [Install] section and cannot be enabled`,
    help: () => 'add [Install] with WantedBy=multi-user.target, or set enabled: false',
    why: 'Nothing would start it at a boot.',
  }),
  'plan/volatile-path': rule<{ path: string }>({
    severity: 'error',
    says: a => `${a.path} would not survive until the system is up`,
    help: () => 'choose a path outside /tmp, /run, /dev, /proc and /sys',
    why: 'These are mounted or cleaned after the configuration tool has written its files.',
  }),
  'registry/address-unused': rule<{ run: string }>({
    severity: 'error',
    says: a => `address is the external registry's, and run is ${a.run}`,
    help: () => 'set run: external, or leave address out',
    why: 'One of the two would silently win.',
  }),
  'registry/path-in-tmp': rule<{ path: string }>({
    severity: 'error',
    says: a => `the registry would not see ${a.path}: its unit has a /tmp of its own`,
    help: () => 'keep it elsewhere, such as below /var/lib/gen-node or /srv',
    why: 'The unit runs with PrivateTmp, and a reboot empties /tmp.',
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
    says: a =>
      `${a.name} has ${a.counted} bytes, and ${a.platform} takes ${a.limit}; most of it is ${a.heaviest}`,
    help: a => a.remedies,
    why: 'A platform refuses user-data that is too large, or cuts it silently, and the node boots without.',
  }),
  'spec/address-twice': rule<{ word: string }>({
    severity: 'error',
    says: a => `two nodes have the address ${a.word}`,
    help: () => 'give every node its own',
    why: 'Only one of them could join.',
  }),
  'spec/byte-order-mark': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'the file begins with a byte order mark',
    help: () => 'save it as UTF-8 without one',
    why: 'Programs disagree about what it means.',
  }),
  'spec/empty': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'the spec is empty',
    help: () => 'begin with `gen-node init`',
    why: 'There is nothing to make a node of.',
  }),
  'spec/file-unreadable': rule<{ file: string; why: string }>({
    severity: 'error',
    says: a => `cannot read ${a.file}: ${a.why}`,
    help: () => "references are relative to the spec's folder",
    why: 'A node without this file would not be what the spec says.',
  }),
  'spec/hostname-twice': rule<{ word: string }>({
    severity: 'error',
    says: a => `two nodes have the host name ${a.word}`,
    help: () => 'give every node its own',
    why: 'Kubernetes knows nodes by their host names: the second would take the place of the first.',
  }),
  'spec/inline-secret': rule<Record<never, never>>({
    severity: 'warning',
    says: () => 'a secret stands in the spec itself',
    help: () => 'write {file: PATH} or {env: NAME}',
    why: 'Specs are kept in version control, and mailed.',
  }),
  'spec/malformed': rule<{ found: string; expected: string }>({
    severity: 'error',
    says: a => `${a.found} is not ${a.expected}`,
    help: () => '',
    why: 'What a field means must be beyond doubt before a machine is made of it.',
  }),
  'spec/malformed-key': rule<{ key: string; expected: string }>({
    severity: 'error',
    says: a => `"${a.key}" is not ${a.expected}`,
    help: () => '',
    why: 'The name has a grammar of its own, and its reader would refuse it.',
  }),
  'spec/manifest-on-worker': rule<{ name: string }>({
    severity: 'error',
    says: a => `manifest ${a.name} would never be applied: it is given to workers`,
    help: () => 'move it to roles.controller',
    why: 'Only controllers apply manifests.',
  }),
  'spec/mirror-twice': rule<{ word: string }>({
    severity: 'error',
    says: a => `mirror ${a.word} is named twice`,
    help: () => 'merge the two: endpoints is a list',
    why: 'There is one hosts.toml for a host.',
  }),
  'spec/missing-key': rule<{ key: string; example: string }>({
    severity: 'error',
    says: a => `"${a.key}" is missing`,
    help: a => `add \`${a.example}\``,
    why: 'Nothing sensible can be assumed for it.',
  }),
  'spec/no-bootstrap': rule<{ name: string }>({
    severity: 'error',
    says: a => `worker ${a.name} does not know where its registry is`,
    help: () => 'set bootstrap (--bootstrap-ip), or the address of a controller',
    why: 'A worker pulls everything from the bootstrap node.',
  }),
  'spec/no-value': rule<{ expected: string }>({
    severity: 'error',
    says: a => `there is no value here; it takes ${a.expected}`,
    help: () => 'give one, or leave the key out',
    why: 'An empty value usually is a line that was lost.',
  }),
  'spec/node-twice': rule<{ word: string }>({
    severity: 'error',
    says: a => `two nodes are called ${a.word}`,
    help: () => 'give every node its own name',
    why: 'The output has one folder for each.',
  }),
  'spec/not-text': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'the file is not a text in UTF-8',
    help: () => 'give a YAML file; for a rendered config use `gen-node inspect`',
    why: 'A spec is YAML.',
  }),
  'spec/one-of': rule<{ keys: string; given: string }>({
    severity: 'error',
    says: a => (a.given === '' ? `one of ${a.keys} is missing` : `${a.given} exclude each other`),
    help: a => `give exactly one of ${a.keys}`,
    why: 'There is one content.',
  }),
  'spec/outside-folder': rule<{ file: string }>({
    severity: 'error',
    says: a => `${a.file} lies outside the spec's folder`,
    help: () => 'copy it beside the spec and name it by a relative path',
    why: 'A spec from elsewhere must not carry files of this machine away.',
  }),
  'spec/path-characters': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'the path has invisible characters, or ends in a space',
    help: () => 'take them out',
    why: 'Hardly any program on the node could name the file, and nobody could see why.',
  }),
  'spec/path-not-plain': rule<{ path: string }>({
    severity: 'error',
    says: a => `path "${a.path}" is not fully simplified`,
    help: () => 'write it without "//", ".", ".." and a slash at its end',
    why: 'Ignition refuses such a path, and one file could have two names.',
  }),
  'spec/relative-path': rule<{ path: string }>({
    severity: 'error',
    says: a => `path "${a.path}" is relative`,
    help: a => {
      const plain = /^(?:\.{1,2}\/)*([\w@+-][\w@+./-]*)$/.exec(a.path)?.[1]
      return plain === undefined ? 'begin with /' : `write /${plain}`
    },
    why: 'There is no current folder at a first boot.',
  }),
  'spec/single-among-others': rule<{ name: string }>({
    severity: 'error',
    says: a => `node ${a.name} is single, and there are others`,
    help: () => 'make it a controller: controllers run workloads too',
    why: 'A single node neither lets others join nor joins.',
  }),
  'spec/too-large': rule<{ bytes: number; maxBytes: number }>({
    severity: 'error',
    says: a => `the spec has ${a.bytes} bytes, more than ${a.maxBytes}`,
    help: () => 'put large contents into files and name them with file:',
    why: 'A spec of a thousand nodes has a hundred thousand bytes.',
  }),
  'spec/unit-name': rule<{ name: string }>({
    severity: 'error',
    says: a => `"${a.name}" is no unit name`,
    help: a => {
      if (/^[\w:@\\-]+$/.test(a.name)) return `write ${a.name}.service`
      return /^[\w:@\\.-]+$/.test(a.name)
        ? "give it a name with one of systemd's suffixes, such as .service"
        : 'use letters, digits and : _ . @ - only, and a suffix such as .service'
    },
    why: 'systemd knows the kind of a unit by its suffix, and ignores what is no name.',
  }),
  'spec/unknown-key': rule<{ key: string; nearest: string | null }>({
    severity: 'error',
    says: a => `unknown key "${a.key}"`,
    help: nearest,
    why: 'A misspelt key would be ignored, and the node would come up without what it says.',
  }),
  'spec/unknown-value': rule<{ found: string; allowed: string; nearest: string | null }>({
    severity: 'error',
    says: a => `unknown value ${a.found}`,
    help: a =>
      `${a.nearest === null ? '' : `did you mean "${a.nearest}"? `}it is one of ${a.allowed}`,
    why: 'Only these are known.',
  }),
  'spec/unquoted': rule<{ written: string; kind: string; instead: string }>({
    severity: 'error',
    says: a => `YAML reads ${a.written} as a ${a.kind}, and this is a text`,
    help: a => `write ${a.instead}`,
    why: 'Versions such as 1.10 and modes such as 0644 become other numbers without quotes.',
  }),
  'spec/utf-16': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'the file is UTF-16',
    help: () => 'save it as UTF-8',
    why: 'A spec is UTF-8.',
  }),
  'spec/variable-unset': rule<{ name: string }>({
    severity: 'error',
    says: a => `environment variable ${a.name} is not set, or empty`,
    help: () => 'set it, or write {file: PATH}',
    why: 'The node would get an empty secret.',
  }),
  'spec/yes-no': rule<{ written: string; meant: string }>({
    severity: 'error',
    says: a => `"${a.written}" is a text in YAML 1.2`,
    help: a => `write ${a.meant}`,
    why: 'YAML 1.1 read yes, no, on and off as booleans; 1.2 does not.',
  }),
  'text/not-utf-8': rule<{ file: string }>({
    severity: 'error',
    says: a => `${a.file} is not a text in UTF-8`,
    help: () => 'save it as UTF-8',
    why: 'Units, manifests and tokens are texts.',
  }),
  'yaml/duplicate-key': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'this key stands in the mapping twice',
    help: () => 'merge the two',
    why: 'Readers of YAML disagree about which one wins.',
  }),
  'yaml/key-not-plain': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'a mapping, a list or a reference cannot be a key',
    help: () => 'put the text in quotes if it is one, such as "{{ name }}"',
    why: 'A value that begins with { is a mapping in YAML, and in {{ … }} its key is one too.',
  }),
  'yaml/merge-key': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'YAML 1.2 has no merge keys (<<)',
    help: () => 'write the fields out, or put what nodes share under `defaults` or `roles`',
    why: 'Readers of YAML disagree about what wins; the layers of a spec do not.',
  }),
  'yaml/several-documents': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'a second document begins here',
    help: () => 'keep one spec in a file',
    why: 'The others would be ignored.',
  }),
  'yaml/syntax': rule<{ message: string }>({
    severity: 'error',
    says: a => `this is not YAML: ${a.message.charAt(0).toLowerCase()}${a.message.slice(1)}`,
    help: () => '',
    why: 'A spec is YAML 1.2.',
  }),
  'yaml/tab': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'a tab cannot indent YAML',
    help: () => 'use spaces',
    why: 'How wide a tab is depends on who looks at it.',
  }),
  'yaml/tag': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'this tag (!) means nothing here',
    help: () => 'leave it out, or quote the text if it is none',
    why: 'What other programs do at a tag, such as decrypting, would not be done.',
  }),
  'yaml/too-deep': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'this is nested deeper than any spec',
    help: () => 'look for brackets that are never closed',
    why: 'No field is that deep; programs that read such a text run out of memory.',
  }),
  'yaml/too-many-references': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'with this reference (*) the text unfolds to more than any spec has',
    help: () => 'write the values out, or put what nodes share under `defaults` or `roles`',
    why: 'A few lines of references to references can stand for more than all memory holds.',
  }),
  'yaml/unknown-anchor': rule<Record<never, never>>({
    severity: 'error',
    says: () => 'this reference (*) leads to no anchor (&) before it',
    help: () => 'define the anchor before its use, or quote the text if it is none',
    why: 'A value that begins with * is a reference in YAML.',
  }),
} as const

/** The name of a rule: `room/what-is-wrong`. */
export type RuleId = keyof typeof rules

/** What the sentence of a rule needs to know. */
export type RuleArgs<R extends RuleId> = Parameters<(typeof rules)[R]['says']>[0]
