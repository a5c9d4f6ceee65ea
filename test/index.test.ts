/** The functions of src/index.ts, as the command line and the playground call them. */
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../src/codec/text.ts'
import {
  defaultFormats,
  load,
  needs,
  nodeNames,
  type Planned,
  plan,
  render,
  runbook,
  sizeLine,
  verifyRendered,
} from '../src/index.ts'
import { aSpec } from './lib/builders.ts'
import { sourceOf } from './lib/cases.ts'

const options = { gzip: 'auto', options: {} } as const

function planned(text: string): Planned {
  const spec = load(sourceOf(text))
  if (!spec.ok) throw new Error(JSON.stringify(spec.diagnostics))
  expect(needs(spec.value)).toEqual([])
  const outcome = plan(spec.value, {
    files: new Map(),
    trees: new Map(),
    env: new Map(),
    sops: new Map(),
  })
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  return outcome.value
}

describe('render', () => {
  const cluster = planned(
    aSpec({
      bootstrap: null,
      nodes: [
        '{name: c1, role: controller, address: 10.0.0.1, platform: hetzner}',
        '{name: c2, role: controller, address: 10.0.0.2}',
        '{name: c3, role: controller, address: 10.0.0.3, platform: aws}',
      ],
    }),
  )
  const rendered = (node: string, format = defaultFormats[0] ?? 'cloud-init') => {
    const target = { node, format }
    return { target, outcome: render(cluster, target, options) }
  }

  it('uses the platform of each node', () => {
    const starts = nodeNames(cluster).map(name => {
      const { target, outcome } = rendered(name)
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
      verifyRendered(cluster, target, outcome.value)
      return decodeUtf8(outcome.value[0]?.bytes.subarray(0, 4) ?? new Uint8Array())
    })
    // Base64 of gzip, plain text, and gzip, whose second byte is not UTF-8.
    expect(starts).toEqual(['H4sI', '#clo', null])
  })

  it('reports a size over the limit at the platform of the node', () => {
    const { outcome } = rendered('c3', 'ignition')
    expect(outcome.diagnostics.map(({ rule, path }) => [rule, path])).toEqual([
      ['size/over-budget', ['nodes', 2, 'platform']],
    ])
    expect(rendered('c2', 'ignition').outcome.diagnostics).toEqual([])
  })

  it('names the limit of the platform in the line about the size', () => {
    const { target, outcome } = rendered('c3')
    const [artifact] = outcome.ok ? outcome.value : []
    if (artifact === undefined) throw new Error('no artifact')
    expect(sizeLine(target, artifact, options)).toMatch(/ % of aws' 16,384$/)
  })

  it('throws for a node that the spec does not have', () => {
    expect(() => rendered('w9')).toThrow('there is no node "w9"')
  })
})

describe('runbook', () => {
  it('describes the rendered nodes and formats only', () => {
    const cluster = planned(
      aSpec({ nodes: ['{name: a, role: controller}', '{name: b, role: worker}'] }),
    )
    const outcome = render(cluster, { node: 'a', format: 'ignition' }, options)
    const text = runbook(cluster, ['ignition'], outcome.ok ? outcome.value : [])
    expect(text).toContain('| a | controller |')
    expect(text).not.toContain('| b | worker |')
    expect(text).toContain('`a/config.ign`')
    expect(text).not.toContain('`user-data`')
  })
})
