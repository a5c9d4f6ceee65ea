/** Join tokens of k0s: base64 of a gzipped kubeconfig whose user name shows the role that may join. */

import { parseBase64 } from '../../codec/base64.ts'
import { gunzip } from '../../codec/gzip.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import type { Content, Role } from '../../model/spec.ts'
import { andThen, failure, type Outcome, success } from '../../report/diagnostic.ts'
import { utf8Text } from '../parts/contents.ts'
import { binary } from './paths.ts'
import { report } from './rules.ts'

const roles = ['worker', 'controller'] as const

/** The text of the token file for a node of this role. */
export function joinToken(token: Content, role: Role): Outcome<string> {
  return andThen(utf8Text(token), text => {
    const line = text.trim()
    const tokenRole = roleOf(token)
    if (tokenRole === null) return failure([report('k0s/token-unreadable', token.from, {})])
    return tokenRole === role
      ? success(`${line}\n`)
      : failure([report('k0s/token-for-another-role', token.from, { role, found: tokenRole })])
  })
}

/** The name of the user in tokens for a role: k0sproject/k0s, pkg/token/kubeconfig.go at v1.36. */
export function userOfRole(role: Role): string {
  return role === 'worker' ? 'kubelet-bootstrap' : 'controller-bootstrap'
}

/** The command that creates a token on a controller. */
export function createToken(role: Role): string {
  return `${binary} token create --role ${role}`
}

/** A kubeconfig has a few kilobytes; a longer content is not a token. */
const maxBytes = 1 << 20

/** The kubeconfig in a token, or null where there is none. */
export function kubeconfigOf({ bytes }: Pick<Content, 'bytes'>): string | null {
  const token = (decodeUtf8(bytes) ?? '').trim()
  const packed = /^[A-Za-z0-9+/]+=*$/.test(token) ? parseBase64(token) : null
  const unpacked = packed === null ? null : gunzip(packed, maxBytes)
  return unpacked === null ? null : decodeUtf8(unpacked)
}

function roleOf(token: Content): Role | null {
  const kubeconfig = kubeconfigOf(token)
  return roles.find(role => kubeconfig?.includes(userOfRole(role))) ?? null
}
