/** The documentation of the spec for a terminal, from its JSON Schema: one page per field. */
import { resolveReference, type SchemaNode, schema } from '../model/schema.ts'
import { nearest } from '../model/suggest.ts'
import type { Path } from '../report/place.ts'

/** A page of text, or an unknown field with the nearest existing field. */
export type Explanation =
  | { readonly kind: 'page'; readonly text: string }
  | {
      readonly kind: 'unknown-field'
      readonly key: string
      /** The field that lacks `key`; empty for the spec itself. */
      readonly parent: string
      readonly nearest: string | null
    }

/** The page of the field at a path; indexes of lists are optional. */
export function renderExplanation(path: Path): Explanation {
  let name = ''
  let node = resolveReference(schema)
  for (const step of path) {
    if (typeof step === 'number') continue
    const fields = fieldsOf(node)
    const next = fields.find(field => field.name === step)?.node ?? valuesOf(node)
    if (next === null) {
      const guess = nearest(
        step,
        fields.map(field => field.name),
      )
      return { kind: 'unknown-field', key: step, parent: name, nearest: guess }
    }
    node = resolveReference(next)
    name = `${name === '' ? '' : `${name}.`}${step}${node.items === undefined ? '' : '[]'}`
  }
  return { kind: 'page', text: renderPage(name, node) }
}

interface Field {
  readonly name: string
  readonly node: SchemaNode
  readonly required: boolean
}

/** The fields of a mapping, or of the mappings of a list. */
function fieldsOf(node: SchemaNode): readonly Field[] {
  const mapping = node.items === undefined ? node : resolveReference(node.items)
  return Object.entries(mapping.properties ?? {}).map(([name, field]) => ({
    name,
    node: resolveReference(field),
    required: mapping.required?.includes(name) ?? false,
  }))
}

/** The schema of the values of a mapping whose keys the user chooses, or null. */
function valuesOf(node: SchemaNode): SchemaNode | null {
  const mapping = node.items === undefined ? node : resolveReference(node.items)
  const values = mapping.additionalProperties
  return typeof values === 'object' ? values : null
}

function renderPage(name: string, node: SchemaNode): string {
  const fields = fieldsOf(node)
  const title = name === '' ? (node.title ?? 'the spec') : `${name}: ${typeOf(node)}`
  const examples = node.examples ?? []
  return [
    title,
    ...(node.description === undefined ? [] : ['', ...wrap(node.description, 2)]),
    ...(node.default === undefined ? [] : ['', `  default: ${inline(node.default)}`]),
    ...(examples.length === 0 ? [] : ['', `  example${examples.length > 1 ? 's' : ''}:`]),
    ...examples.map(example => `    ${keyOf(name)}${inline(example)}`),
    ...(fields.length === 0 ? [] : ['', 'Fields:', ...fields.flatMap(renderField)]),
    ...(fields.length === 0 ? [] : ['', `More: gen-node explain ${pathOf(name, fields[0])}`]),
    '',
  ].join('\n')
}

function pathOf(name: string, first: Field | undefined): string {
  const base = name.replaceAll('[]', '')
  return base === '' ? `${first?.name}` : `${base}.${first?.name}`
}

function keyOf(name: string): string {
  const last = name.replaceAll('[]', '').split('.').at(-1) ?? ''
  return last === '' ? '' : `${last}: `
}

function renderField({ name, node, required }: Field): readonly string[] {
  const mark = required ? ', required' : ''
  const defaultText = node.default === undefined ? '' : ` (default ${inline(node.default)})`
  const lines = node.description === undefined ? [] : wrap(node.description, 6)
  return [...wrap(`${name}: ${typeOf(node)}${mark}${defaultText}`, 2, 6), ...lines]
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(inline).join(' | ')
  return node.title ?? [node.type ?? 'any value'].flat().join(' or ')
}

/** A value on one line of YAML. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${inline(key)}: ${inline(item)}`)
    return `{${entries.join(', ')}}`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain =
    /^[A-Za-z./_][\w./@:+ -]*$/.test(value) &&
    !/: |:$|^(?:true|false|null|yes|no|on|off)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}

const lineWidth = 96

/** Lines of text; the lines after the first one are indented by `nextIndent`. */
function wrap(text: string, indent: number, nextIndent = indent): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < lineWidth) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(' '.repeat(last === undefined ? indent : nextIndent) + word)
  }
  return lines
}
