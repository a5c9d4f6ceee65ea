/** The JSON Schema of the written spec, for messages, editors and `explain`. */
import v1 from './v1.schema.json' with { type: 'json' }

/** One field in the schema, with the keywords that this schema uses. */
export interface SchemaNode {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, SchemaNode>>
  readonly description?: string
  readonly title?: string
  /** The value is a secret and never shown. */
  readonly writeOnly?: boolean
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: boolean | SchemaNode
  readonly propertyNames?: SchemaNode
  readonly items?: SchemaNode
}

/** The JSON Schema of the spec. */
export const schema = v1 as SchemaNode

/** The schema of the field at a path, or null for an unknown field. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | null {
  let node: SchemaNode | undefined = schema
  for (const step of path) {
    const here: SchemaNode = resolveReference(node)
    node = typeof step === 'number' ? here.items : fieldOf(here, step)
    if (node === undefined) return null
  }
  return resolveReference(node)
}

function fieldOf(node: SchemaNode, key: string): SchemaNode | undefined {
  const { properties, additionalProperties } = node
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** The definition that a node refers to, with the keywords of the node merged over it. */
export function resolveReference(node: SchemaNode): SchemaNode {
  const target = node.$ref?.replace('#/$defs/', '')
  const base = target === undefined ? undefined : schema.$defs?.[target]
  return base === undefined ? node : { ...resolveReference(base), ...node }
}
