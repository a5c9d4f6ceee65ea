/** A mistake in a layer that several nodes share is reported once. */
import { expect, it } from 'vitest'
import { aSpec } from '../lib/builders.ts'
import { sourceOf } from '../lib/cases.ts'
import { loadSpec, plan } from '../lib/stages.ts'

const nodes = ['c1', 'c2', 'w1', 'w2', 'w3'].map((name, at) => {
  const role = name.startsWith('c') ? 'controller' : 'worker'
  return `{name: ${name}, role: ${role}, address: 10.0.0.${at + 1}, hostname: ${name}}`
})

/** A wrong field, and its finding. */
const mistakes: Readonly<Record<string, string>> = {
  // Collides with a file of each node: the other place differs from node to node.
  'files: [{path: /etc/hostname, content: x}]': 'plan/two-owners defaults.files.0.path',
  // Different files of controllers and workers lie below it.
  'files: [{path: /usr, content: x}]': 'plan/below-a-file defaults.files.0.path',
  'files: [{path: /etc/systemd/system, content: x}]': 'plan/below-a-file defaults.files.0.path',
  'files: [{path: /tmp/x, content: x}]': 'plan/volatile-path defaults.files.0.path',
  'units: [{name: a.service, content: x}]': 'plan/unit-empty defaults.units.0.name',
  'os: ubuntuu': 'spec/unknown-value defaults.os',
  'files: [{path: x, content: x}]': 'spec/relative-path defaults.files.0.path',
  'token: {env: UNSET}': 'spec/variable-unset defaults.token.env',
}

for (const layer of ['defaults', 'roles']) {
  for (const [field, expected] of Object.entries(mistakes)) {
    it(`a mistake under ${layer} is reported once: ${field}`, () => {
      const fields = layer === 'defaults' ? `{${field}}` : `{worker: {${field}}, controller: {}}`
      const found = diagnosticsOf(aSpec({ [layer]: fields, nodes })).map(
        ({ rule, path }) => `${rule} ${path.join('.')}`,
      )
      expect(found).toEqual([
        layer === 'defaults' ? expected : expected.replace('defaults', 'roles.worker'),
      ])
    })
  }
}

it('the mistakes of a copied folder are reported for each entry', () => {
  const defaults = '{files: [{path: /, tree: overlay}]}'
  const found = diagnosticsOf(aSpec({ defaults, nodes })).map(({ args }) => args.path)
  expect(found).toEqual(['/tmp/a', '/tmp/b'])
})

function diagnosticsOf(text: string) {
  const spec = loadSpec(sourceOf(text))
  if (!spec.ok) return spec.diagnostics
  const file = (path: string) =>
    ({ kind: 'file', path, content: new Uint8Array(), executable: false }) as const
  const trees = new Map([['overlay', [file('tmp/a'), file('tmp/b')]]])
  return plan(spec.value, { files: new Map(), trees, env: new Map(), sops: new Map() }).diagnostics
}
