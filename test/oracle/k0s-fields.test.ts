/** The table of k0s.yaml's fields has exactly the fields, types and limits of the ClusterConfig CRD. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { clusterConfig } from '../../src/distro/k0s/cluster-config.ts'
import { type Field, unlimited } from '../../src/distro/parts/config-field.ts'
import { describeWith, optionalFile } from '../lib/judge.ts'
import { root } from '../lib/source-tree.ts'

const crdFile = join(root, '../shared/oracles/k0s-clusterconfig.crd.yaml')

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly format?: string
  readonly pattern?: string
  readonly [keyword: string]: unknown
}

/**
 * Keywords that k0s.yaml as a file does not need: prose, defaults, and what the API server uses to
 * merge lists.
 */
const ignored = [
  'default',
  'description',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'properties',
  'additionalProperties',
  'items',
]

type Rows = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** The keywords of every field of the CRD by path. */
function rowsOfSchema(schema: Schema, path = ''): readonly (readonly [string, object])[] {
  const entries = Object.entries(schema).filter(([keyword]) => !ignored.includes(keyword))
  const { properties = {}, additionalProperties, items } = schema
  return [
    [path, Object.fromEntries(entries)],
    ...Object.entries(properties).flatMap(([key, field]) => rowsOfSchema(field, `${path}.${key}`)),
    ...(additionalProperties === undefined ? [] : rowsOfSchema(additionalProperties, `${path}.*`)),
    ...(items === undefined ? [] : rowsOfSchema(items, `${path}[]`)),
  ]
}

/** The same keywords of every field of the table. */
function rowsOfField(field: Field, path = ''): readonly (readonly [string, object])[] {
  switch (field.kind) {
    case 'mapping': {
      const required = field.required.length === 0 ? {} : { required: [...field.required].sort() }
      return [
        [path, { type: 'object', ...required }],
        ...Object.entries(field.fields).flatMap(([key, item]) =>
          rowsOfField(item, `${path}.${key}`),
        ),
      ]
    }
    case 'map':
      return field.values.kind === 'anything'
        ? [[path, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }]]
        : [[path, { type: 'object' }], ...rowsOfField(field.values, `${path}.*`)]
    case 'list':
      return [
        [
          path,
          { type: 'array', ...limits({ minItems: field.minItems, maxItems: field.maxItems }) },
        ],
        ...rowsOfField(field.items, `${path}[]`),
      ]
    case 'text': {
      const { minLength, maxLength } = field
      return [[path, { type: 'string', ...limits({ minLength, maxLength }) }]]
    }
    case 'choice':
      return [[path, { type: 'string', enum: field.values }]]
    case 'integer':
      return [[path, { type: 'integer', ...limits({ minimum: field.min, maximum: field.max }) }]]
    case 'boolean':
      return [[path, { type: 'boolean' }]]
    case 'text or integer':
      return [[path, { type: 'string', 'x-kubernetes-int-or-string': true }]]
    case 'anything':
      return [[path, {}]]
  }
}

function limits(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).filter(([keyword, value]) =>
      keyword.startsWith('max')
        ? value !== unlimited
        : value !== (keyword === 'minimum' ? -unlimited : 0),
    ),
  )
}

/** `format: int32` is a limit for both ends where there is none. */
function withoutFormat(row: Schema): Schema {
  const { format, ...others } = row
  if (format !== 'int32') return row
  return { minimum: -(2 ** 31), maximum: 2 ** 31 - 1, ...others }
}

