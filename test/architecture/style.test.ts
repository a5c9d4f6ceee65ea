/** Rules for templates, the plan type, rule tables, the schema and the public API. */
import { expect, it } from 'vitest'
import { distros } from '../../src/distro/distros.ts'
import { paths } from '../../src/distro/parts/os-paths.ts'
import { platformNames } from '../../src/emit/platforms.ts'
import * as door from '../../src/index.ts'
import { resolveReference, type SchemaNode, schema, schemaAt } from '../../src/model/schema.ts'
import { rules } from '../../src/rules.ts'
import { filesBelow, imports, read } from '../lib/source-tree.ts'

it('a template expression names its grammar, and blocks are not nested', () => {
  for (const file of filesBelow('templates', /\.hbs$/)) {
    const text = read(file)
    const naked = [...text.matchAll(/\{\{(?![#/]|else\b)\s*([\w.]+)\s*\}\}/g)].map(([hole]) => hole)
    expect(naked, file).toEqual([])
    expect(/\{\{#(?!if )/.test(text), `${file} has a block other than #if`).toBe(false)
    expect(/\{\{#if(?:(?!\{\{\/if)[\s\S])*\{\{#if/.test(text), `${file} nests #if`).toBe(false)
  }
})

it('a template is imported by exactly one file', () => {
  const targets = imports().map(({ target }) => target)
  for (const file of filesBelow('templates', /\.hbs$/)) {
    expect(
      targets.filter(target => target === file),
      file,
    ).toHaveLength(1)
  }
})

it('plan/plan.ts has at most 90 lines, no optional field, and no name of a format or distribution', () => {
  const text = read('src/plan/plan.ts')
  expect(text.split('\n').length).toBeLessThanOrEqual(90)
  expect(text).not.toMatch(/\?:/)
  expect(text).not.toMatch(/runcmd|ignition|cloud-init|mime|k0s|k3s|containerd/i)
})

it('rules are sorted, named topic/what-is-wrong, and have a reason', () => {
  const ids = Object.keys(rules)
  expect(ids).toEqual([...ids].sort())
  for (const [id, rule] of Object.entries(rules)) {
    expect(id).toMatch(/^[a-z0-9]+\/[a-z0-9-]+$/)
    expect(rule.reason, id).toMatch(/^[^\n]+\.$/)
  }
})

it('a rule of the table is reported somewhere', () => {
  const sources = filesBelow('src', /\.ts$/)
    .filter(file => !file.endsWith('rules.ts'))
    .map(read)
    .join('\n')
  const unused = Object.keys(rules).filter(
    id => !sources.includes(`'${id}'`) && !id.startsWith('yaml/'),
  )
  expect(unused).toEqual([])
})

it('a field of the schema has a description and an example', () => {
  const bare: string[] = []
  const visit = (node: SchemaNode, path: string): void => {
    const here = resolveReference(node)
    for (const [key, field] of Object.entries(here.properties ?? {})) {
      const full = resolveReference(field)
      if (!full.description || !full.examples?.length) bare.push(`${path}.${key}`)
      visit(field, `${path}.${key}`)
    }
    if (here.items) visit(here.items, `${path}[]`)
    if (typeof here.additionalProperties === 'object') visit(here.additionalProperties, `${path}.*`)
  }
  visit(schema, '')
  expect(bare).toEqual([])
})

it('the schema lists the platforms and operating systems of the tables', () => {
  expect(schema.$defs?.platform?.enum).toEqual([...platformNames].sort())
  expect([...(schema.$defs?.os?.enum ?? [])].sort()).toEqual(Object.keys(paths).sort())
})

it('the schema names the distributions of the table, in its order', () => {
  expect(schemaAt(['distro', 'name'])?.enum).toEqual(distros.map(({ name }) => name))
})

it('the starter of every distribution loads', () => {
  for (const { name, starter } of distros) {
    const source = { name, text: starter, overrides: [] }
    expect(door.load(source)).toMatchObject({ ok: true, value: { distro: { name } } })
  }
})

it('src/index.ts exports these names', () => {
  expect(Object.keys(door).sort()).toMatchInlineSnapshot(`
    [
      "andThen",
      "artifactName",
      "convertToCerts",
      "convertToMirrors",
      "decodeSpec",
      "defaultFormat",
      "defaultFormats",
      "diff",
      "digestDigits",
      "distinct",
      "distroNames",
      "emitterOptions",
      "explain",
      "formatOfPath",
      "formats",
      "inspect",
      "isClusterFormat",
      "load",
      "locate",
      "nearest",
      "needs",
      "nodeNames",
      "parentsOf",
      "parseYaml",
      "plan",
      "render",
      "renderContent",
      "renderGithub",
      "renderJson",
      "renderJsonListing",
      "renderListing",
      "renderSarif",
      "renderText",
      "rules",
      "runbook",
      "schema",
      "sizeLine",
      "starterOf",
      "verifyRendered",
      "versionFlags",
    ]
  `)
})

it('package-lock.json has no resolved addresses, and package.json has exact versions', () => {
  expect(read('package-lock.json')).not.toContain('"resolved"')
  const { devDependencies, dependencies } = JSON.parse(read('package.json'))
  expect(dependencies).toBeUndefined()
  for (const version of Object.values(devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

it('a source file has at most 300 lines', () => {
  const long = filesBelow('src', /\.(ts|mjs)$/)
    .filter(file => !file.endsWith('rules.ts'))
    .filter(file => read(file).split('\n').length > 300)
  expect(long).toEqual([])
})
