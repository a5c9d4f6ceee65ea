/** Tokens of k3s: one secret that the first server sets and all other nodes present. */

import { firstController, isController } from '../../model/controllers.ts'
import type { AnyNode, Content, ResolvedSpec } from '../../model/spec.ts'
import { andThen, failure, type Outcome, success } from '../../report/diagnostic.ts'
import { utf8Text } from '../parts/contents.ts'
import { joins } from './config.ts'
import { report } from './rules.ts'

// k3s-io/docs, docs/cli/token.md: the hash is that of the cluster's CA.
const fullForm = /^K10[0-9a-f]{64}::(?:([^:]+):)?[!-~]+$/
const bootstrapForm = /^[a-z0-9]{6}\.[a-z0-9]{16}$/

/** The token of a node as the text of a file; null where the spec has none for it. */
export function tokenOf(
  spec: ResolvedSpec,
  node: AnyNode & { readonly token: Content | null },
): Outcome<string | null> {
  const { token } = node
  if (token === null) return success(null)
  return andThen(readToken(token), ({ text, user }) => {
    if (!isController(node)) return success(`${text}\n`)
    if (!joins(spec, node) && user !== null) {
      return failure([report('k3s/token-of-first-server', token.from, { name: node.name })])
    }
    if (user === 'node' || user === 'bootstrap' || bootstrapForm.test(text)) {
      return failure([report('k3s/token-of-agents', token.from, { name: node.name })])
    }
    return user === null && !isOfFirstServer(spec, text)
      ? failure([report('k3s/server-tokens-differ', token.from, { name: node.name })])
      : success(`${text}\n`)
  })
}

/** Whether the first server sets this password. */
function isOfFirstServer(spec: ResolvedSpec, password: string): boolean {
  const first = spec.nodes.find(({ name }) => name === firstController(spec)?.name)
  if (first === undefined) return true
  const read = first.token === null ? null : readToken(first.token)
  return read === null ? false : !read.ok || read.value.text === password
}

/**
 * The token that servers set for agents, as the text of a file: that of the workers where it is a password
 * and differs from the servers' own; else null.
 */
export function agentTokenOf(
  spec: ResolvedSpec,
  node: AnyNode & { readonly token: Content | null },
): Outcome<string | null> {
  const tokens = spec.nodes.flatMap(({ role, token }) =>
    role === 'worker' && token !== null ? [token] : [],
  )
  // Nodes share the tokens of roles and defaults: each is read once.
  const distinctTokens = [
    ...new Map(tokens.map(token => [JSON.stringify(token.from), token])).values(),
  ]
  const passwords = distinctTokens.flatMap(token => {
    const read = readToken(token)
    return read.ok && read.value.user === null && !bootstrapForm.test(read.value.text)
      ? [{ text: read.value.text, from: token.from }]
      : []
  })
  const [first] = passwords
  const other = passwords.find(({ text }) => text !== first?.text)
  if (other !== undefined) return failure([report('k3s/agent-tokens-differ', other.from, {})])
  if (first === undefined || !isController(node)) return success(null)
  const own = node.token === null ? null : readToken(node.token)
  const isOwn = own?.ok === true && own.value.text === first.text
  return success(isOwn ? null : `${first.text}\n`)
}

interface ReadToken {
  readonly text: string
  /** The user of a full token, `bootstrap` where it has none; null for a password. */
  readonly user: string | null
}

function readToken(token: Content): Outcome<ReadToken> {
  return andThen(utf8Text(token), content => {
    const text = content.trim()
    const [full, user = 'bootstrap'] = fullForm.exec(text) ?? []
    if (full !== undefined) return success({ text, user })
    // A password that begins as a full token is a cut one.
    return /^[!-~]+$/.test(text) && !text.startsWith('K10') && !text.includes('::')
      ? success({ text, user: null })
      : failure([report('k3s/token-unreadable', token.from, {})])
  })
}
