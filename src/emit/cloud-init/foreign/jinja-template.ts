/** Jinja templates, as far as their result is the same on every node: cloudinit/templater.py. */
import { stripEnd } from '../../../codec/python-text.ts'
import { unknownText } from './unknown.ts'

/** What cloud-init gets from a template. */
export type Rendered =
  /** The text, with marks for values of the node. */
  | { readonly kind: 'text'; readonly text: string; readonly values: readonly string[] }
  /** Blocks or expressions decide on the node what the text is. */
  | { readonly kind: 'unknown' }
  /** Jinja refuses the template. */
  | { readonly kind: 'refused' }

/** The text that a template without its first line gives. */
export function renderTemplate(content: string): Rendered {
  // Jinja removes one line break at the end, and cloud-init adds it again.
  const source = content.replaceAll(/\r\n|\r/g, '\n').replace(/\n$/, '')
  const values: string[] = []
  let text = ''
  let offset = 0
  for (;;) {
    const start = source.slice(offset).search(/\{[{%#]/)
    if (start < 0) break
    const tag = tagAt(source, offset + start)
    if (tag.kind !== 'tag') return tag
    const before = source.slice(offset, offset + start)
    text += (tag.stripsBefore ? stripEnd(before) : before) + tag.text
    if (tag.value !== null) values.push(tag.value)
    offset = tag.end
  }
  const lineBreak = content.endsWith('\n') ? '\n' : ''
  return { kind: 'text', text: text + source.slice(offset) + lineBreak, values }
}

interface Tag {
  readonly kind: 'tag'
  /** What stands for the tag in the result. */
  readonly text: string
  /** The expression whose value is not known, or null. */
  readonly value: string | null
  readonly stripsBefore: boolean
  /** The offset after the tag. */
  readonly end: number
}

type Found = Tag | Exclude<Rendered, { kind: 'text' }>

const refused = { kind: 'refused' } as const

function tagAt(source: string, start: number): Found {
  const stripsBefore = source[start + 2] === '-'
  const tag = (text: string, end: number, value: string | null = null): Tag => {
    return { kind: 'tag', text, value, stripsBefore, end }
  }
  if (source[start + 1] === '#') {
    const end = endOf(/\+#\}|-#\}\s*|#\}\n?/g, source, start + 2)
    return end === null ? refused : tag('', end.after)
  }
  if (source[start + 1] === '%') {
    const raw = matchAt(/\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})/y, source, start)
    if (raw === null) return source.includes('%}', start) ? { kind: 'unknown' } : refused
    const end = endOf(/\{%[-+]?\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g, source, raw)
    if (end === null) return refused
    const content = source.slice(raw, end.at)
    return tag(source[end.at + 2] === '-' ? stripEnd(content) : content, end.after)
  }
  return expressionAt(source, start, tag)
}

function matchAt(pattern: RegExp, text: string, offset: number): number | null {
  pattern.lastIndex = offset
  const match = pattern.exec(text)
  return match === null ? null : offset + match[0].length
}

function endOf(pattern: RegExp, text: string, offset: number) {
  pattern.lastIndex = offset
  const match = pattern.exec(text)
  return match === null ? null : { at: match.index, after: match.index + match[0].length }
}

// One token of an expression: a text, a name, a number, or any other character.
const token = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_0-9]+|[^'"]/gsy

function expressionAt(
  source: string,
  start: number,
  tag: (text: string, end: number, value: string | null) => Tag,
): Found {
  const first = matchAt(/\{\{[-+]?/y, source, start) ?? start
  let depth = 0
  let offset = first
  for (;;) {
    const end = depth === 0 ? endOf(/-\}\}\s*|\}\}/y, source, offset) : null
    if (end !== null) {
      const expression = source.slice(first, end.at).trim()
      const literal = literalOf(expression)
      if (literal !== null) return tag(literal, end.after, null)
      if (expression === '' || /^[.$%/?@]/.test(expression)) return refused
      if (!isSimple(expression)) return { kind: 'unknown' }
      return tag(unknownText(`{{ ${expression} }}`), end.after, expression)
    }
    token.lastIndex = offset
    const word = token.exec(source)?.[0]
    if (word === undefined) return refused
    if (/^[([{]$/.test(word)) depth++
    if (/^[)\]}]$/.test(word) && --depth < 0) return refused
    offset += word.length
  }
}

/** The value of an expression that is a text or a number. */
function literalOf(expression: string): string | null {
  const [, single, double, number] =
    /^(?:'([^'\\]*)'|"([^"\\]*)"|(0|[1-9][0-9]*))$/.exec(expression) ?? []
  return single ?? double ?? number ?? null
}

const filters =
  'abs|capitalize|center|count|d|default|e|escape|first|float|indent|int|join|last|length|list|lower|max|min|replace|reverse|round|safe|sort|string|sum|title|tojson|trim|unique|upper|urlencode|wordwrap'
const argument = `(?:[^()'"]|'[^'\\\\]*'|"[^"\\\\]*")*`
const simple = new RegExp(
  `^(?!(?:and|else|false|if|in|is|none|not|or|true)\\b)[A-Za-z_]\\w*(?:\\.\\w+|\\[(?:\\d+|'[^'\\\\]*'|"[^"\\\\]*")\\])*(?:\\s*\\|\\s*(?:${filters})(?:\\(${argument}\\))?)*$`,
  'i',
)

/** Whether Jinja certainly accepts an expression: a name with its fields, and known filters. */
function isSimple(expression: string): boolean {
  return simple.test(expression)
}
