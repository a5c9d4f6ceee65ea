/** The rules of k0s. */

import { rules as specRules } from '../../model/rules.ts'
import { reporters } from '../../report/diagnostic.ts'
import { rule } from '../../report/rule.ts'

/** The rules of k0s by id. */
export const rules = {
  'k0s/arg-changes-start': rule<{ flag: string }>({
    severity: 'error',
    message: a => `${a.flag} changes how k0s is installed or started`,
    help: () => 'remove it: the first boot installs and starts k0s',
    reason: 'bootstrap.sh runs `k0s install` and then `k0s start`, and checks both.',
  }),
  'k0s/arg-moves-path': rule<{ flag: string; path: string }>({
    severity: 'error',
    message: a => `${a.flag} moves ${a.path}, which gen-node uses at its default path`,
    help: () => 'remove it; another file system can be mounted there',
    reason:
      'Mirrors, manifests, the token and the checks of the first boot would refer to a directory that k0s does not use.',
  }),
  'k0s/arg-of-controller': rule<{ flag: string; name: string }>({
    severity: 'error',
    message: a => `${a.flag} is a flag of controllers, but ${a.name} is a worker`,
    help: () => 'move it to roles.controller.args',
    reason: '`k0s install worker` fails at an unknown flag.',
  }),
  'k0s/arg-set-by-gen-node': rule<{ flag: string; field: string }>({
    severity: 'error',
    message: a => `gen-node sets ${a.flag} itself`,
    help: a => `use ${a.field}`,
    reason: 'Of two equal flags k0s reads only one, and the other has no effect.',
  }),
  'k0s/arg-unknown': rule<{ flag: string; nearest: string | null }>({
    severity: 'warning',
    message: a => `k0s install has no flag ${a.flag} up to version 1.36`,
    help: a => (a.nearest === null ? '' : `did you mean "${a.nearest}"?`),
    reason: '`k0s install` fails at an unknown flag.',
  }),
  'k0s/arg-without-flag': rule<{ found: string }>({
    severity: 'error',
    message: a => `${a.found} is neither a flag nor the value of one`,
    help: () => 'begin the item with -- or remove it',
    reason: '`k0s install` fails at an argument that is not a flag.',
  }),
  'k0s/arg-with-quotes': rule<{ found: string; character: string }>({
    severity: 'error',
    message: a => `${a.found} contains ${a.character}, which systemd would replace or remove`,
    help: () =>
      'remove quotes and backslashes: every item is one argument, and no shell reads it; write the value of a variable',
    reason:
      'k0s writes its arguments into a systemd unit without quoting, and its kubelet arguments are split at spaces.',
  }),
  'k0s/arg-with-space': rule<{ found: string }>({
    severity: 'error',
    message: a => `${a.found} contains a space`,
    help: () => 'write --flag=value, or the flag and its value as two items',
    reason: 'Every item is one argument: k0s would look for a flag whose name contains a space.',
  }),
  'k0s/config-needs-newer': rule<{ what: string; since: string; version: string }>({
    severity: 'error',
    message: a => `k0s ${a.version} does not have "${a.what}": it is new in ${a.since}`,
    help: a => `remove it, or use k0s ${a.since} or later`,
    reason:
      'k0s does not start with an unknown key or value in k0s.yaml; at some depths it ignores the key.',
  }),
  'k0s/config-of-one-node': rule<{ key: string }>({
    severity: 'error',
    message: a => `${a.key} would be the same on all controllers`,
    help: () => 'remove it, and set the address of each node under nodes',
    reason: 'distro.config applies to all controllers, and an address belongs to one machine.',
  }),
  'k0s/containerd-override': rule<{ path: string }>({
    severity: 'error',
    message: a =>
      `${a.path} replaces the containerd configuration of k0s, and the mirrors have no effect`,
    help: () => 'put your settings into a drop-in in /etc/k0s/containerd.d',
    reason:
      'k0s imports drop-ins only into an /etc/k0s/containerd.toml that it wrote itself (docs.k0sproject.io, runtime).',
  }),
  'k0s/dropin-stops-k0s': rule<{ path: string; version: string }>({
    severity: 'error',
    message: a =>
      `${a.path} is a containerd 1 drop-in, and k0s ${a.version} does not start with one`,
    help: () =>
      'write `version = 3` and the plugin names of containerd 2, such as io.containerd.cri.v1.runtime',
    reason:
      'From 1.36 on the pre-flight checks of k0s fail when a drop-in has `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/dropin-unknown-version': rule<{ path: string }>({
    severity: 'warning',
    message: a => `${a.path} is a containerd 1 drop-in: k0s 1.36 and later do not start with one`,
    help: () => 'set `version` under `distro`',
    reason:
      'From 1.36 on the pre-flight checks of k0s fail when a drop-in has `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/file-overwritten': rule<{ path: string; instead: string }>({
    severity: 'error',
    message: a => `k0s overwrites ${a.path}`,
    help: a => `write ${a.instead}`,
    reason:
      '`k0s install` writes its unit, and each start of k0s writes its containerd.toml: the content of the spec would be lost.',
  }),
  'k0s/k0rdent-registry-local': rule<{ address: string }>({
    severity: 'warning',
    message: a =>
      `pods cannot reach the registry at ${a.address}, and k0rdent pulls charts from pods`,
    help: () =>
      'set the address of the controller; remove `run: every-node` and a loopback address under registry',
    reason:
      'flux runs in pods, where localhost is the pod itself: k0rdent gets no charts of its components.',
  }),
  'k0s/k0rdent-without-registry': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'k0rdent needs a registry: registry.run is none',
    help: () => 'remove `run: none`, or use an external registry',
    reason: 'The chart and all its images are pulled from the registry.',
  }),
  'k0s/manifest-name-taken': rule<{ name: string }>({
    severity: 'error',
    message: a => `k0s uses the name ${a.name} for its own manifests`,
    help: a => `use another name, such as site-${a.name}`,
    reason:
      'A manifest is a directory in /var/lib/k0s/manifests; k0s writes and removes files in its own directories there.',
  }),
  'k0s/port-taken': rule<{ port: number; user: string }>({
    severity: 'error',
    message: a => `${a.user} of k0s uses port ${a.port} on the same machine`,
    help: () => 'use another port, such as 5000',
    reason: 'The registry starts before k0s, which then does not start.',
  }),
  'k0s/token-for-another-role': rule<{ role: string; found: string }>({
    severity: 'error',
    message: a => `a ${a.role} cannot join with this token: the token is for role ${a.found}`,
    help: a =>
      `make one with \`k0s token create --role ${a.role}\` and set it under roles.${a.role}.token`,
    reason:
      'k0s has a token for each role; with the wrong token the node calls the wrong API and never joins.',
  }),
  'k0s/token-unreadable': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this is not a k0s join token',
    help: () => 'give the whole output of `k0s token create`, on one line',
    reason:
      'A join token is base64 of a gzipped kubeconfig; with a truncated or wrapped token the node never joins.',
  }),
  'k0s/version-too-old': rule<{ version: string }>({
    severity: 'error',
    message: a => `k0s ${a.version} reads no containerd drop-ins: the mirrors have no effect`,
    help: () => 'use k0s 1.28 or later',
    reason: 'k0s imports /etc/k0s/containerd.d from 1.27.1 on (k0sproject/k0s, docs/runtime.md).',
  }),
  'k0s/worker-profile-reserved': rule<{ key: string }>({
    severity: 'error',
    message: a => `a worker profile may not set ${a.key}`,
    help: a =>
      a.key.startsWith('healthz')
        ? 'remove it: the first boot asks the kubelet at 127.0.0.1:10248, its default'
        : 'remove it: k0s sets it from spec.network',
    reason:
      'k0s does not start with a worker profile that sets what k0s itself sets in the kubelet.',
  }),
  'mirror/never-pulled': rule<Record<never, never>>({
    severity: 'warning',
    message: () => 'with default_pull_policy Never no image is pulled, not even from a mirror',
    help: () =>
      'remove it, or set `registry: {run: none}` where all images are in /var/lib/k0s/images',
    reason:
      'k0s puts `imagePullPolicy: Never` on every pod that it manages: only imported images run.',
  }),
} as const

/** Reports a rule of this table or of the model's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
