/** The rules that all distributions share. */

import { rules as specRules } from '../model/rules.ts'
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

export const rules = {
  'mirror/file-unreadable': rule<{ what: string }>({
    severity: 'error',
    message: a => `this is not ${a.what} in PEM form`,
    help: () => 'give a file that begins with -----BEGIN',
    reason: 'containerd fails every pull of a mirror whose certificates it cannot read.',
  }),
  'mirror/ipv6-needs-version': rule<{ endpoint: string }>({
    severity: 'error',
    message: a => `how ${a.endpoint} is written for containerd depends on the version of k0s`,
    help: () => 'name the version under `distro` (--k0s-version)',
    reason:
      'containerd 1 and 2 read an IPv6 address only in forms that the other one does not read.',
  }),
  'text/not-utf-8': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this file is not UTF-8 text',
    help: () => 'save it as UTF-8',
    reason: 'Units, manifests and tokens are texts.',
  }),
} as const

/** Reports a rule of this table or of the spec's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
