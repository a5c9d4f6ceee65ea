/**
 * Generates src/model/written.ts from the JSON Schema of the spec. `GOLDEN=record` with
 * test/model/written.test.ts writes the file.
 */
import { isDeepStrictEqual } from 'node:util'

/** The definitions with a named type; the types of other definitions are inlined where they are used. */
const typeNames = {
  auth: 'AuthV1',
  layer: 'LayerV1',
  mirror: 'MirrorV1',
  node: 'NodeV1',
  registries: 'RegistriesV1',
  registry: 'RegistryV1',
  secret: 'TextV1',
  text: 'PublicTextV1',
}

/** Types that extend another type, without the fields of that type. */
const bases = { NodeV1: 'layer' }

const header = [
  '/** The written form of the spec, version 1. Generated from v1.schema.json by tools/written-types.mjs. */',
  "import type { Plain } from '../codec/plain.ts'",
  '',
].join('\n')

const footer = `
/** The source of a unit or a manifest: exactly one of the two is set. */
export type ContentV1 = Pick<NonNullable<LayerV1['manifests']>[number], 'content' | 'file'>
`

/** The text of written.ts for a schema. */
export function writtenTypes(schema) {
  const definitions = Object.entries(typeNames).map(([key, name]) => [name, schema.$defs[key]])
  const declarations = [['SpecV1', schema], ...definitions].map(([name, node]) =>
    declaration(schema, name, node),
  )
  return [header, ...declarations, footer].join('')
}

function declaration(schema, name, node) {
  const comment = commentOf(node, '')
  if (isChoice(node)) return `\n${comment}export type ${name} = ${typeOf(schema, node, '')}\n`
  const base = bases[name]
  const fields = base === undefined ? node : without(node, schema.$defs[base])
  const parent = base === undefined ? '' : ` extends ${typeNames[base]}`
  return `\n${comment}export interface ${name}${parent} ${mapping(schema, fields, '')}\n`
}

/** A mapping without the fields that another mapping describes identically. */
function without(node, other) {
  const isDifferent = ([key, field]) => !isDeepStrictEqual(field, other.properties[key])
  return {
    ...node,
    properties: Object.fromEntries(Object.entries(node.properties).filter(isDifferent)),
  }
}

function typeOf(schema, node, indent) {
  if (node.$ref !== undefined) return reference(schema, node.$ref.replace('#/$defs/', ''), indent)
  if (node.enum !== undefined) return node.enum.map(value => `'${value}'`).join(' | ')
  const types = [node.type].flat().map(type => {
    switch (type) {
      case 'string':
        // A short form with fixed values states them by if and then.
        return node.then === undefined ? 'string' : typeOf(schema, node.then, indent)
      case 'integer':
        return 'number'
      case 'boolean':
        return 'boolean'
      case 'array':
        return `readonly ${grouped(typeOf(schema, node.items, indent))}[]`
      case 'null':
        return 'null'
      case 'object':
        return objectType(schema, node, indent)
      default:
        throw new Error(`no TypeScript type for the JSON Schema type ${type}`)
    }
  })
  return types.join(' | ')
}

function reference(schema, key, indent) {
  const node = schema.$defs[key]
  const name = typeNames[key]
  if (name === undefined) return typeOf(schema, node, indent)
  // The interface of a definition with a short form describes its mapping.
  return !isChoice(node) && [node.type].flat().includes('string') ? `string | ${name}` : name
}

function objectType(schema, node, indent) {
  if (isChoice(node)) {
    const groups = Object.keys(node.properties).map(key => [
      key,
      ...(node.dependentRequired?.[key] ?? []),
    ])
    // Keys that require each other are one choice, which begins with the first of them.
    const choices = groups.filter(
      ([key], index) => !groups.slice(0, index).some(group => group.includes(key)),
    )
    const fieldOf = key => `readonly ${key}: ${typeOf(schema, node.properties[key], indent)}`
    return choices.map(keys => `{ ${keys.map(fieldOf).join('; ')} }`).join(' | ')
  }
  if (node.properties !== undefined) return mapping(schema, node, indent)
  return typeof node.additionalProperties === 'object'
    ? `Readonly<Record<string, ${typeOf(schema, node.additionalProperties, indent)}>>`
    : 'Plain'
}

function mapping(schema, node, indent) {
  const inner = `${indent}  `
  const fields = Object.entries(node.properties).map(([key, field]) => {
    const mark = node.required?.includes(key) ? '' : '?'
    const described = { ...schema.$defs[field.$ref?.replace('#/$defs/', '')], ...field }
    return `${commentOf(described, inner)}${inner}readonly ${key}${mark}: ${typeOf(schema, field, inner)}\n`
  })
  return `{\n${fields.join('')}${indent}}`
}

/** Whether a mapping has exactly one of its keys. */
function isChoice(node) {
  return node.minProperties === 1
}

function commentOf(node, indent) {
  return node.description === undefined ? '' : `${indent}/** ${node.description} */\n`
}

function grouped(type) {
  return / \| |^readonly /.test(type) ? `(${type})` : type
}
