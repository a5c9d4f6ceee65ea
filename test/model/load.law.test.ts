/** Laws of loading a spec: it never throws, every finding has a position, no report contains a secret. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases, fetch, sourceOf } from '../lib/cases.ts'
import { isFast, randomRuns } from '../lib/judge.ts'
import {
  type Diagnostic,
  decodeSpec,
  emitPlans,
  formats,
  type Located,
  loadSpec,
  locate,
  needs,
  type Outcome,
  parseYaml,
  plan,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  type Source,
  type Supplies,
  verifyArtifact,
} from '../lib/stages.ts'
import { anyText, mutated, shuffled } from './sources.ts'

const numRuns = randomRuns(300)

describe('L4: any text gives a spec or errors', () => {
  it('random texts, random YAML and mutated specs give a spec or errors', () => {
    fc.assert(
      fc.property(anyText, text => {
        expectResult(sourceOf(text))
      }),
      { numRuns },
    )
  })

  it('random bytes give a spec or errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const text = decodeSpec(bytes)
        if (text.ok) expectResult(sourceOf(text.value))
      }),
      { numRuns },
    )
  })

  it('random flags, with and without a text, give a spec or errors', () => {
    const path = fc.array(
      fc.oneof(fc.constantFrom('nodes', 'mirrors', 'role', 'distro', '__proto__', 'x'), fc.nat(3)),
      { minLength: 1, maxLength: 4 },
    )
    const override = fc
      .record({ path, value: fc.jsonValue() })
      .map(flag => ({ ...flag, flag: '--set x' }))
    fc.assert(
      fc.property(
        fc.option(mutated, { nil: null }),
        fc.array(override, { maxLength: 4 }),
        (text, overrides) => {
          expectResult({ name: 'spec.yaml', text, overrides })
        },
      ),
      { numRuns },
    )
  })

  const megabyte = 1 << 20
  const head = 'apiVersion: gen-node/v1\nbootstrap: 10.0.0.1\nnodes: [{name: w1, role: worker}]\n'
  const rows = (count: number, row: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => row(at)).join('')
  const worst: Readonly<Record<string, string>> = {
    'open brackets': `${head}x: ${'['.repeat(megabyte)}`,
    'open braces': `${head}x: ${'{a: '.repeat(megabyte / 4)}`,
    dashes: `${head}x:\n  ${'- '.repeat(megabyte / 2)}`,
    indentation: rows(1400, at => `${' '.repeat(at)}a:\n`),
    'nested aliases': `l0: &l0 [x, x, x]\n${rows(300, at => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]\n`)}`,
    'an alias of itself': `${head}x: &x [*x]\n`,
    'many keys': head + rows(60_000, at => `k${at}:\n`),
    'the same key': `${head}${'k:\n'.repeat(200_000)}`,
    quotes: '"'.repeat(megabyte),
    'secret keys': `${head}${'token: x\n'.repeat(100_000)}`,
    secrets: `kind: Secret\n${'data:\n'.repeat(150_000)}`,
    'a public key of prefixes': `${head}defaults: {ssh: {authorizedKeys: ["${'ssh-'.repeat(megabyte / 4)}"]}}`,
    'a public key that does not end': `${head}defaults: {ssh: {authorizedKeys: ["${'ssh-a A '.repeat(megabyte / 8)}\\n"]}}`,
    'a path': `${head}defaults: {files: [{path: "${'/a'.repeat(megabyte / 2)}", content: x}]}`,
    'the same file': `${head}defaults:\n  files:\n${rows(20_000, () => '    - {path: /a, content: x}\n')}`,
    'bad nodes': `apiVersion: gen-node/v1\nnodes:\n${rows(10_000, at => `- {name: w${at}, role: w, x: 1}\n`)}`,
    'a host': head.replace('nodes', `mirrors: ["${'a.'.repeat(megabyte / 2)}"]\nnodes`),
    'an address': `apiVersion: gen-node/v1\nbootstrap: "${'1:'.repeat(megabyte / 2)}"\nnodes: []`,
    'a scalar of dashes': 'a-'.repeat(megabyte / 2),
    'line breaks': '\n'.repeat(megabyte),
    documents: '---\n'.repeat(megabyte / 4),
    'ten thousand nodes': `apiVersion: gen-node/v1\nbootstrap: 10.0.0.1\nnodes:\n${rows(10_000, at => `- {name: w${at}, role: worker}\n`)}`,
  }
  // Together they take a minute: only the project `oracle` tries them.
  for (const [name, text] of isFast ? [] : Object.entries(worst)) {
    it(`a megabyte of ${name} is loaded within the timeout`, { timeout: 30_000 }, () => {
      const source = sourceOf(text)
      const found = findings(source, noSupplies)
      expect(found.length > 0).toBe(name !== 'ten thousand nodes')
      expectReports(locate(source, found).slice(0, 50))
    })
  }

  it('four megabytes are read, one byte more is rejected', { timeout: 60_000 }, () => {
    const largest = new Uint8Array(4 << 20).fill(0x61)
    const text = decodeSpec(largest)
    expect(text.ok && loadSpec(sourceOf(text.value)).ok).toBe(false)
    const more = decodeSpec(new Uint8Array((4 << 20) + 1).fill(0x61))
    expect(more.diagnostics.map(diagnostic => diagnostic.rule)).toEqual(['spec/too-large'])
  })
})

it('L3: the order of keys in mappings does not change the plans', () => {
  for (const { name, folder, source } of cases()) {
    const spec = loadSpec(source)
    if (!spec.ok) throw new Error(name)
    const supplies = fetch(needs(spec.value), folder)
    const plans = plan(spec.value, supplies)
    const value = jsonOf(source)
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(7)), stream => {
        const mixed = { ...source, text: JSON.stringify(permuted(value, stream)) }
        const again = loadSpec(mixed)
        if (!again.ok) throw new Error(renderText(locate(mixed, again.diagnostics), plainText))
        expect(plan(again.value, supplies)).toEqual(plans)
      }),
      { numRuns: isFast ? 1 : 5 },
    )
  }
})

it('L6: a spec that loads gives plans and configs, or diagnostics', { timeout: 300_000 }, () => {
  let planned = 0
  fc.assert(
    fc.property(fc.oneof(mutated, shuffled, shuffled), text => {
      const source = sourceOf(text)
      const loaded = loadSpec(source)
      if (!loaded.ok) return
      const plans = plan(loaded.value, allSupplies)
      planned += plans.ok ? 1 : 0
      expectConsistent(plans)
      if (!plans.ok) return
      for (const nodePlan of plans.value) {
        for (const format of formats) {
          const options = { 'ignition-version': '3.4.0' }
          const artifacts = emitPlans(format, [nodePlan], {
            gzip: 'never',
            platform: null,
            options,
          })
          expectConsistent(artifacts)
          for (const artifact of artifacts.ok ? artifacts.value : [])
            verifyArtifact(format, nodePlan, artifact)
        }
      }
    }),
    { numRuns },
  )
  // The few cases of the project `fast` may all be refused.
  if (!isFast) expect(planned).toBeGreaterThan(numRuns / 20)
})

it('L8: no report contains a secret of the spec', () => {
  const secret = 's3cr3t-OF-the-hull'
  const base = `apiVersion: gen-node/v1
bootstrap: 10.0.0.1
token: ${secret}-1
mirrors:
  - host: quay.io
    endpoints: ["https://mirror.site"]
    client: {cert: {file: a.pem}, key: ${secret}-2}
    header: {Authorization: Bearer ${secret}-3}
    auth: {username: site, password: ${secret}-4}
registry:
  auth: {username: site, password: "${secret}-5"}
roles:
  controller:
    token: ${secret}-6
defaults:
  files:
    - {path: /etc/key, secret: true, content: ${secret}-7}
nodes:
  - {name: w1, role: worker, token: '${secret}-8'}
`
  const change = fc.record({
    at: fc.nat(base.length),
    cut: fc.nat(3),
    put: fc.constantFrom('', ' ', 'x', ':', '-', '"', "'", '[', '{', '#', '\n', '\t', '&a ', '!t '),
  })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), changes => {
      const text = changes.reduce(
        (left, { at, cut, put }) => left.slice(0, at) + put + left.slice(at + cut),
        base,
      )
      // A change inside a secret, or of the key that marks it, makes it another text.
      const intact = [...base.matchAll(/.*s3cr3t.*\n/g)].every(([line]) => text.includes(line))
      if (!intact) return
      const source = sourceOf(text)
      for (const report of reports(locate(source, findings(source, noSupplies)))) {
        expect(report).not.toContain(secret)
      }
    }),
    { numRuns: numRuns * 2 },
  )
})

const plainText = { colour: false }
const noSupplies: Supplies = { files: new Map(), trees: new Map(), env: new Map(), sops: new Map() }

/** The files, folders and variables of all golden cases. */
const allSupplies = cases().reduce<Supplies>((all, { folder, source }) => {
  const spec = loadSpec(source)
  const more = spec.ok ? fetch(needs(spec.value), folder) : noSupplies
  return {
    files: new Map([...all.files, ...more.files]),
    trees: new Map([...all.trees, ...more.trees]),
    env: new Map([...all.env, ...more.env]),
    sops: new Map(),
  }
}, noSupplies)

