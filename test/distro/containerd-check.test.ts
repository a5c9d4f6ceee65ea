/** Values of distro.config that config.toml cannot contain. */
import { expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { sourceOf } from '../lib/cases.ts'
import { loadSpec } from '../lib/stages.ts'

const findings = (config: string) =>
  loadSpec(sourceOf(aSpec({ distro: `{name: containerd, config: ${config}}` }))).diagnostics.map(
    ({ rule, path }) => `${rule} ${path.join('.')}`,
  )

it.each([
  ['{oom_score: null}', 'spec/no-value distro.config.oom_score'],
  ['{a: {b: [1, {c: null}]}}', 'spec/no-value distro.config.a.b.1.c'],
  ['{a: 9007199254740993}', 'spec/malformed distro.config.a'],
])('reports %s', (config, finding) => {
  expect(findings(config)).toEqual([finding])
})

it('accepts lists of any values', () => {
  expect(findings('{a: [1, two, {b: 1.5}], c: [], d: {}}')).toEqual([])
})