/** Where the table and the CRD differ, and why. A path ends with `*` where it stands for all below it. */
const differences: Readonly<Record<string, string>> = {
  '.spec.workerProfiles[]': 'k0s before 1.34 panics where a profile has no values',
  '.metadata.*': 'the definition leaves metadata open; k0s reads an ObjectMeta strictly',
  '.spec.images.*': 'k0s fills in the name or the version that is missing in an image',
  '.spec.network.nodeLocalLoadBalancing.envoyProxy.image': 'as for images',
  '.spec.network.nodeLocalLoadBalancing.traefik.image': 'as for images',
  '.spec.network.kubeProxy.mode':
    'KubeProxy.Validate accepts four modes; the definition has a text',
  '.spec.network.controlPlaneLoadBalancing.keepalived.vrrpInstances[].addressLabel':
    'a uint32 in the types, of which validateVRRPInstances refuses the greatest value; int32 in the definition',
  '.spec.metricsServer.patches[].target.kind': 'Patch.Validate refuses an empty kind',
  '.spec.metricsServer.patches[].target.name': 'Patch.Validate refuses an empty name',
  '.spec.network.calico.patches[].target.kind': 'as above',
  '.spec.network.calico.patches[].target.name': 'as above',
  '.spec.network.coreDNS.patches[].target.kind': 'as above',
  '.spec.network.coreDNS.patches[].target.name': 'as above',
  '.spec.network.kubeProxy.patches[].target.kind': 'as above',
  '.spec.network.kubeProxy.patches[].target.name': 'as above',
  '.spec.network.kuberouter.patches[].target.kind': 'as above',
  '.spec.network.kuberouter.patches[].target.name': 'as above',
  '.spec.network.controlPlaneLoadBalancing.keepalived.vrrpInstances[].unicastPeers[]':
    'validateVRRPInstances refuses an empty address',
}

function reasonFor(path: string): string | undefined {
  return Object.keys(differences).find(
    place => path === place || (place.endsWith('.*') && path.startsWith(place.slice(0, -1))),
  )
}

describeWith([optionalFile('the ClusterConfig CRD', crdFile)], 'the fields of k0s.yaml', () => {
  const crd = parse(readFileSync(crdFile, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
  }
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
  const wanted: Rows = new Map(
    rowsOfSchema(schema).map(([path, row]) => [path, withoutFormat(row as Schema)]),
  )
  const found: Rows = new Map(
    rowsOfField(clusterConfig).map(([path, row]) => [path, row as Record<string, unknown>]),
  )
  const paths = [...new Set([...wanted.keys(), ...found.keys()])].sort()
  // Grammars are functions in the table: its own test checks them.
  const comparable = (row: Readonly<Record<string, unknown>> | undefined) => {
    const { pattern: _, enum: values, ...others } = row ?? { absent: true }
    const choices = Array.isArray(values) ? { enum: [...values].sort() } : {}
    return { ...others, ...choices }
  }
  const differing = paths.filter(
    path =>
      JSON.stringify(sorted(comparable(wanted.get(path)))) !==
      JSON.stringify(sorted(comparable(found.get(path)))),
  )

  it('are those of the CRD at every depth', () => {
    expect(wanted.size).toBeGreaterThan(250)
    const unexplained = differing.filter(path => reasonFor(path) === undefined)
    expect(unexplained.map(path => [path, wanted.get(path), found.get(path)])).toEqual([])
  })

  it('are on both sides, except those of metadata', () => {
    const onOneSide = paths.filter(path => !wanted.has(path) || !found.has(path))
    expect(onOneSide.filter(path => !path.startsWith('.metadata.'))).toEqual([])
  })

  it('differ where a reason is given, and nowhere else', () => {
    const used = new Set(differing.map(reasonFor))
    expect(Object.keys(differences).filter(place => !used.has(place))).toEqual([])
  })

  it('have a grammar where the CRD has a pattern', () => {
    const withPattern = paths.filter(path => wanted.get(path)?.pattern !== undefined)
    for (const path of withPattern) {
      const field = fieldAt(path)
      expect(field.kind, path).toBe('text')
      expect(field.kind === 'text' && field.form.isValid('no such value!'), path).toBe(false)
    }
  })
})

function sorted(row: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(row).sort(([a], [b]) => a.localeCompare(b))
}

function fieldAt(path: string): Field {
  const steps = path.replaceAll('[]', '.[]').split('.').slice(1)
  return steps.reduce<Field>((field, step) => {
    if (field.kind === 'list') return field.items
    const next = field.kind === 'mapping' ? field.fields[step] : undefined
    if (next === undefined) throw new Error(`no field ${path}`)
    return next
  }, clusterConfig)
}
