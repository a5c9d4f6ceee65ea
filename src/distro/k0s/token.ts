/** Join tokens of k0s: base64 of a gzipped kubeconfig whose user tells what may join with it. */

import { parseBase64 } from '../../codec/base64.ts'
import { gunzip } from '../../codec/gzip.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import type { Role, Text } from '../../model/spec.ts'
import type { Desk } from '../supply.ts'
import { report } from './rules.ts'

// k0sproject/k0s, pkg/token/kubeconfig.go at v1.36.
const roleOfUser = { 'kubelet-bootstrap': 'worker', 'controller-bootstrap': 'controller' } as const

/** The token as it goes into the file; a cut one, or one for another role, is complained of. */
export function joinToken(token: Text, role: Role, desk: Desk): string {
  const text = desk.text(token).trim()
  const missing = text === '' && desk.complaints().length > 0
  const kubeconfig = decode(text)
  const user = Object.keys(roleOfUser).find(name => kubeconfig?.includes(name)) as
    | keyof typeof roleOfUser
    | undefined
  if (missing) return `${text}\n`
  if (user === undefined) desk.complain(report('k0s/token-unreadable', token.from, {}))
  else if (roleOfUser[user] !== role) {
    desk.complain(
      report('k0s/token-for-another-role', token.from, { role, found: roleOfUser[user] }),
    )
  }
  return `${text}\n`
}

/** A kubeconfig has a few kilobytes; more is no token. */
const maxBytes = 1 << 20

function decode(token: string): string | null {
  const packed = /^[A-Za-z0-9+/]+=*$/.test(token) ? parseBase64(token) : null
  const bytes = packed === null ? null : gunzip(packed, maxBytes)
  return bytes === null ? null : decodeUtf8(bytes)
}
