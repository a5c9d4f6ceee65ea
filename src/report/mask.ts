/** Where a text holds what nobody may read over a shoulder: found by grammar-free signs, so in any notation. */

/** A stretch of a text that must not be shown, in UTF-16 units, `end` exclusive. */
export interface Hidden {
  readonly start: number
  readonly end: number
}

/** What is shown instead. */
export const mask = '***'

let last: { readonly text: string; readonly hidden: readonly Hidden[] } | null = null

/** The secret stretches of a text, sorted, without overlap; `known` are secret wherever they stand. */
export function secretsIn(text: string, known: readonly string[] = []): readonly Hidden[] {
  if (known.length > 0 || text.length < 1000) return search(text, known)
  // Every sentence about a spec asks for the secrets of the whole spec.
  if (last?.text !== text) last = { text, hidden: search(text, known) }
  return last.hidden
}

function search(text: string, known: readonly string[]): readonly Hidden[] {
  const found = shapes.flatMap(shape =>
    [...text.matchAll(shape)].map(match => ofGroup(match, match[1] ?? match[0])),
  )
  const places = known.flatMap(secret => placesOf(text, secret))
  return merge([...found, ...places, ...ofKeys(text), ...ofKubernetes(text)])
}

/** The text with its secrets masked. */
export function maskText(text: string, hidden: readonly Hidden[] = secretsIn(text)): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end } of hidden) {
    parts.push(text.slice(at, start), mask)
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** A sentence in which no secret of the text appears. */
export function scrub(sentence: string, text: string | null): string {
  if (text === null) return maskText(sentence)
  const secrets = wordsOf(secretsIn(text), text)
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, mask), sentence)
}

let lastWords: { readonly of: readonly Hidden[]; readonly words: readonly string[] } | null = null

