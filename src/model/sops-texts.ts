/** The secrets of decrypted SOPS files: the text at a key, or the finding about the file or the key. */
import { isMapping, type Plain, type PlainMapping } from '../codec/plain.ts'
import { type Diagnostic, failure, type Outcome, success } from '../report/diagnostic.ts'
import { report } from './rules.ts'
import type { Text } from './spec.ts'
import { nearest } from './suggest.ts'

/** The content of a SOPS file, whose MAC was verified. */
export interface Decrypted {
  readonly content: PlainMapping
}

/** Why a SOPS file could not be decrypted. */
export type SopsFailure =
  | { readonly failed: 'not-sops' | 'edited' }
  | { readonly failed: 'no-identity'; readonly recipients: readonly string[] }
  | {
      readonly failed: 'identity-unreadable'
      /** The variable or the file that should contain the key. */
      readonly source: string
      readonly reason: string
    }
  | { readonly failed: 'unsupported'; readonly feature: SopsFeature }
  | { readonly failed: 'program-failed'; readonly reason: string }

/** A feature of a SOPS file that needs the program sops. */
export type SopsFeature = 'key-groups' | 'no-age-recipient' | 'comment-regex' | 'go-regex'

/** A text that is in a SOPS file. */
export type SopsText = Extract<Text, { kind: 'sops' }>

/** The finding about a file that could not be decrypted. */
export function sopsFailure(failure: SopsFailure, { file, from }: SopsText): Diagnostic {
  switch (failure.failed) {
    case 'not-sops':
      return report('sops/not-sops', from, { file })
    case 'edited':
      return report('sops/edited', from, { file })
    case 'no-identity':
      return report('sops/no-identity', from, { file, recipients: failure.recipients.join(' or ') })
    case 'identity-unreadable':
      return report('sops/identity-unreadable', from, {
        source: failure.source,
        reason: failure.reason,
      })
    case 'unsupported':
      return report('sops/unsupported', from, { file, feature: failure.feature })
    case 'program-failed':
      return report('sops/program-failed', from, { file, reason: failure.reason })
  }
}

/** The text at the key of a reference. A key may itself contain dots, as in `stringData.tls.crt`. */
export function secretAt({ content }: Decrypted, { file, key, from }: SopsText): Outcome<string> {
  const [value, ...others] = valuesAt(content, key)
  const path = [...from.slice(0, -1), 'key']
  if (value === undefined) {
    const unknown = { file, key, nearest: nearest(key, textKeys(content, '')) }
    return failure([report('sops/unknown-key', path, unknown)])
  }
  const read = others.length > 0 ? ({ found: 'several' } as const) : readText(value)
  return typeof read === 'string'
    ? success(read)
    : failure([report('sops/not-text', path, { file, key, found: read.found })])
}

function entriesOf(value: Plain): readonly (readonly [string, Plain])[] {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item])
  return isMapping(value) ? Object.entries(value) : []
}

function valuesAt(value: Plain, key: string): readonly Plain[] {
  return entriesOf(value).flatMap(([name, child]) => {
    if (name === key) return [child]
    return key.startsWith(`${name}.`) ? valuesAt(child, key.slice(name.length + 1)) : []
  })
}

/** The keys of all texts, as a reference names them. */
function textKeys(value: Plain, prefix: string): readonly string[] {
  return entriesOf(value).flatMap(([name, child]) =>
    typeof child === 'string' ? [prefix + name] : textKeys(child, `${prefix}${name}.`),
  )
}

function readText(value: Plain) {
  if (value === null) return { found: 'null' } as const
  if (typeof value === 'number') return { found: 'number' } as const
  if (typeof value === 'boolean') return { found: 'boolean' } as const
  if (typeof value !== 'string')
    return { found: Array.isArray(value) ? 'list' : 'mapping' } as const
  // JSON, the output of sops, has U+FFFD in the place of each byte that is not UTF-8.
  if (value.includes('\ufffd')) return { found: 'binary' } as const
  return value === '' ? ({ found: 'empty' } as const) : value
}
