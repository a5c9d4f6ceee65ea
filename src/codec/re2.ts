/**
 * The syntax of regular expressions in Go (RE2): what a pattern of another dialect must not contain.
 * Source: go.dev/s/re2syntax and regexp/syntax/parse.go at Go 1.26.
 */

/** Why Go refuses a pattern; null where it accepts it. */
export function re2Error(pattern: string): string | null {
  const tokens = tokensOf(pattern)
  const bad = tokens.flatMap(token => tokenError(token) ?? [])[0]
  return bad ?? nestingError(tokens) ?? repetitionError(tokens) ?? rangeError(tokens)
}

const tokenForm =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[A-Za-z])|\\x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|\\0[0-7]{0,2}|\\[1-7][0-7]{1,2}|\\[\s\S]|\\|\[\^?\]?(?:\[:\^?\w*:\]|\\[\s\S]|[^\]\\])*(?:\]|$)|\(\?P?<(?![=!])[^>)]*>|\(\?P?(?:[=!>|(&RC]|<[=!])|\(\?[^):]*[:)]|\(|\)|\{[0-9]+(?:,[0-9]*)?\}|[\s\S]/g

function tokensOf(pattern: string): readonly string[] {
  return pattern.match(tokenForm) ?? []
}

function tokenError(token: string): string | null {
  if (token === '\\') return 'a backslash at the end'
  if (/^\(\?P?(?:[=!>|(&RC]|<[=!])$/.test(token)) return `${token}…), which RE2 does not have`
  if (/^\(\?P?</.test(token)) {
    return /^\(\?P?<\w+>$/.test(token) ? null : `the group name ${token}`
  }
  if (token.startsWith('(?')) {
    return /^\(\?(?:[imsU]+(?:-[imsU]+)?|-[imsU]+)?:$|^\(\?(?:[imsU]+(?:-[imsU]+)?|-[imsU]+)\)$/.test(
      token,
    )
      ? null
      : `${token}, which RE2 does not have`
  }
  if (token.startsWith('[')) return classError(token)
  const [, count = '0', limit = count] = /^\{([0-9]+)(?:,([0-9]*))?\}$/.exec(token) ?? []
  if (Number(count) > 1000 || Number(limit) > 1000) return `${token}, more than 1000 repetitions`
  if (limit !== '' && Number(limit) < Number(count)) return `${token}, a limit below the minimum`
  return escapeError(token, 'AbBzQaftnrvdDsSwWpPx0')
}

const escapeForm =
  /\\[pP](?:\{[^}]*\}|[A-Za-z])|\\x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|\\[1-7][0-7]{1,2}|\\[\s\S]/g

function classError(token: string): string | null {
  if (!/^\[\^?\]?(?:\[:\^?\w*:\]|\\[\s\S]|[^\]\\])*\]$/.test(token) || /^\[\^?\]$/.test(token)) {
    return 'a [ without ]'
  }
  const [name] =
    /\[:\^?(?!(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):)\w*:\]/.exec(
      token.slice(1),
    ) ?? []
  if (name !== undefined) return `the class ${name}`
  const escapes = token.match(escapeForm) ?? []
  return escapes.flatMap(found => escapeError(found, 'aftnrvdDsSwWpPx0') ?? [])[0] ?? null
}

/** An escape of a letter or digit must be known; `\1` to `\7` with a second octal digit is a character. */
function escapeError(token: string, known: string): string | null {
  const [, character] = /^\\([A-Za-z0-9])/.exec(token) ?? []
  if (character === undefined || known.includes(character)) {
    return /^\\x(?![{0-9A-Fa-f])|^\\x$|^\\[pP]$/.test(token) ? `${token}` : null
  }
  if (/^\\[1-7][0-7]/.test(token)) return null
  return /[1-9]/.test(character)
    ? `${token}, a reference to a group, which RE2 does not have`
    : `${token}, which RE2 does not have`
}

/** Whether a token sets flags, such as `(?i)`, and does not open a group. */
function isFlags(token: string): boolean {
  return /^\(\?[^<]*\)$/.test(token)
}

function nestingError(tokens: readonly string[]): string | null {
  let depth = 0
  for (const token of tokens) {
    if (token.startsWith('(') && !isFlags(token)) depth++
    if (token === ')') depth--
    if (depth < 0) return 'a ) without ('
  }
  return depth === 0 ? null : 'a ( without )'
}

const repetition = /^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})$/

function repetitionError(tokens: readonly string[]): string | null {
  const isRepetition = (index: number) => repetition.test(tokens[index] ?? '')
  for (const [index, token] of tokens.entries()) {
    if (!isRepetition(index)) continue
    // `(?i)` is no expression: a repetition after it is of the expression before it.
    const before = tokens.slice(0, index).findLast(other => !isFlags(other)) ?? ''
    if (['', '(', '|'].includes(before) || /^\(\?.*[:>]$/.test(before)) {
      return `${token} without a preceding expression`
    }
    // After a repetition, a single ? makes it lazy.
    const isLazy = token === '?' && isRepetition(index - 1) && !isRepetition(index - 2)
    if (isRepetition(index - 1) && !isLazy) return `${before}${token}, a repetition of a repetition`
  }
  return null
}

function rangeError(tokens: readonly string[]): string | null {
  for (const token of tokens.filter(token => token.startsWith('['))) {
    const inner = token.replace(/^\[\^?/, '').replace(/\]$/, '')
    for (const [range, from = '', to = ''] of inner.matchAll(/([^\\[\]])-([^\\[\]])/g)) {
      if (from > to) return `the range ${range}`
    }
  }
  return null
}
