/** Masks secrets. Finds them in text of any format by key names and token shapes. */
import type { Span } from './place.ts'
import { secretArguments } from './secret-arguments.ts'
import { secretValues } from './secret-values.ts'

/** A part of a text that must not be shown. */
export type Hidden = Span

/** The text that is shown instead of a secret. */
export const mask = '***'

/** The secrets of a text, sorted, without overlap. Each occurrence of a text in `known` is secret. */
export function secretsIn(text: string, known: readonly string[] = []): readonly Hidden[] {
  const shaped = shapes.flatMap(shape => [...text.matchAll(shape)].map(secretSpan))
  const keyed = [...secretValues(text), ...secretArguments(text)]
  const repeated = known.flatMap(secret => occurrences(text, secret))
  return withoutOverlap([...shaped, ...repeated, ...keyed])
}

/** The text with its secrets masked. */
export function maskText(text: string, hidden: readonly Hidden[] = secretsIn(text)): string {
  const parts: string[] = []
  let offset = 0
  for (const { start, end } of hidden) {
    parts.push(text.slice(offset, start), mask)
    offset = end
  }
  return parts.join('') + text.slice(offset)
}

/** The secrets of one text. */
export interface Secrets {
  readonly hidden: readonly Hidden[]
  /** Masks the text's secrets in a sentence. */
  readonly scrub: (sentence: string) => string
}

/** Finds the secrets of texts, once for each different text; null means no text. */
export function findSecrets(texts: readonly (string | null)[]): (text: string | null) => Secrets {
  const secrets = new Map([...new Set(texts)].map(text => [text, secretsOf(text)]))
  return text => secrets.get(text) ?? secretsOf(text)
}

function secretsOf(text: string | null): Secrets {
  if (text === null) return { hidden: [], scrub: sentence => maskText(sentence) }
  const hidden = secretsIn(text)
  const values = new Set(
    hidden
      .flatMap(({ start, end }) => text.slice(start, end).split('\n'))
      .map(line => line.trim().replace(/^["'|>[{-]+|["'\]}]+$/g, ''))
      .filter(value => value.length >= 6),
  )
  return {
    hidden,
    scrub: sentence =>
      [...values].reduce((shown, value) => shown.replaceAll(value, mask), sentence),
  }
}

/** Secrets that are recognised by their form. The first group, if there is one, is the secret. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$(?![\s\S]))/g,
  // gzip in base64: a join token is a gzipped kubeconfig.
  /\bH4sI[A-Za-z0-9+/=]{40,}/g,
  // A JSON Web Token.
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
  /\b(?:Bearer|Basic)\s+([\w+/=.~-]{4,})/gi,
  // User name and password of a URL.
  /[a-z]:\/\/([^\s/@"'<>]+)@/gi,
  // Password hashes of crypt(5).
  /\$(?:2[aby]|5|6|y|argon2id?)\$[./\w$=,+-]{10,}/g,
  // Tokens of kubeadm and other cluster tools, GitHub, GitLab and Vault.
  /\b(?:[a-z0-9]{6}\.[a-z0-9]{16}|K10[0-9a-f]{64}::\S+|gh[opsu]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hv[bs]\.[\w-]{20,})/g,
]

function secretSpan(match: RegExpMatchArray): Hidden {
  const secret = match[1] ?? match[0]
  const start = (match.index ?? 0) + match[0].indexOf(secret)
  return { start, end: start + secret.length }
}

function occurrences(text: string, secret: string): readonly Hidden[] {
  const spans: Hidden[] = []
  let start = text.indexOf(secret)
  while (start >= 0) {
    const end = start + secret.length
    spans.push({ start, end })
    start = text.indexOf(secret, end)
  }
  return spans
}

function withoutOverlap(spans: readonly Hidden[]): readonly Hidden[] {
  const merged: Hidden[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last === undefined || span.start > last.end) merged.push(span)
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
  }
  return merged
}
