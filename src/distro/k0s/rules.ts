/** The rules of k0s. */

import { rules as specRules } from '../../model/rules.ts'
import { reporters } from '../../report/diagnostic.ts'
import { rule } from '../../report/rule.ts'

export const rules = {
  'k0s/containerd-override': rule<{ path: string }>({
    severity: 'error',
    message: a =>
      `${a.path} would replace k0s' own containerd configuration, and the mirrors with it`,
    help: () => 'put what you need into a drop-in below /etc/k0s/containerd.d',
    reason:
      'k0s imports drop-ins only while /etc/k0s/containerd.toml is its own (docs.k0sproject.io, runtime).',
  }),
  'k0s/dropin-stops-k0s': rule<{ path: string; version: string }>({
    severity: 'error',
    message: a =>
      `${a.path} is a containerd 1 drop-in, and k0s ${a.version} does not start with one`,
    help: () =>
      'write `version = 3` and the plugin names of containerd 2, such as io.containerd.cri.v1.runtime',
    reason:
      'From 1.36 on k0s ends at its pre-flight checks when a drop-in says `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/dropin-unknown-version': rule<{ path: string }>({
    severity: 'warning',
    message: a => `${a.path} is a containerd 1 drop-in: k0s 1.36 and later do not start with one`,
    help: () => 'name the version under `distro`',
    reason:
      'From 1.36 on k0s ends at its pre-flight checks when a drop-in says `version = 2` or names io.containerd.grpc.v1.cri.',
  }),
  'k0s/token-for-another-role': rule<{ role: string; found: string }>({
    severity: 'error',
    message: a => `a ${a.role} cannot join with this token: it is a ${a.found}'s`,
    help: a =>
      `make one with \`k0s token create --role ${a.role}\` and set it under roles.${a.role}.token`,
    reason:
      'k0s has a token for each role; with the other one the node asks the wrong API and never joins.',
  }),
  'k0s/token-unreadable': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this is no k0s join token',
    help: () => 'give what `k0s token create` printed, whole and on one line',
    reason:
      'A join token is base64 of a gzipped kubeconfig; a cut or wrapped one lets the node wait for ever.',
  }),
  'k0s/version-too-old': rule<{ version: string }>({
    severity: 'error',
    message: a => `k0s ${a.version} reads no containerd drop-ins: its mirrors would never be asked`,
    help: () => 'use k0s 1.28 or later',
    reason: 'k0s imports /etc/k0s/containerd.d from 1.27.1 on (k0sproject/k0s, docs/runtime.md).',
  }),
} as const

/** Reports a rule of this table or of the spec's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
