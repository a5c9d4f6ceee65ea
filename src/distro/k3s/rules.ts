/** The rules of k3s. */
import { rules as specRules } from '../../model/rules.ts'
import { reporters } from '../../report/diagnostic.ts'
import { rule } from '../../report/rule.ts'

/** The rules of k3s by id. */
export const rules = {
  'k3s/agent-tokens-differ': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the workers have different tokens, and servers accept one password of agents',
    help: () => 'set one token under roles.worker.token, or give tokens of `k3s token create`',
    reason: 'A server has one `agent-token`; agents with another password never join.',
  }),
  'k3s/config-key': rule<{ key: string; host: string }>({
    severity: 'error',
    message: a => `k3s finds no settings under "${a.key}": the key is a host and port only`,
    help: a => `write ${JSON.stringify(a.host)}`,
    reason: 'k3s looks up the settings of an endpoint by the host and port of its URL.',
  }),
  'k3s/config-other-port': rule<{ key: string; endpoint: string }>({
    severity: 'warning',
    message: a => `no endpoint uses the settings of ${a.key}: an endpoint is ${a.endpoint}`,
    help: a => `write ${JSON.stringify(a.endpoint)}`,
    reason: 'k3s looks up the settings of an endpoint by its host and its port as written.',
  }),
  'k3s/config-wildcard': rule<Record<never, never>>({
    severity: 'warning',
    message: () => 'the settings of "*" do not apply to the endpoints of mirrors',
    help: () => 'add an entry for the host and port of each endpoint',
    reason: 'k3s uses them only for registries that are not in the file (k3s-io/k3s#12326).',
  }),
  'k3s/default-registry-unserved': rule<{ name: string }>({
    severity: 'warning',
    message: a => `no mirror of all nodes serves images of ${a.name}`,
    help: () =>
      'add a mirror with this host, or name the registry by an address at which it listens',
    reason: 'With `system-default-registry` all images of k3s itself have this name.',
  }),
  'k3s/embedded-registry-unused': rule<Record<never, never>>({
    severity: 'warning',
    message: () =>
      'the embedded registry serves registries of registries.yaml only, and it has none',
    help: () => 'set mirrors',
    reason: 'k3s shares images between nodes only for the registries under `mirrors` of each node.',
  }),
  'k3s/endpoint-settings-differ': rule<{ endpoint: string }>({
    severity: 'error',
    message: a => `two mirrors reach ${a.endpoint} with different certificates or credentials`,
    help: () => 'set the same ca, client, skipVerify and auth in all mirrors with this endpoint',
    reason: 'registries.yaml has one set of certificates and credentials for each host.',
  }),
  'k3s/endpoint-scheme': rule<{ endpoint: string; url: string }>({
    severity: 'warning',
    message: a => `k3s pulls from ${a.endpoint} as ${a.url}`,
    help: a =>
      `write the scheme: ${a.url.startsWith('https:') ? `http://${a.endpoint}` : a.url}, or https`,
    reason:
      'Without a scheme k3s uses https, and http for localhost with another port than 443 only.',
  }),
  'k3s/fallback-mixed': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'with a mirror that has no fallback, this mirror has none either',
    help: () => 'set `fallback: none` here, or remove rewrite and "*"',
    reason:
      '`disable-default-registry-endpoint` is a setting of the node: the upstream of another mirror becomes an endpoint, which "*" cannot have and to which rewrites apply.',
  }),
  'k3s/file-overwritten': rule<{ path: string }>({
    severity: 'error',
    message: a => `k3s overwrites ${a.path}`,
    help: a =>
      a.path.endsWith('/config.toml')
        ? 'write a template with {{ template "base" . }} as config-v3.toml.tmpl in the same directory'
        : 'remove it',
    reason: 'k3s writes the file at each start: the content of the spec would be lost.',
  }),
  'k3s/manifest-name-taken': rule<{ name: string }>({
    severity: 'error',
    message: a => `k3s uses the name ${a.name} for its own manifests`,
    help: a => `use another name, such as site-${a.name}`,
    reason: 'k3s writes its own files into the same directory at each start.',
  }),
  'k3s/mirror-field': rule<{ field: string }>({
    severity: 'error',
    message: a => `registries.yaml cannot express ${a.field}`,
    help: a =>
      a.field === 'header'
        ? 'remove it; use auth for credentials'
        : 'remove it: k3s pulls and resolves',
    reason:
      'k3s writes hosts.toml itself, from the endpoints, paths, credentials and certificates.',
  }),
  'k3s/mirrors-not-used': rule<{ option: string }>({
    severity: 'error',
    message: a =>
      `with ${a.option} k3s does not run its own containerd, and the mirrors have no effect`,
    help: () => 'remove it',
    reason: 'k3s configures the mirrors of the containerd that it runs itself.',
  }),
  'k3s/no-server': rule<{ name: string }>({
    severity: 'error',
    message: a => `the address of the server that ${a.name} joins is unknown`,
    help: () => 'set bootstrap (--bootstrap-ip), or the address of a controller',
    reason: 'A node joins through the API of a server that runs already.',
  }),
  'k3s/option-changes-start': rule<{ option: string }>({
    severity: 'error',
    message: a => `${a.option} changes how k3s is started`,
    help: () => 'remove it: the first boot starts k3s as a service of root',
    reason: 'With it k3s ends after its work, or runs as another user.',
  }),
  'k3s/option-moves-path': rule<{ option: string; path: string }>({
    severity: 'error',
    message: a => `${a.option} moves ${a.path}, which gen-node uses at its default path`,
    help: () => 'remove it; another file system can be mounted there',
    reason: 'Registries, manifests and the checks of the first boot would refer to an unused path.',
  }),
  'k3s/option-needs-newer': rule<{ option: string; since: string; version: string }>({
    severity: 'error',
    message: a => `k3s ${a.version} does not have ${a.option}`,
    help: a => `use k3s ${a.since}`,
    reason: 'k3s ignores settings that it does not have, with a line in its log.',
  }),
  'k3s/option-of-one-node': rule<{ option: string }>({
    severity: 'error',
    message: a => `${a.option} would be the same on all nodes`,
    help: () => 'remove it, and set the address or args of each node under nodes',
    reason: 'distro.config applies to all nodes, and a name or address belongs to one machine.',
  }),
  'k3s/option-of-server': rule<{ option: string; name: string }>({
    severity: 'error',
    message: a => `${a.option} is a flag of servers, but ${a.name} is a worker`,
    help: () => 'move it to roles.controller.args',
    reason: '`k3s agent` ends at an unknown flag.',
  }),
  'k3s/option-set-by-gen-node': rule<{ option: string; field: string }>({
    severity: 'error',
    message: a => `gen-node sets ${a.option} itself`,
    help: a => `use ${a.field}`,
    reason: 'Of two equal settings k3s reads one only: a flag replaces the value in config.yaml.',
  }),
  'k3s/option-unknown': rule<{ option: string; nearest: string | null }>({
    severity: 'warning',
    message: a => `k3s has no flag ${a.option} up to version 1.34`,
    help: a => (a.nearest === null ? '' : `did you mean "${a.nearest}"?`),
    reason: 'k3s ends at an unknown flag.',
  }),
  'k3s/option-without-flag': rule<{ found: string }>({
    severity: 'error',
    message: a => `${a.found} is neither a flag nor the value of one`,
    help: () => 'begin the item with --, as --flag=value or as two items',
    reason: 'k3s ends at an argument that is not a flag.',
  }),
  'k3s/port-taken': rule<{ port: number; user: string }>({
    severity: 'error',
    message: a => `${a.user} of k3s uses port ${a.port} on the same machine`,
    help: () => 'use another port, such as 5000',
    reason: 'The registry starts before k3s, which then does not start.',
  }),
  'k3s/rewrite-escape': rule<Record<never, never>>({
    severity: 'warning',
    message: () =>
      'some versions of k3s write backslashes and quotes of a rewrite into hosts.toml as they are',
    help: () => 'write [.] in place of \\. and [0-9] in place of \\d',
    reason: 'containerd ignores a hosts.toml that it cannot decode, and pulls from the upstream.',
  }),
  'k3s/rewrite-group': rule<{ reference: string; instead: string }>({
    severity: 'error',
    message: a => `${a.reference} is one name: no group has it, and the text is lost`,
    help: a => `write ${a.instead} before the other characters`,
    reason: 'In a replacement of Go, a name after $ is as long as possible.',
  }),
  'k3s/rewrite-refused': rule<{ error: string }>({
    severity: 'error',
    message: a => `Go refuses this regular expression: ${a.error}`,
    help: () => 'use the syntax of RE2: go.dev/s/re2syntax',
    reason: 'k3s ignores a rewrite that it cannot compile, and the image is not found.',
  }),
  'k3s/server-tokens-differ': rule<{ name: string }>({
    severity: 'error',
    message: a => `the first server does not set this password, and ${a.name} cannot join with it`,
    help: () => 'set the same token under roles.controller.token',
    reason:
      'All servers have one token: without one in the spec, the first server creates its own.',
  }),
  'k3s/tls-file-missing': rule<{ path: string; name: string }>({
    severity: 'warning',
    message: a => `the spec does not write ${a.path} on ${a.name}`,
    help: () => 'add it under files, unless it is on the machines already',
    reason: 'containerd fails every pull from a registry whose certificates it cannot read.',
  }),
  'k3s/token-of-agents': rule<{ name: string }>({
    severity: 'error',
    message: a => `this token is for agents, and ${a.name} is a server`,
    help: () => 'give the token of the servers: /var/lib/rancher/k3s/server/token on a server',
    reason: 'A server that joins needs the secret that encrypts the data of the cluster.',
  }),
  'k3s/token-of-first-server': rule<{ name: string }>({
    severity: 'error',
    message: a => `${a.name} starts the cluster, and this token belongs to a cluster that exists`,
    help: () => 'give a password of your own, or set this token for the other nodes only',
    reason: 'A full token contains the hash of the CA, which the first server has yet to create.',
  }),
  'k3s/token-unreadable': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this is not a token of k3s',
    help: () => 'give a password without spaces, or the whole content of node-token, on one line',
    reason: 'A token is a password, or K10, a hash, two colons and a secret.',
  }),
  'mirror/without-effect': rule<{ host: string }>({
    severity: 'warning',
    message: a => `the entry of ${a.host} has no effect: it has neither endpoints nor settings`,
    help: () => 'add endpoint, or set embedded-registry',
    reason: 'k3s then writes no hosts for the registry, and containerd uses its defaults.',
  }),
} as const

/** Reports a rule of this table or of the model's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