function reports(located: readonly Located[]): readonly string[] {
  return [
    renderText(located, plainText),
    renderText(located, { colour: true }),
    renderJson(located),
    renderGithub(located),
    renderSarif(located),
  ]
}

function findings(source: Source, supplies: Supplies): readonly Diagnostic[] {
  const loaded = loadSpec(source)
  return loaded.ok
    ? [...loaded.diagnostics, ...plan(loaded.value, supplies).diagnostics]
    : loaded.diagnostics
}

/** Expects a value without errors, or no value and at least one error. */
function expectConsistent({ ok, diagnostics }: Outcome<unknown>): void {
  expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(!ok)
}

/** Expects a spec or errors; L5: every finding has a position in the text. */
function expectResult(source: Source): void {
  const loaded = loadSpec(source)
  expectConsistent(loaded)
  const located = locate(source, findings(source, noSupplies))
  for (const { range, text, also } of located) {
    for (const place of [range, ...also.map(other => other.range)]) {
      if (place === null) continue
      expect(place.start).toBeGreaterThanOrEqual(0)
      expect(place.end).toBeGreaterThanOrEqual(place.start)
      expect(place.end).toBeLessThanOrEqual(text?.length ?? 0)
      expect(place.line).toBe((text ?? '').slice(0, place.start).split('\n').length)
    }
  }
  expectReports(located)
}

