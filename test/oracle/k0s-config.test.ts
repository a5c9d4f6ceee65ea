/** k0s.yaml judged by the ClusterConfig CRD without unknown keys; the values of hosts.toml. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import TOML from '@iarna/toml'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { aSpec } from '../lib/builders.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { describeWith, optionalFile } from '../lib/judge.ts'
import { root } from '../lib/source-tree.ts'
import { fileOf, goldenMachines } from './lib/machines.ts'

const crdFile = join(root, '../shared/oracles/k0s-clusterconfig.crd.yaml')
const config = '/etc/k0s/k0s.yaml'
const certs = '/etc/k0s/containerd.d/certs.d'

interface Schema {
  readonly type?: string
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
}

/** The schema as in k0s's strict parser: an unknown key is an error. */
function closed(schema: Schema): Schema {
  const { properties, additionalProperties, items } = schema
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || properties === undefined
  const others = typeof additionalProperties === 'object' ? closed(additionalProperties) : open
  // JavaScript's regular expressions do not have `[[:xdigit:]]`.
  const pattern = schema.pattern?.replaceAll('[:xdigit:]', '0-9A-Fa-f').replaceAll('[:]', ':')
  return {
    ...schema,
    ...(pattern === undefined ? {} : { pattern }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, closed(value)]),
          ),
        }),
    ...(schema.type === 'object' ? { additionalProperties: others } : {}),
    ...(items === undefined ? {} : { items: closed(items) }),
  }
}

function validator(): (value: unknown) => string {
  const crd = parse(readFileSync(crdFile, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
  }
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const validate = ajv.compile(closed(schema))
  return value => (validate(value) ? '' : ajv.errorsText(validate.errors))
}

describeWith([optionalFile('the ClusterConfig CRD', crdFile)], 'the ClusterConfig CRD', () => {
  const errorsOf = validator()
  const controllers = goldenMachines().filter(({ plan }) =>
    plan.files.some(({ path }) => path === config),
  )
  it('judges more than four controllers', () => expect(controllers.length).toBeGreaterThan(4))

  it.each(controllers)('$title: accepts k0s.yaml', ({ plan }) => {
    expect(errorsOf(parse(Buffer.from(fileOf(plan, config)).toString()))).toBe('')
  })

  it('refuses unknown keys, wrong types, and keys in another mapping', () => {
    const good = { apiVersion: 'k0s.k0sproject.io/v1beta1', kind: 'ClusterConfig' }
    expect(errorsOf({ ...good, spec: { telemetry: { enabled: false } } })).toBe('')
    expect(errorsOf({ ...good, spec: { telemetry: { enabled: 'no' } } })).toContain('boolean')
    expect(errorsOf({ ...good, spec: { telemetri: {} } })).toContain('additional properties')
    expect(errorsOf({ ...good, spec: { images: { pullPolicy: 'Never' } } })).toContain(
      'additional properties',
    )
  })
})

describe('hosts.toml', () => {
  it.each(goldenMachines())('$title: is TOML with hosts', ({ plan }) => {
    const files = plan.files.filter(({ path }) => path.endsWith('/hosts.toml'))
    for (const { content, path } of files) {
      const value = TOML.parse(Buffer.from(content).toString())
      expect(Object.keys(value.host ?? {}).length, path).toBeGreaterThan(0)
    }
  })

  it('has the documented form, on a worker and on the node that runs the registry', () => {
    const text = aSpec({
      bootstrap: null,
      nodes: ['{name: c1, role: controller, address: 192.168.1.10}', '{name: w1, role: worker}'],
    })
    const [controller, worker] = plansOf(sourceOf(text), root)
    for (const [plan, mirror] of [
      [worker, 'http://192.168.1.10:5000'],
      [controller, 'http://127.0.0.1:5000'],
    ] as const) {
      for (const host of ['quay.io', 'registry.k8s.io']) {
        if (plan === undefined) throw new Error('the spec has less than two nodes')
        expect(
          TOML.parse(Buffer.from(fileOf(plan, `${certs}/${host}/hosts.toml`)).toString()),
        ).toEqual(
          TOML.parse(
            `server = "https://${host}"\n\n[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`,
          ),
        )
      }
    }
  })
})
