/** The checks that all distributions share. */
import { describe, expect, it } from 'vitest'
import { checkDistro, distroOf } from '../../src/distro/distros.ts'
import type { Spec } from '../../src/model/spec.ts'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'

const spec = specOf(sourceOf(aSpec()))
const findings = (more: Partial<Spec>) =>
  checkDistro({ ...spec, ...more }, () => null).map(
    ({ rule, path, at }) => `${rule} ${path.join('.')} ${at}`,
  )
const addon = (name: string, version: string) => ({
  name,
  version,
  values: {},
  from: ['addons', name],
})

describe('checkDistro', () => {
  it('reports a version that the distribution cannot parse', () => {
    const { example } = distroOf(spec).version
    expect(findings({ distro: { ...spec.distro, version: 'latest' } })).toEqual([
      'spec/malformed distro.version value',
    ])
    expect(findings({ distro: { ...spec.distro, version: example } })).toEqual([])
  })
  it('reports unknown addons and invalid versions of addons', () => {
    const [kind] = distroOf(spec).addons
    const { name, example } = kind!
    expect(findings({ addons: [addon('nosuch', '1.0.0')] })).toEqual([
      'spec/unknown-key addons.nosuch key',
    ])
    expect(findings({ addons: [addon(name, `v${example}`)] })).toEqual([
      `spec/malformed addons.${name}.version value`,
    ])
    expect(findings({ addons: [addon(name, example)] })).toEqual([])
  })
})