/** Expects every finding in every report, in the same order. */
function expectReports(located: readonly Located[]): void {
  const ids = located.map(({ rule }) => rule)
  const idsIn = (report: string, pattern: RegExp) =>
    [...report.matchAll(pattern)].map(([, id]) => id)
  const [text = '', coloured = '', json = '', github = '', sarif = ''] = reports(located)
  expect(idsIn(text, /^(?:error|warning|note)\[([^\]]+)\]: /gm)).toEqual(ids)
  expect(coloured.replaceAll(/\x1b\[[\d;]*m/g, '')).toBe(text)
  expect(idsIn(github, /^::(?:error|warning|notice) (?:[^:]*,)?title=([^:]+)::/gm)).toEqual(ids)
  expect(JSON.parse(json).map(({ rule }: { rule: string }) => rule)).toEqual(ids)
  const { results } = JSON.parse(sarif).runs[0]
  expect(results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(ids)
}

/** The value of a golden spec. */
function jsonOf(source: Source): unknown {
  const { value } = parseYaml(source.text ?? '')
  return value
}

function permuted(value: unknown, stream: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map(item => permuted(item, stream))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, permuted(item, stream)] as const)
  return Object.fromEntries(
    entries
      .map(entry => ({ entry, rank: stream.next().value as number }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ entry }) => entry),
  )
}
