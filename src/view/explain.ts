/** The spec's JSON Schema as pages for a terminal: one page for each field. */
import { nearest, type Path } from '../index.ts'

interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly then?: Schema
}

/** A field that exists. */
export interface Field {
  /** As the user would write it: `nodes[].files[].mode`. */
  readonly name: string
  readonly schema: Schema
  readonly fields: readonly (readonly [name: string, schema: Schema, required: boolean])[]
}

/** A field that does not. */
export interface NoField {
  readonly unknown: string
  readonly below: string
  readonly nearest: string | null
}

/** The field at a path; numbers may be left out of it. */
export function fieldAt(schema: unknown, path: Path): Field | NoField {
  const root = schema as Schema
  let name = ''
  let here = resolve(root, root)
  for (const step of path) {
    if (typeof step === 'number') continue
    const next = childrenOf(root, here).find(([key]) => key === step)?.[1] ?? anyKey(root, here)
    if (next === null) {
      const names = childrenOf(root, here).map(([key]) => key)
      return { unknown: step, below: name, nearest: nearest(step, names) }
    }
    here = resolve(root, next)
    name = `${name === '' ? '' : `${name}.`}${step}${isList(root, here) ? '[]' : ''}`
  }
  return { name, schema: here, fields: childrenOf(root, here) }
}

/** What stands at a reference, with what is said beside it. */
function resolve(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '')
  const target = name === undefined ? undefined : root.$defs?.[name]
  return target === undefined ? schema : { ...resolve(root, target), ...schema }
}

/** The schema and its alternatives, lists entered. */
function shapes(root: Schema, schema: Schema): readonly Schema[] {
  const here = resolve(root, schema)
  const others = [...(here.oneOf ?? []), ...(here.anyOf ?? []), ...(here.allOf ?? [])]
  const inner = here.items === undefined ? others : [...others, here.items]
  return [here, ...inner.flatMap(one => shapes(root, one))]
}

function childrenOf(root: Schema, schema: Schema): Field['fields'] {
  const found = new Map<string, readonly [string, Schema, boolean]>()
  for (const shape of shapes(root, schema)) {
    for (const [key, child] of Object.entries(shape.properties ?? {})) {
      const required = shape.required?.includes(key) ?? false
      if (!found.has(key)) found.set(key, [key, resolve(root, child), required])
    }
  }
  return [...found.values()]
}

/** The values of a mapping whose keys are the user's. */
function anyKey(root: Schema, schema: Schema): Schema | null {
  const open = shapes(root, schema).map(shape => shape.additionalProperties)
  return open.find((one): one is Schema => typeof one === 'object') ?? null
}

function isList(root: Schema, schema: Schema): boolean {
  return shapes(root, schema).some(shape => shape.items !== undefined)
}

/** A field's page. */
export function pageOf({ name, schema, fields }: Field): string {
  const title = name === '' ? (schema.title ?? 'the spec') : `${name}: ${typeOf(schema)}`
  const examples = schema.examples ?? []
  return [
    title,
    ...(schema.description === undefined ? [] : ['', ...wrap(schema.description, 2)]),
    ...(schema.default === undefined ? [] : ['', `  default: ${inline(schema.default)}`]),
    ...(examples.length === 0 ? [] : ['', `  example${examples.length > 1 ? 's' : ''}:`]),
    ...examples.map(example => `    ${keyOf(name)}${inline(example)}`),
    ...(fields.length === 0 ? [] : ['', 'Fields:', ...fields.flatMap(rowOf)]),
    ...(fields.length === 0 ? [] : ['', `More: gen-node explain ${pathOf(name, fields[0]?.[0])}`]),
    '',
  ].join('\n')
}

function pathOf(name: string, first: string | undefined): string {
  const base = name.replaceAll('[]', '')
  return base === '' ? `${first}` : `${base}.${first}`
}

function keyOf(name: string): string {
  const last = name.replaceAll('[]', '').split('.').at(-1) ?? ''
  return last === '' ? '' : `${last}: `
}

function rowOf([name, schema, required]: Field['fields'][number]): readonly string[] {
  const needed = required ? ', required' : ''
  const preset = schema.default === undefined ? '' : ` (default ${inline(schema.default)})`
  const words = schema.description === undefined ? [] : wrap(schema.description, 6)
  return [`  ${name}: ${typeOf(schema)}${needed}${preset}`, ...words]
}

function typeOf(schema: Schema): string {
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (choices !== undefined) return choices.map(inline).join(' | ')
  if (schema.title !== undefined) return schema.title
  const alternatives = schema.oneOf ?? schema.anyOf
  if (alternatives !== undefined) return alternatives.map(typeOf).join(' or ')
  return [schema.type ?? 'any value'].flat().join(' or ')
}

/** A value on one line of YAML. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => `${inline(key)}: ${inline(one)}`)
    return `{${entries.join(', ')}}`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain =
    /^[A-Za-z./_][\w./@:+ -]*$/.test(value) &&
    !/: |:$|^(?:true|false|null|yes|no|on|off)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}

function wrap(text: string, indent: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 96)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(' '.repeat(indent) + word)
  }
  return lines
}
