/** The rules that all distributions share. */

import { rules as specRules } from '../model/rules.ts'
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

/** The rules of all distributions by id. */
export const rules = {
  'kubelet/label-not-allowed': rule<{ key: string }>({
    severity: 'error',
    message: a => `the kubelet may not set the label "${a.key}" on its own node`,
    help: a => {
      const name = a.key.slice(a.key.indexOf('/') + 1)
      return `use a prefix of your own, such as site.example/${name}, or set it later with kubectl label node`
    },
    reason:
      'The kubelet does not start with a label below kubernetes.io or k8s.io, except for those that Kubernetes allows (k8s.io/kubelet, pkg/apis/well_known_labels.go).',
  }),
  'kubelet/taint-twice': rule<{ key: string; effect: string }>({
    severity: 'error',
    message: a => `a second taint has the key ${a.key} and the effect ${a.effect}`,
    help: () => 'remove one of the two; lists of defaults, roles and nodes are appended',
    reason: 'The kubelet does not start with two taints of the same key and effect.',
  }),
  'mirror/file-unreadable': rule<{ what: string }>({
    severity: 'error',
    message: a => `this is not ${a.what} in PEM form`,
    help: () => 'give a file that begins with -----BEGIN',
    reason: 'containerd fails every pull through a mirror whose certificates it cannot read.',
  }),
  'mirror/ipv6-needs-version': rule<{ endpoint: string }>({
    severity: 'error',
    message: a =>
      `the form of ${a.endpoint} in hosts.toml depends on the version of the distribution`,
    help: () => 'set `version` under `distro`',
    reason:
      'containerd 1 and 2 read an IPv6 address in different forms, and each refuses the other form.',
  }),
  'text/not-utf-8': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this file is not UTF-8 text',
    help: () => 'save it as UTF-8',
    reason: 'Units, manifests, tokens and passwords are texts.',
  }),
} as const

/** Reports a rule of this table or of the model's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