/** What a sentence could repeat of the secrets of a text. */
function wordsOf(hidden: readonly Hidden[], text: string): readonly string[] {
  if (lastWords?.of !== hidden) {
    const words = hidden
      .flatMap(({ start, end }) => text.slice(start, end).split('\n'))
      .map(part => part.trim().replace(/^["'|>[{-]+|["'\]}]+$/g, ''))
      .filter(part => part.length >= 6)
    lastWords = { of: hidden, words: [...new Set(words)] }
  }
  return lastWords.words
}

/** Secrets that show by their own shape. The first group, where there is one, is the secret. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$(?![\s\S]))/g,
  // A k0s join token is a gzipped kubeconfig in base64.
  /\bH4sI[A-Za-z0-9+/=]{40,}/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
  /\b(?:Bearer|Basic)\s+([\w+/=.~-]{4,})/gi,
  /[a-z]:\/\/([^\s/@"'<>]+)@/gi,
  /--(?:token|password)[ \t]+([^\s-][^\s]*)/g,
  /\$(?:2[aby]|5|6|y|argon2id?)\$[./\w$=,+-]{10,}/g,
]

const secretKey =
  /(?:token|pas+w(?:o?r)?d?|passphrase|secret|cookie|authorization|auth|key-data|(?<!public|host|primary)[-_]?key)["']?[ \t]*[:=](?![:=/])[ \t]*/gi

/** Where the key begins that ends in a telling word. */
function startOfKey(line: string, word: number): number {
  let start = word
  while (start > 0 && word - start < 128 && /[\w.-]/.test(line[start - 1] ?? '')) start--
  // The dash of a list's item is no part of its key, a quote is.
  return /["']/.test(line[start - 1] ?? '') ? start - 1 : start
}

function ofKeys(text: string): readonly Hidden[] {
  const lines = linesOf(text)
  return [
    ...lines.flatMap((line, at) =>
      [...line.text.matchAll(secretKey)].flatMap(match =>
        ofValue(lines, at, startOfKey(line.text, match.index), match.index + match[0].length),
      ),
    ),
    ...lines.flatMap((line, at) => (declaresSecret.test(line.text) ? ofContent(lines, at) : [])),
  ]
}

interface Line {
  readonly text: string
  readonly start: number
  readonly indent: number
}

function linesOf(text: string): readonly Line[] {
  let start = 0
  return text.split('\n').map(line => {
    const entry = { text: line, start, indent: line.search(/[^ \t]|$/) }
    start += line.length + 1
    return entry
  })
}

/** The value that begins at `from` of a line whose key begins at `key`, and the lines that belong to it. */
function ofValue(lines: readonly Line[], at: number, key: number, from: number): readonly Hidden[] {
  const line = lines[at] as Line
  const rest = line.text.slice(from)
  const end = from + lengthOfValue(rest, opened(line.text.slice(0, key)))
  const value = line.text.slice(from, end)
  if (/^(?:true|false|null|~)$/i.test(value)) return []
  if (value === '') return below(lines, at, key, true)
  if (/^(?:\{\s*(?:"?(?:file|env|username|password)"?\s*:|\}|$)|\.{0,2}\/)/.test(value)) return []
  const more = below(lines, at, key, false)
  if (/^[|>][-+\d]*\s*$/.test(value)) return more
  return [{ start: line.start + from, end: line.start + end }, ...more]
}

/** The lines that continue a value: deeper than its key, or a list at the same depth. */
function below(
  lines: readonly Line[],
  at: number,
  key: number,
  mayBeMapping: boolean,
): readonly Hidden[] {
  const isOutside = (line: Line) => {
    const item = line.indent === key && line.text.startsWith('- ', key)
    return line.indent !== line.text.length && line.indent <= key && !item
  }
  let end = at + 1
  while (end < lines.length && !isOutside(lines[end] as Line)) end++
  return lines.slice(at + 1, end).flatMap(line => {
    const entry = mayBeMapping ? mappingEntry.exec(line.text) : null
    if (entry !== null && reference.test(entry[1] ?? '')) return []
    const from = entry === null ? line.indent : entry[0].length
    const hidden = { start: line.start + from, end: line.start + line.text.trimEnd().length }
    return hidden.end > hidden.start ? [hidden] : []
  })
}

const mappingEntry = /^\s*(?:- )?["']?([\w.-]+)["']?\s*:(?:\s+|$)/

/** These say where a secret is, not what it is; a password has its own turn. */
const reference = /^(?:file|env|username|password)$/

function lengthOfValue(rest: string, inFlow: boolean): number {
  const quoted = /^"(?:[^"\\]|\\.)*"?|^'(?:[^']|'')*'?/.exec(rest)
  if (quoted !== null) return quoted[0].length
  if (rest.startsWith('[')) return rest.lastIndexOf(']') + 1 || rest.length
  if (rest.startsWith('{')) return rest.indexOf('}') + 1 || rest.length
  const end = rest.search(inFlow ? /[,}\]]|\s#|$/ : /\s#|$/)
  return rest.slice(0, end).trimEnd().length
}

function opened(before: string): boolean {
  return before.split(/[{[]/).length > before.split(/[}\]]/).length
}

/** The values of a Kubernetes Secret, whose keys say nothing. */
function ofKubernetes(text: string): readonly Hidden[] {
  if (!/^ *["']?kind["']?: *["']?Secret\b/m.test(text)) return []
  const lines = linesOf(text)
  return lines.flatMap((line, at) =>
    /^ *(?:data|stringData):\s*$/.test(line.text) ? below(lines, at, line.indent, true) : [],
  )
}

function placesOf(text: string, secret: string): readonly Hidden[] {
  const places: Hidden[] = []
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
    places.push({ start: at, end: at + secret.length })
  }
  return places
}

/** Siblings by which a spec says that `content` is secret. */
const declaresSecret =
  /(?:^|[\s{,-])["']?(?:secret["']?\s*:\s*true|mode["']?\s*:\s*["']?0?o?[0-7]00\b)/

function ofContent(lines: readonly Line[], at: number): readonly Hidden[] {
  const depth = depthOf(lines[at] as Line)
  const isOutside = (line: Line) => line.indent < depth && line.indent !== line.text.length
  const isItem = (line: Line | undefined) =>
    line !== undefined && depthOf(line) === depth && isOutside(line)
  const above = isItem(lines[at])
    ? at
    : lines.findLastIndex((line, index) => index < at && isOutside(line))
  const after = lines.findIndex((line, index) => index > at && isOutside(line))
  const start = isItem(lines[above]) ? above : above + 1
  return lines.slice(start, after < 0 ? lines.length : after).flatMap((line, index) => {
    const match = /(?<=^|[\s{,-])["']?(?:contents?|data|inline|text|value)["']?\s*:\s*/.exec(
      line.text,
    )
    if (match === null) return []
    return ofValue(lines, start + index, match.index, match.index + match[0].length)
  })
}

function depthOf(line: Line): number {
  return line.indent + (/^(?:-\s+)*/.exec(line.text.slice(line.indent))?.[0].length ?? 0)
}

function ofGroup(match: RegExpMatchArray, secret: string): Hidden {
  const start = (match.index ?? 0) + match[0].indexOf(secret)
  return { start, end: start + secret.length }
}

function merge(hidden: readonly Hidden[]): readonly Hidden[] {
  const merged: Hidden[] = []
  for (const one of [...hidden].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last === undefined || one.start > last.end) merged.push(one)
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, one.end) }
  }
  return merged
}
